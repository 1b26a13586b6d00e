/** The places of a policy as address sets, made once: equal sets are the same value. */
import type { HostView } from '../../host-view/host-view.ts';
import { isLan } from '../../model/lan.ts';
import type { Network } from '../../model/model.ts';
import type { Family } from '../../net/address.ts';
import {
  type AddressSet,
  addressSet,
  addressSetOfPrefixes,
  intersectAddressSets,
  rangeOfAddress,
  subtractAddressSets,
  unionAddressSets,
} from '../../net/address-set.ts';
import { hostPrefix, type Prefix, wholeFamily } from '../../net/prefix.ts';
import type { Atlas } from '../atlas.ts';
import { everyAddress, type SourceSet, sideOf } from './flow-box.ts';

/** The places of a policy as address sets. */
export interface Regions {
  readonly atlas: Atlas;
  readonly host: AddressSet;
  readonly loopback: AddressSet;
  readonly subnets: AddressSet;
  /** Neither the host, nor loopback, nor a declared network; machines of a LAN are outside. */
  readonly outside: AddressSet;
  /** Outside sources, each where it may come from. */
  readonly outsiders: readonly SourceSet[];
  /** Outside destinations, by the interface that they are reached by. */
  readonly reachedBy: ReadonlyMap<string, AddressSet>;
  /** The given addresses of each network, and the sources that may come from it: made once, so that equal sets are the same value. */
  readonly endpoints: ReadonlyMap<Network, AddressSet>;
  readonly networkSources: ReadonlyMap<Network, SourceSet>;
  readonly everySource: readonly SourceSet[];
  /** Whom a publication without `from` serves. */
  readonly servedByDefault: readonly SourceSet[];
  readonly hostOfFamily: Readonly<Record<Family, AddressSet>>;
}

/** Everything that the boxes of a policy are made of. */
export function regionsOf(atlas: Atlas): Regions {
  const loopback = addressSetOfPrefixes([
    { address: { family: 'ipv4', value: 0x7f000000n }, length: 8 },
    hostPrefix({ family: 'ipv6', value: 1n }),
  ]);
  const own = atlas.view.interfaces.flatMap((one) => one.addresses.map(({ address }) => rangeOfAddress(address)));
  const host = subtractAddressSets(addressSet(own), loopback);
  const subnets = subtractAddressSets(
    addressSetOfPrefixes(
      atlas.networks
        .filter((network) => !isLan(network))
        .flatMap((network) => Object.values(network.subnets).map(({ prefix }) => prefix)),
    ),
    host,
  );
  const given = addressSet(
    [...atlas.endpointOfAddress.values()].flatMap(({ addresses }) => Object.values(addresses).map(rangeOfAddress)),
  );
  const outside = subtractAddressSets(everyAddress, unionAddressSets(loopback, host, subnets, given));
  const outsiders = outsideSources(atlas, outside);
  const endpoints = endpointsByNetwork(atlas);
  const networkSources = new Map(
    atlas.networks.map((network) => {
      const subnet = intersectAddressSets(subnets, subnetPrefixes(network));
      const foreign = outsiders[0]?.addresses ?? [];
      const addresses = network.spoofingAllowed ? unionAddressSets(foreign, subnet) : (endpoints.get(network) ?? []);
      return [network, { side: sideOf(network), addresses }];
    }),
  );
  const hostSource: SourceSet = { side: { kind: 'host' }, addresses: everyAddress };
  const fromNetworks = (holds: (network: Network) => boolean): readonly SourceSet[] =>
    [...networkSources].filter(([network]) => holds(network)).map(([, source]) => source);
  const ofFamily = (family: Family): AddressSet =>
    intersectAddressSets(host, addressSetOfPrefixes([wholeFamily(family)]));
  return {
    atlas,
    host,
    loopback,
    subnets,
    outside,
    outsiders,
    reachedBy: reachedByInterface(atlas, outside),
    endpoints,
    networkSources,
    everySource: [hostSource, ...outsiders, ...fromNetworks(() => true)],
    servedByDefault: [hostSource, ...outsiders, ...fromNetworks(({ internal }) => !internal)],
    hostOfFamily: { ipv4: ofFamily('ipv4'), ipv6: ofFamily('ipv6') },
  };
}

/** "From elsewhere none of its subnet": machines of a LAN come from its side alone. */
function outsideSources({ networks }: Atlas, outside: AddressSet): readonly SourceSet[] {
  const lans = networks.filter(isLan);
  const elsewhere = (own: Network | undefined): AddressSet =>
    subtractAddressSets(
      outside,
      addressSetOfPrefixes(
        lans
          .filter((network) => network !== own)
          .flatMap((network) => Object.values(network.subnets).map(({ prefix }) => prefix)),
      ),
    );
  return [
    { side: { kind: 'outside' }, addresses: elsewhere(undefined) },
    ...lans.map((network): SourceSet => ({ side: sideOf(network), addresses: elsewhere(network) })),
  ];
}

function endpointsByNetwork({ model, networks }: Atlas): ReadonlyMap<Network, AddressSet> {
  const ranges = new Map<Network, ReturnType<typeof rangeOfAddress>[]>(networks.map((network) => [network, []]));
  for (const { endpoints } of model.containers)
    for (const { network, addresses } of endpoints)
      ranges.get(network)?.push(...Object.values(addresses).map(rangeOfAddress));
  return new Map([...ranges].map(([network, list]) => [network, addressSet(list)]));
}

export const subnetPrefixes = (network: Network): AddressSet =>
  addressSetOfPrefixes(Object.values(network.subnets).map(({ prefix }) => prefix));

/** Longest prefix first, then what the zones on interfaces say about the rest. */
function reachedByInterface(atlas: Atlas, outside: AddressSet): ReadonlyMap<string, AddressSet> {
  const zoneRoutes = atlas.model.zones.flatMap((zone) =>
    zone.interface === undefined ? [] : zone.prefixes.map((prefix) => ({ prefix, name: zone.interface })),
  );
  const byLength = <T extends { readonly prefix: Prefix }>(routes: readonly T[]): readonly T[] =>
    [...routes].sort((left, right) => right.prefix.length - left.prefix.length);
  const routes = [...byLength(viewRoutes(atlas.view)), ...byLength(zoneRoutes)];
  const result = new Map<string, AddressSet>();
  let rest = outside;
  for (const { prefix, name } of routes) {
    const covered = intersectAddressSets(rest, addressSetOfPrefixes([prefix]));
    rest = subtractAddressSets(rest, covered);
    if (name !== undefined) result.set(name, unionAddressSets(result.get(name) ?? [], covered));
  }
  return result;
}

function viewRoutes(
  view: HostView,
): readonly { readonly prefix: Prefix; readonly name: string | undefined; readonly metric: number }[] {
  const routes = view.routes.map(({ destination, interface: name, metric }) => ({ prefix: destination, name, metric }));
  return routes.sort((left, right) => left.metric - right.metric);
}
