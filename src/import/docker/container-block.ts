/** An inspected container as a `container` block of a policy. */
import type { AttachItem, AttachOption, ContainerBlock, ContainerItem } from '../../syntax/tree.ts';
import { aliasItems, exposeItems } from '../engine/container-items.ts';
import { isDomainName } from '../reading/domain-name.ts';
import type { PolicyNames } from '../reading/policy-names.ts';
import type { InspectedContainer } from './inspected.ts';
import type { Place, Placement } from './placement.ts';
import { type Publications, publishItems } from './publication.ts';
import type { Reading } from './reading.ts';

export interface BuiltContainer {
  readonly block: ContainerBlock;
  readonly proxied: Publications['proxied'];
}

export function containerBlock(
  reading: Reading,
  container: InspectedContainer,
  placement: Placement,
  names: PolicyNames,
): BuiltContainer {
  const { name, hostname, exposed, dns, span } = container;
  const given = names.containers.get(name.text) ?? name.text;
  const published = publishItems(reading, container, placement);
  const items: ContainerItem[] = [...networkItems(container, placement, names, given)];
  if (hostname !== undefined && placement.kind !== 'shared')
    items.push({ kind: 'hostname', hostname, span: hostname.span });
  items.push(...exposeItems(exposed), ...published.items);
  if (placement.kind !== 'shared') items.push(...dns);
  return {
    block: { kind: 'container', name: { text: given, span: name.span }, items, span },
    proxied: published.proxied,
  };
}

function networkItems(
  container: InspectedContainer,
  placement: Placement,
  names: PolicyNames,
  given: string,
): readonly ContainerItem[] {
  const { name, mode } = container;
  const { span } = mode;
  switch (placement.kind) {
    case 'host':
    case 'none':
      return [{ kind: 'network-mode', mode: placement.kind, container: undefined, span }];
    case 'shared': {
      const other = placement.with.name.text;
      const target = { text: names.containers.get(other) ?? other, span };
      return [{ kind: 'network-mode', mode: 'container', container: target, span }];
    }
    case 'attached':
      return [
        ...placement.places.map((place) => attachItem(place, names, [given, name.text])),
        // Whoever has another name in the policy is still found by its own.
        ...aliasItems(given === name.text || !isDomainName(name.text) ? [] : [name]),
      ];
  }
}

function attachItem({ endpoint, network }: Place, names: PolicyNames, ownNames: readonly string[]): AttachItem {
  const { mac, span } = endpoint;
  const options: AttachOption[] = mac === undefined ? [] : [{ kind: 'mac', mac, span: mac.span }];
  options.push(...aliasItems(endpoint.aliases.filter(({ text }) => !ownNames.includes(text))));
  const name = names.networks.get(network.name.text) ?? network.name.text;
  return { kind: 'attach', network: { text: name, span }, addresses: endpoint.addresses, options, span };
}
