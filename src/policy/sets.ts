/**
 * The meaning as sets of flows: unions of boxes over where a packet comes from, its addresses, and its protocol and ports.
 * The same sentences as decide.ts, written for a proof to calculate with; a law holds the two equal.
 */
import type { HostView } from '../host-view/host-view.ts';
import { isLan } from '../model/lan.ts';
import type { Container, Endpoint, Network, Publication, Service, Subject } from '../model/model.ts';
import { type Address, type Family, families } from '../net/address.ts';
import {
  type AddressSet,
  addressSet,
  addressSetContains,
  addressSetOfPrefixes,
  intersectAddressSets,
  rangeOfAddress,
  subtractAddressSets,
  unionAddressSets,
} from '../net/address-set.ts';
import { port } from '../net/port.ts';
import { hostPrefix, type Prefix, wholeFamily } from '../net/prefix.ts';
import { portProtocolNumber, protocolNumbers } from '../net/protocol.ts';
import type { Span } from '../source/span.ts';
import { type Atlas, isLoopback, leavesByLan } from './atlas.ts';
import type { Meaning } from './decide.ts';
import type { Flow } from './flow.ts';
import { serviceCovers } from './service.ts';
import { isBehindTunnel, vxlanPort } from './tunnel.ts';

/** Where packets come from: the host itself, one interface, or any interface that is behind no network of ours. */
export type Side =
  | { readonly kind: 'host' }
  | { readonly kind: 'interface'; readonly name: string }
  | { readonly kind: 'outside' };

/** A source: addresses on a side. */
export interface SourceSet {
  readonly side: Side;
  readonly addresses: AddressSet;
}

/** All flows from any of the sources to any of the destinations with any of the services. */
export interface FlowBox {
  readonly sources: readonly SourceSet[];
  readonly destinations: AddressSet;
  readonly services: readonly Service[];
  readonly because: Span | undefined;
}

/** Flows that are translated: destination and port become `to` and `containerPort + (port - hostPort)`. */
export interface TranslationBox extends FlowBox {
  readonly publication: Publication;
  readonly to: Address;
}

export interface MeaningSets {
  /** Every source that a sender may have, by the side that it sends from: what comes from elsewhere is forged. */
  readonly senders: readonly SourceSet[];
  readonly translations: readonly TranslationBox[];
  /** What ends before any statement is asked, by the destination as sent: frames from a tunnel that are not for its network, or that never come. */
  readonly strays: readonly FlowBox[];
  /** What goes into a tunnel whose datagrams are denied. */
  readonly cut: readonly FlowBox[];
  /** Judged by the destination as sent and, again, by the real one. */
  readonly denies: readonly (FlowBox & { readonly reject: boolean })[];
  /** Judged by the real destination: baseline, allow, link and routed publications. */
  readonly permits: readonly FlowBox[];
}

const anyService: readonly Service[] = [{ kind: 'any' }];
const everyAddress: AddressSet = families.map((family) => ({
  family,
  first: 0n,
  last: family === 'ipv4' ? 0xffff_ffffn : (1n << 128n) - 1n,
}));

