/** Inspected networks as `network` blocks of a policy. */
import type { Address, Family } from '../../net/address.ts';
import { prefixContains } from '../../net/prefix.ts';
import type { NetworkBlock, Written } from '../../syntax/tree.ts';
import { networkItems } from '../engine/network-items.ts';
import type { PolicyNames } from '../reading/policy-names.ts';
import type { InspectedContainer, InspectedNetwork } from './inspected.ts';
import type { Placement } from './placement.ts';

/** The blocks of the networks that a policy can say, in the order given. */
export function networkBlocks(
  networks: readonly InspectedNetwork[],
  placements: ReadonlyMap<InspectedContainer, Placement>,
  names: PolicyNames,
): readonly NetworkBlock[] {
  const seen = gatewaysSeen(placements);
  return networks.flatMap((network) => {
    if (network.kind !== 'bridge' && network.kind !== 'macvlan') return [];
    const { name, description, dns, span } = network;
    const gateways = [...description.gateways, ...missingGateways(network, seen.get(network) ?? [])];
    const items = [...networkItems({ ...description, gateways }), ...dns];
    const given = { text: names.networks.get(name.text) ?? name.text, span: name.span };
    return [{ kind: 'network', name: given, on: [], items, span }];
  });
}

/** The gateways that containers name, by network. */
function gatewaysSeen(
  placements: ReadonlyMap<InspectedContainer, Placement>,
): ReadonlyMap<InspectedNetwork, readonly Written<Address>[]> {
  const seen = new Map<InspectedNetwork, Written<Address>[]>();
  for (const placement of placements.values()) {
    if (placement.kind !== 'attached') continue;
    for (const { network, endpoint } of placement.places) {
      const known = seen.get(network);
      if (known === undefined) seen.set(network, [...endpoint.gateways]);
      else known.push(...endpoint.gateways);
    }
  }
  return seen;
}

/** Some engines do not write the gateway of the default bridge; the first that a container names is taken. */
function missingGateways(
  { description: { gateways, subnets } }: InspectedNetwork,
  seen: readonly Written<Address>[],
): readonly Written<Address>[] {
  const found = new Map<Family, Written<Address>>();
  for (const gateway of seen) {
    const { family } = gateway.value;
    const isKnown = found.has(family) || gateways.some(({ value }) => value.family === family);
    if (!isKnown && subnets.some(({ value }) => prefixContains(value, gateway.value))) found.set(family, gateway);
  }
  return [...found.values()];
}
