/** What a network is as a source, as a destination, and as a part of the LAN. */
import type { Network } from '../../model/model.ts';
import { type AddressSet, addressSetOfPrefixes, intersectAddressSets } from '../../net/address-set.ts';
import { type SourceSet, sideOf } from './flow-box.ts';
import { type Regions, subnetPrefixes } from './regions.ts';

/** Given addresses; with `spoofing allowed` any that is not the host's, loopback, or another network's. */
export function networkSource(regions: Regions, network: Network): SourceSet {
  return regions.networkSources.get(network) ?? { side: sideOf(network), addresses: [] };
}

/** The addresses given to its containers. */
export function endpointsOf(regions: Regions, network: Network): AddressSet {
  return regions.endpoints.get(network) ?? [];
}

/** All of it, but what belongs to the host. */
export function subnetOf(regions: Regions, network: Network): AddressSet {
  return intersectAddressSets(regions.subnets, subnetPrefixes(network));
}

/** Outside sources that may come from an interface; undefined: from one that is not the side of a LAN. */
export function outsidersOn({ outsiders }: Regions, name: string | undefined): AddressSet {
  const lan = outsiders.find(({ side }) => side.kind === 'interface' && side.name === name);
  return (lan ?? outsiders[0])?.addresses ?? [];
}

/** The machines of a LAN that the policy does not declare. */
export function lanSource(regions: Regions, network: Network): SourceSet {
  return { side: sideOf(network), addresses: lanAddresses(regions, network) };
}

/** Those that machines of a LAN may have. */
export function lanAddresses(regions: Regions, network: Network): AddressSet {
  const prefixes = Object.values(network.subnets).map(({ prefix }) => prefix);
  return intersectAddressSets(regions.outside, addressSetOfPrefixes(prefixes));
}
