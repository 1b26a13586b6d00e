/** Tunnels between hosts: their datagrams, and the frames inside of them. */
import { isLan } from '../../model/lan.ts';
import type { Endpoint, Network, Service } from '../../model/model.ts';
import {
  type AddressSet,
  addressSet,
  intersectAddressSets,
  rangeOfAddress,
  subtractAddressSets,
  unionAddressSets,
} from '../../net/address-set.ts';
import { port } from '../../net/port.ts';
import { protocolNumbers } from '../../net/protocol.ts';
import { isBehindTunnel, vxlanPort } from '../tunnel.ts';
import { addressesOf, anyService, everyAddress, type FlowBox, type SourceSet, sideOf, within } from './flow-box.ts';
import { endpointsOf, networkSource } from './networks.ts';
import type { Regions } from './regions.ts';

const encapsulated: readonly Service[] = [
  { kind: 'ports', protocol: protocolNumbers.udp, ports: { first: port(vxlanPort), last: port(vxlanPort) } },
];

function peersOf({ atlas }: Regions): AddressSet {
  const peers = (atlas.model.elsewhere?.tunnels ?? []).flatMap((tunnel) => tunnel.peers);
  return addressSet(peers.map(({ address }) => rangeOfAddress(address)));
}

/** The other end of a tunnel may speak to this one, whatever `protect host` says. */
export function tunnelPermits(regions: Regions): readonly FlowBox[] {
  const peers = intersectAddressSets(peersOf(regions), regions.outside);
  if (peers.length === 0) return [];
  const sources = regions.outsiders.map((source) => within(source, peers));
  return [{ sources, destinations: regions.host, services: encapsulated, because: undefined }];
}

/** Nobody else may, and containers that run elsewhere are reached, and reach everything else, through their own host. */
export function tunnelDenies(regions: Regions): readonly (FlowBox & { readonly reject: boolean })[] {
  const { networks, tunnels } = regions.atlas;
  const deny = (sources: readonly SourceSet[], destinations: AddressSet, services = anyService) => ({
    sources,
    destinations,
    services,
    because: undefined,
    reject: false,
  });
  if (tunnels.interfaces.size === 0) return [];
  const inside = networks.map((network) => networkSource(regions, network));
  const masquerading = networks.filter((network) => !isLan(network)).map((network) => networkSource(regions, network));
  const peers = peersOf(regions);
  const strangers = regions.outsiders.map(({ side, addresses }) => ({
    side,
    addresses: subtractAddressSets(addresses, peers),
  }));
  const away = networks.flatMap((network) => {
    const addresses = behindTunnel(regions, network);
    const others = networks.filter((other) => other !== network).map((other) => networkSource(regions, other));
    return [deny([{ side: { kind: 'host' }, addresses: everyAddress }, ...regions.outsiders, ...others], addresses)];
  });
  return [
    deny([...strangers, ...inside], regions.host, encapsulated),
    deny(masquerading, intersectAddressSets(peers, regions.outside), encapsulated),
    ...away,
  ];
}

/** The addresses of a network's containers on other hosts. */
function behindTunnel({ atlas }: Regions, network: Network): AddressSet {
  const endpoints = atlas.model.containers
    .flatMap((container) => container.endpoints)
    .filter((endpoint) => endpoint.network === network && isBehindTunnel(atlas.tunnels, endpoint));
  return addressSet(endpoints.flatMap(({ addresses }) => Object.values(addresses).map(rangeOfAddress)));
}

/** Addresses of some endpoints, by network. */
function addressesByNetwork(endpoints: Iterable<Endpoint>): ReadonlyMap<Network, AddressSet> {
  const found = new Map<Network, AddressSet>();
  for (const { network, addresses } of endpoints)
    found.set(network, unionAddressSets(found.get(network) ?? [], addressesOf(addresses)));
  return found;
}

/** Frames whose datagrams the host would not let out. */
export function intoCutTunnels(regions: Regions): readonly FlowBox[] {
  return [...addressesByNetwork(regions.atlas.tunnels.cuts.into.keys())].map(([network, destinations]) => ({
    sources: [networkSource(regions, network)],
    destinations,
    services: anyService,
    because: undefined,
  }));
}

/** Frames from a tunnel that are for no container of its network, or that never come. */
export function straysFromTunnels(regions: Regions): readonly FlowBox[] {
  const { networks, tunnels } = regions.atlas;
  if (tunnels.interfaces.size === 0) return [];
  const stray = (network: Network, addresses: AddressSet, destinations: AddressSet): FlowBox => ({
    sources: [{ side: sideOf(network), addresses }],
    destinations,
    services: anyService,
    because: undefined,
  });
  const cut = [...addressesByNetwork(tunnels.cuts.outOf.keys())];
  return [
    ...networks.map((network) =>
      stray(network, behindTunnel(regions, network), subtractAddressSets(everyAddress, endpointsOf(regions, network))),
    ),
    ...cut.map(([network, addresses]) => stray(network, addresses, everyAddress)),
  ];
}
