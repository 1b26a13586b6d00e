/** For which targets a host holds rules of ours, by their names: whoever has loaded them, and whether anybody wrote it down. */
import type { GatheredHost } from '../../host/gather/gathered.ts';
import type { Table } from '../../ruleset/ruleset.ts';
import type { Target } from '../artifact.ts';
import { chainPrefix } from './iptables-own.ts';
import { ownTables } from './nftables.ts';

/** The tables that hold them. */
export function ownTargets(reading: Pick<GatheredHost, 'rulesets'>): ReadonlyMap<Target, readonly string[]> {
  const places = new Map<Target, string[]>();
  for (const table of reading.rulesets.flatMap(({ ruleset }) => ruleset.tables)) {
    const target = targetOf(table);
    if (target !== undefined) places.set(target, [...(places.get(target) ?? []), `${table.family} ${table.name}`]);
  }
  return places;
}

function targetOf({ engine, family, name, chains }: Table): Target | undefined {
  if (engine === 'nftables' && ownTables.includes(`${family} ${name}`)) return 'nftables';
  if (!chains.some((chain) => chain.name.startsWith(chainPrefix))) return undefined;
  return engine === 'iptables-legacy' ? 'iptables-legacy' : 'iptables-nft';
}
