/** Name server settings: each of the three lists is inherited on its own from container to network to host. */
import type { DnsItem } from '../syntax/tree.ts';
import type { NameServers } from './model.ts';

export const noNameServers: NameServers = { servers: [], search: [], options: [] };

/** The settings of a block; a list that the block does not give is the inherited one. */
export function nameServersOf(items: readonly { readonly kind: string }[], inherited: NameServers): NameServers {
  if (!items.some(isDnsItem)) return inherited;
  const given = items.filter(isDnsItem);
  const list = (kind: DnsItem['kind']): readonly string[] | undefined => {
    const values = given.filter((item) => item.kind === kind).flatMap((item) => item.values);
    return values.length === 0 ? undefined : values.map((value) => value.value);
  };
  return {
    servers: list('dns') ?? inherited.servers,
    search: list('dns-search') ?? inherited.search,
    options: list('dns-option') ?? inherited.options,
  };
}

function isDnsItem(item: { readonly kind: string }): item is DnsItem {
  return item.kind === 'dns' || item.kind === 'dns-search' || item.kind === 'dns-option';
}