/** The places of a policy as address sets. */
interface Regions {
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

export function meaningSets(meaning: Meaning): MeaningSets {
  const regions = regionsOf(meaning.atlas);
  const { model } = meaning.atlas;
  const publications = model.containers.flatMap((container) => container.publications);
  const denies = model.access.filter(({ action }) => action === 'deny');
  const allows = model.access.filter(({ action }) => action === 'allow');
  return {
    senders: regions.everySource,
    translations: publications.flatMap((publication) => translationsOf(regions, publication)),
    strays: straysFromTunnels(regions),
    cut: intoCutTunnels(regions),
    denies: [
      ...denies.flatMap((deny) =>
        boxesOf(regions, deny.from, deny.to, deny.services, 'deny', deny.span).map((box) => ({
          ...box,
          sources: seenByTheHost(regions, box.sources),
          reject: deny.reject,
        })),
      ),
      ...tunnelDenies(regions),
    ],
    permits: [
      ...baselineBoxes(regions),
      ...tunnelPermits(regions),
      ...allows.flatMap((allow) => boxesOf(regions, allow.from, allow.to, allow.services, 'allow', allow.span)),
      ...model.links.flatMap(linkBoxes),
      ...publications.flatMap((publication) => routedBoxes(regions, publication)),
    ],
  };
}

// ---- regions ----------------------------------------------------------------------------------------------------------

function regionsOf(atlas: Atlas): Regions {
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

const within = ({ side, addresses }: SourceSet, limit: AddressSet): SourceSet => ({
  side,
  addresses: intersectAddressSets(addresses, limit),
});

function endpointsByNetwork({ model, networks }: Atlas): ReadonlyMap<Network, AddressSet> {
  const ranges = new Map<Network, ReturnType<typeof rangeOfAddress>[]>(networks.map((network) => [network, []]));
  for (const { endpoints } of model.containers)
    for (const { network, addresses } of endpoints)
      ranges.get(network)?.push(...Object.values(addresses).map(rangeOfAddress));
  return new Map([...ranges].map(([network, list]) => [network, addressSet(list)]));
}

const subnetPrefixes = (network: Network): AddressSet =>
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

// ---- subjects ---------------------------------------------------------------------------------------------------------

function boxesOf(
  regions: Regions,
  from: readonly Subject[],
  to: readonly Subject[],
  services: readonly Service[],
  action: 'allow' | 'deny',
  because: Span,
): readonly FlowBox[] {
  const sources = from.flatMap((subject) => sourcesOf(regions, subject, action));
  const box = (some: readonly SourceSet[], by: Regions['reachedBy']): FlowBox => ({
    sources: some,
    destinations: unionAddressSets(
      ...to.map((subject) => destinationsOf({ ...regions, reachedBy: by }, subject, action)),
    ),
    services,
    because,
  });
  const ways = waysPastTheHost(regions);
  const byWay = ways.map(({ side, addresses, reachedBy }) =>
    box(
      sources.filter((source) => isSameSide(source.side, side)).map((source) => within(source, addresses)),
      reachedBy,
    ),
  );
  const others = sources.map((source) => {
    const taken = ways.filter(({ side }) => isSameSide(side, source.side)).map(({ addresses }) => addresses);
    return { ...source, addresses: subtractAddressSets(source.addresses, unionAddressSets(...taken)) };
  });
  return [box(others, regions.reachedBy), ...byWay];
}

function isSameSide(left: Side, right: Side): boolean {
  return (
    left.kind === right.kind && (left.kind !== 'interface' || right.kind !== 'interface' || left.name === right.name)
  );
}

/** Containers on a LAN whose gateway is there reach everything outside through it, whatever the routes of the host. */
function waysPastTheHost(regions: Regions): readonly (SourceSet & { readonly reachedBy: Regions['reachedBy'] })[] {
  return regions.atlas.networks.filter(isLan).flatMap((network) =>
    families
      .filter((family) => leavesByLan(regions.atlas, network, family))
      .map((family) => ({
        side: sideOf(network),
        addresses: intersectAddressSets(endpointsOf(regions, network), addressSetOfPrefixes([wholeFamily(family)])),
        reachedBy: new Map([[network.bridge, regions.outside]]),
      })),
  );
}

function sourcesOf(regions: Regions, subject: Subject, action: 'allow' | 'deny'): readonly SourceSet[] {
  switch (subject.kind) {
    case 'any':
      return regions.everySource;
    case 'host':
      return [{ side: { kind: 'host' }, addresses: everyAddress }];
    case 'prefix':
      return everySource(regions, addressSetOfPrefixes([subject.prefix]));
    case 'zone': {
      const { interface: name } = subject;
      const prefixes = addressSetOfPrefixes(subject.prefixes);
      if (name === undefined) return regions.outsiders.map((source) => within(source, prefixes));
      return [within({ side: { kind: 'interface', name }, addresses: outsidersOn(regions, name) }, prefixes)];
    }
    case 'network':
      return action === 'deny' && isLan(subject)
        ? [networkSource(regions, subject), lanSource(regions, subject)]
        : [networkSource(regions, subject)];
    case 'container':
      return subject.endpoints
        .filter(({ network }) => !network.unmanaged)
        .map(({ network, addresses }) => ({ side: sideOf(network), addresses: addressesOf(addresses) }));
  }
}

/** Anyone with one of these addresses who may have it. */
function everySource(regions: Regions, addresses: AddressSet): readonly SourceSet[] {
  return regions.everySource.map((source) => within(source, addresses)).filter((source) => source.addresses.length > 0);
}

/** What is sent over a wire between containers no host judges. */
function seenByTheHost({ atlas }: Regions, sources: readonly SourceSet[]): readonly SourceSet[] {
  const unseen = [...atlas.containersOnWire.keys()].map(sideOf);
  return unseen.length === 0 ? sources : sources.filter(({ side }) => !unseen.some((wire) => isSameSide(wire, side)));
}

/** Outside sources that may come from an interface; undefined: from one that is not the side of a LAN. */
function outsidersOn({ outsiders }: Regions, name: string | undefined): AddressSet {
  const lan = outsiders.find(({ side }) => side.kind === 'interface' && side.name === name);
  return (lan ?? outsiders[0])?.addresses ?? [];
}

/** The machines of a LAN that the policy does not declare. */
function lanSource(regions: Regions, network: Network): SourceSet {
  return { side: sideOf(network), addresses: lanAddresses(regions, network) };
}

function lanAddresses(regions: Regions, network: Network): AddressSet {
  const prefixes = Object.values(network.subnets).map(({ prefix }) => prefix);
  return intersectAddressSets(regions.outside, addressSetOfPrefixes(prefixes));
}

const sideOf = (network: Network): Side => ({ kind: 'interface', name: network.bridge });

function addressesOf(addresses: Readonly<Partial<Record<Family, Address>>>): AddressSet {
  return addressSet(Object.values(addresses).map(rangeOfAddress));
}

/** Given addresses; with `spoofing allowed` any that is not the host's, loopback, or another network's. */
function networkSource(regions: Regions, network: Network): SourceSet {
  return regions.networkSources.get(network) ?? { side: sideOf(network), addresses: [] };
}

function endpointsOf(regions: Regions, network: Network): AddressSet {
  return regions.endpoints.get(network) ?? [];
}

function subnetOf(regions: Regions, network: Network): AddressSet {
  return intersectAddressSets(regions.subnets, subnetPrefixes(network));
}

function destinationsOf(regions: Regions, subject: Subject, action: 'allow' | 'deny'): AddressSet {
  switch (subject.kind) {
    case 'any':
      return subtractAddressSets(everyAddress, regions.loopback);
    case 'host':
      return regions.host;
    case 'prefix':
      return subtractAddressSets(addressSetOfPrefixes([subject.prefix]), regions.loopback);
    case 'zone': {
      const where =
        subject.interface === undefined ? regions.outside : (regions.reachedBy.get(subject.interface) ?? []);
      return intersectAddressSets(where, addressSetOfPrefixes(subject.prefixes));
    }
    case 'network':
      if (subject.unmanaged) return [];
      if (action === 'deny' && isLan(subject))
        return unionAddressSets(endpointsOf(regions, subject), lanAddresses(regions, subject));
      return action === 'deny' ? subnetOf(regions, subject) : endpointsOf(regions, subject);
    case 'container':
      return addressSet(
        subject.endpoints
          .filter(({ network }) => !network.unmanaged)
          .flatMap(({ addresses }) => Object.values(addresses).map(rangeOfAddress)),
      );
  }
}

// ---- the rows of the baseline -----------------------------------------------------------------------------------------

function baselineBoxes(regions: Regions): readonly FlowBox[] {
  const { host, networks } = regions.atlas;
  const box = (sources: readonly SourceSet[], destinations: AddressSet, services = anyService): FlowBox => ({
    sources,
    destinations,
    services,
    because: undefined,
  });
  const ofNetworks = (holds: (network: Network) => boolean): readonly SourceSet[] =>
    networks.filter(holds).map((network) => networkSource(regions, network));
  return [
    box([{ side: { kind: 'host' }, addresses: everyAddress }], everyAddress),
    ...networks
      .filter(({ icc }) => icc)
      .map((network) => box([networkSource(regions, network)], endpointsOf(regions, network))),
    ...wireEnds(regions).map(({ endpoint, other }) =>
      box(
        [{ side: sideOf(endpoint.network), addresses: addressesOf(endpoint.addresses) }],
        destinationsOf(regions, other, 'allow'),
      ),
    ),
    ...networks
      .filter((network) => isLan(network) && network.icc)
      .flatMap((network) => [
        box(
          [{ side: sideOf(network), addresses: outsidersOn(regions, network.bridge) }],
          endpointsOf(regions, network),
        ),
        box([networkSource(regions, network)], lanAddresses(regions, network)),
      ]),
    ...networks
      .filter(({ internal }) => !internal)
      .map((network) =>
        box(
          [networkSource(regions, network)],
          subtractAddressSets(
            isLan(network) ? subtractAddressSets(regions.outside, lanAddresses(regions, network)) : regions.outside,
            regions.atlas.elsewhere,
          ),
        ),
      ),
    box(
      ofNetworks(({ gatewayMode }) => gatewayMode !== 'isolated'),
      regions.host,
    ),
    ...(host.protectHost ? [] : [box(regions.outsiders, regions.host)]),
    ...(host.transit ? [box(regions.outsiders, regions.outside)] : []),
  ];
}

// ---- tunnels ----------------------------------------------------------------------------------------------------------

const encapsulated: readonly Service[] = [
  { kind: 'ports', protocol: protocolNumbers.udp, ports: { first: port(vxlanPort), last: port(vxlanPort) } },
];

function peersOf({ atlas }: Regions): AddressSet {
  const peers = (atlas.model.elsewhere?.tunnels ?? []).flatMap((tunnel) => tunnel.peers);
  return addressSet(peers.map(({ address }) => rangeOfAddress(address)));
}

/** The other end of a tunnel may speak to this one, whatever `protect host` says. */
function tunnelPermits(regions: Regions): readonly FlowBox[] {
  const peers = intersectAddressSets(peersOf(regions), regions.outside);
  if (peers.length === 0) return [];
  const sources = regions.outsiders.map((source) => within(source, peers));
  return [{ sources, destinations: regions.host, services: encapsulated, because: undefined }];
}

/** Nobody else may, and containers that run elsewhere are reached, and reach everything else, through their own host. */
function tunnelDenies(regions: Regions): readonly (FlowBox & { readonly reject: boolean })[] {
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

function intoCutTunnels(regions: Regions): readonly FlowBox[] {
  return [...addressesByNetwork(regions.atlas.tunnels.cuts.into.keys())].map(([network, destinations]) => ({
    sources: [networkSource(regions, network)],
    destinations,
    services: anyService,
    because: undefined,
  }));
}

function straysFromTunnels(regions: Regions): readonly FlowBox[] {
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

/** What is sent over a wire between two containers reaches the other one, at any of its addresses. */
function wireEnds({ atlas }: Regions): readonly { readonly endpoint: Endpoint; readonly other: Container }[] {
  return [...atlas.containersOnWire].flatMap(([network, ends]) =>
    ends.flatMap((container) =>
      container.endpoints
        .filter((endpoint) => endpoint.network === network)
        .flatMap((endpoint) => ends.filter((other) => other !== container).map((other) => ({ endpoint, other }))),
    ),
  );
}

function linkBoxes({ from, to, span }: Meaning['atlas']['model']['links'][number]): readonly FlowBox[] {
  const services = to.exposed.map(
    ({ ports, protocol }): Service => ({ kind: 'ports', protocol: portProtocolNumber(protocol), ports }),
  );
  return from.endpoints.flatMap((endpoint) =>
    to.endpoints
      .filter(({ network }) => network === endpoint.network)
      .map((other) => ({
        sources: [{ side: sideOf(endpoint.network), addresses: addressesOf(endpoint.addresses) }],
        destinations: addressesOf(other.addresses),
        services,
        because: span,
      })),
  );
}

// ---- publications -----------------------------------------------------------------------------------------------------

function servedSources(regions: Regions, publication: Publication): readonly SourceSet[] {
  if (publication.from !== undefined)
    return publication.from.flatMap((subject) => sourcesOf(regions, subject, 'allow'));
  return regions.servedByDefault;
}

function translationsOf(regions: Regions, publication: Publication): readonly TranslationBox[] {
  const { listener, target, hostPorts, protocol, span } = publication;
  if (target.network.unmanaged || target.network.gatewayMode === 'routed') return [];
  const services: readonly Service[] = [{ kind: 'ports', protocol: portProtocolNumber(protocol), ports: hostPorts }];
  const served = seenByTheHost(regions, servedSources(regions, publication));
  const hostOnly = served.filter(({ side }) => side.kind === 'host');
  return (listener.kind === 'all' ? listener.families : [listener.address.family]).flatMap((family) => {
    const to = target.addresses[family];
    if (to === undefined) return [];
    const box = (sources: readonly SourceSet[], destinations: AddressSet): TranslationBox => ({
      sources,
      destinations,
      services,
      because: span,
      publication,
      to,
    });
    if (listener.kind === 'address')
      return [box(isLoopback(listener.address) ? hostOnly : served, addressSet([rangeOfAddress(listener.address)]))];
    const all = box(served, regions.hostOfFamily[family]);
    const loopback = box(hostOnly, addressSet([rangeOfAddress({ family: 'ipv4', value: 0x7f000001n })]));
    return regions.atlas.host.loopbackPublish && family === 'ipv4' ? [all, loopback] : [all];
  });
}

function routedBoxes(regions: Regions, publication: Publication): readonly FlowBox[] {
  const { listener, target, containerPorts, protocol, span } = publication;
  if (target.network.unmanaged || target.network.gatewayMode !== 'routed') return [];
  if (listener.kind === 'address' && isLoopback(listener.address)) return [];
  const wanted = listener.kind === 'all' ? listener.families : [listener.address.family];
  const addresses = wanted.flatMap((family) => target.addresses[family] ?? []);
  const services: readonly Service[] = [
    { kind: 'ports', protocol: portProtocolNumber(protocol), ports: containerPorts },
  ];
  return [
    {
      sources: servedSources(regions, publication),
      destinations: addressSet(addresses.map(rangeOfAddress)),
      services,
      because: span,
    },
  ];
}

// ---- membership -------------------------------------------------------------------------------------------------------

/** Whether a flow lies in a box; its destination and port are as given, which may be those after translation. */
export function boxContains(box: FlowBox, flow: Flow, atlas: Atlas): boolean {
  return (
    addressSetContains(box.destinations, flow.destination) &&
    box.services.some((service) => serviceCovers(service, flow, flow.destinationPort)) &&
    box.sources.some(
      ({ side, addresses }) => sideContains(side, flow, atlas) && addressSetContains(addresses, flow.source),
    )
  );
}

function sideContains(side: Side, flow: Flow, atlas: Atlas): boolean {
  if (side.kind === 'host') return flow.arrivesBy === undefined;
  if (side.kind === 'interface') return flow.arrivesBy === side.name;
  return flow.arrivesBy !== undefined && !atlas.networkOfBridge.has(flow.arrivesBy);
}

/**
 * What the sets say about a flow, by the formula of the language. State of the host that overrides every policy (no
 * forwarding, bridged traffic that nothing judges, the DHCP client of a protected host) is decide's alone.
 */
export function verdictBySets(sets: MeaningSets, atlas: Atlas, flow: Flow): 'allowed' | 'blocked' | 'rejected' {
  if (sets.strays.some((box) => boxContains(box, flow, atlas))) return 'blocked';
  const translation = sets.translations.find((box) => boxContains(box, flow, atlas));
  const real = translation === undefined ? flow : translatedFlow(translation, flow);
  const denying = sets.denies.filter((box) => boxContains(box, flow, atlas) || boxContains(box, real, atlas));
  if (denying.length > 0) return denying.some(({ reject }) => reject) ? 'rejected' : 'blocked';
  if (sets.cut.some((box) => boxContains(box, real, atlas))) return 'blocked';
  return translation !== undefined || sets.permits.some((box) => boxContains(box, real, atlas)) ? 'allowed' : 'blocked';
}

function translatedFlow({ publication, to }: TranslationBox, flow: Flow): Flow {
  const shift = (flow.destinationPort ?? 0) - publication.hostPorts.first;
  return { ...flow, destination: to, destinationPort: publication.containerPorts.first + shift };
}

/** The senders and receivers that subjects stand for. `whole`: of a network its whole subnet, not its endpoints alone. */
export function subjectSets(
  meaning: Meaning,
): (
  subjects: readonly Subject[],
  whole: boolean,
) => { readonly sources: readonly SourceSet[]; readonly destinations: AddressSet } {
  const regions = regionsOf(meaning.atlas);
  return (subjects, whole) => {
    const action = whole ? 'deny' : 'allow';
    return {
      sources: subjects.flatMap((subject) => sourcesOf(regions, subject, action)),
      destinations: unionAddressSets(...subjects.map((subject) => destinationsOf(regions, subject, action))),
    };
  };
}
