/**
 * The packets that an expectation speaks of: unicast first packets from every place of the left side, with a source that
 * the sender may have, arriving on the side where it lives, to every destination of the right side. One of each class that
 * the policy treats alike stands for all.
 */
import type { HostView } from '../host-view/host-view.ts';
import { bridgesOfNics, isLan } from '../model/lan.ts';
import type { CheckedModel, Container, Endpoint, Network, Service, Subject, Zone } from '../model/model.ts';
import { type Address, addressBits, addressKey, type Family, families, sameAddress } from '../net/address.ts';
import {
  type AddressSet,
  addressSet,
  addressSetContains,
  addressSetOfPrefixes,
  rangeOfAddress,
  subtractAddressSets,
  unionAddressSets,
} from '../net/address-set.ts';
import { lastAddress, type Prefix, parsePrefix, prefixContains, prefixOf, wholeFamily } from '../net/prefix.ts';
import { isPortProtocol, protocolName, protocolNumbers } from '../net/protocol.ts';
import { type Atlas, placeOfDestination } from '../policy/atlas.ts';
import type { Flow } from '../policy/flow.ts';
import { type Landmarks, landmarksOf, representatives } from './landmarks.ts';

export interface Sender {
  readonly address: Address;
  readonly arrivesBy: string | undefined;
  /** The container that sends, which picks its own way out. */
  readonly container: Container | undefined;
  readonly endpoint: Endpoint | undefined;
}

export interface Universe {
  readonly atlas: Atlas;
  readonly model: CheckedModel;
  readonly landmarks: Landmarks;
  /** Addresses that no well-formed packet of the universe is sent from or to, or that belong to the host or a declared network. */
  readonly notOutside: AddressSet;
  readonly special: AddressSet;
  readonly outsideInterfaces: readonly string[];
  readonly hostAddresses: readonly Address[];
  readonly containers: ReadonlyMap<string, Container>;
}

/** Stands for any interface that the policy does not name, where it names none. */
export const unnamedInterface = 'any outside interface';

const specialPrefixes = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  '::1/128',
  'fe80::/10',
  'ff00::/8',
  '::ffff:0:0/96',
]
  .map(parsePrefix)
  .filter((prefix) => prefix !== undefined);

export function universeOf(atlas: Atlas): Universe {
  const { model, view } = atlas;
  const landmarks = landmarksOf(model, view);
  const special = addressSetOfPrefixes(specialPrefixes);
  const hostAddresses = view.interfaces
    .flatMap((one) => one.addresses.map(({ address }) => address))
    .filter((address) => !addressSetContains(special, address));
  const subnets = addressSetOfPrefixes(
    atlas.networks
      .filter((network) => !isLan(network))
      .flatMap((network) => Object.values(network.subnets).map((subnet) => subnet.prefix)),
  );
  const given = [...atlas.endpointOfAddress.values()].flatMap(({ addresses }) => Object.values(addresses));
  const bridges = bridgesOfNics(atlas.networks);
  const declared = [...new Set(atlas.host.interfaces.map(({ name }) => bridges.get(name) ?? name))];
  return {
    atlas,
    model,
    landmarks,
    special: unionAddressSets(special, sharedAddresses(view)),
    notOutside: unionAddressSets(
      special,
      sharedAddresses(view),
      addressSet([...hostAddresses, ...given].map(rangeOfAddress)),
      subnets,
      // other hosts of the policy and what is on them are spoken of by name
      addressSetOfPrefixes([...(model.elsewhere?.hosts ?? []), ...(model.elsewhere?.subnets ?? [])]),
    ),
    outsideInterfaces: declared.length === 0 ? [unnamedInterface, ...bridges.values()] : declared,
    hostAddresses,
    containers: new Map(model.containers.map((container) => [container.name, container])),
  };
}

/** Addresses of the host's own subnets that belong to no one machine: IPv4 network and broadcast, IPv6 subnet-router anycast. */
function sharedAddresses(view: HostView): AddressSet {
  const own = view.interfaces
    .flatMap((one) => one.addresses)
    .filter(({ address, length }) => length < addressBits(address.family) - 1);
  return addressSet(
    own.flatMap(({ address, length }) => {
      const { address: first } = prefixOf(address, length);
      const last = lastAddress({ address: first, length });
      return (address.family === 'ipv4' ? [first, last] : [first]).map(rangeOfAddress);
    }),
  );
}

export function sendersOf(universe: Universe, subject: Subject): readonly Sender[] {
  switch (subject.kind) {
    case 'any':
      return [
        ...hostSenders(universe),
        ...universe.atlas.networks.flatMap((network) => networkSenders(universe, network)),
        ...outsideSenders(universe, families.map(wholeFamily), undefined),
      ];
    case 'host':
      return hostSenders(universe);
    case 'network':
      return networkSenders(universe, subject);
    case 'container':
      return containerSenders(universe, subject);
    case 'zone':
      return zoneSenders(universe, subject);
    case 'prefix': {
      const within = ({ address }: Sender): boolean => prefixContains(subject.prefix, address);
      const containers = universe.model.containers.flatMap((container) => containerSenders(universe, container));
      return [
        ...[...hostSenders(universe), ...containers].filter(within),
        ...outsideSenders(universe, [subject.prefix], undefined),
      ];
    }
  }
}

const fromHost = (address: Address): Sender => ({
  address,
  arrivesBy: undefined,
  container: undefined,
  endpoint: undefined,
});

function hostSenders(universe: Universe): readonly Sender[] {
  return universe.hostAddresses.map(fromHost);
}

function zoneSenders(universe: Universe, zone: Zone): readonly Sender[] {
  return outsideSenders(universe, zone.prefixes, zone.interface);
}

function outsideSenders(universe: Universe, prefixes: readonly Prefix[], on: string | undefined): readonly Sender[] {
  const addresses = representatives(
    subtractAddressSets(addressSetOfPrefixes(prefixes), universe.notOutside),
    universe.landmarks,
  );
  const interfaces = on === undefined ? universe.outsideInterfaces : [on];
  const lans = universe.atlas.networks.filter(isLan);
  const lanOf = (address: Address): Network | undefined => lans.find((network) => isIn(network, address));
  const livesOn = (name: string, address: Address): boolean => [undefined, name].includes(lanOf(address)?.bridge);
  return interfaces.flatMap((name) =>
    addresses
      .filter((address) => livesOn(name, address))
      .map((address) => ({ address, arrivesBy: name, container: undefined, endpoint: undefined })),
  );
}

/** Of the containers that no statement singles out one of each kind stands for all of the network. */
function networkSenders(universe: Universe, network: Network): readonly Sender[] {
  return typicalEndpoints(universe, network).flatMap((endpoint) => endpointSenders(universe, endpoint));
}

function typicalEndpoints(universe: Universe, network: Network): readonly Endpoint[] {
  const seen = new Set<string>();
  return universe.model.containers.flatMap((container) =>
    container.endpoints.filter((endpoint) => {
      if (endpoint.network !== network) return false;
      if (universe.landmarks.singled.has(container.name)) return true;
      const kind = kindOf(universe, endpoint);
      if (seen.has(kind)) return false;
      seen.add(kind);
      return true;
    }),
  );
}

/** The families that an endpoint has, and the literals that its addresses lie in. */
function kindOf(universe: Universe, { addresses }: Endpoint): string {
  return Object.values(addresses)
    .map((address) => kindOfAddress(universe, address))
    .join();
}

function kindOfAddress({ landmarks }: Universe, address: Address): string {
  let kind: string = address.family;
  for (const [index, prefix] of landmarks.literals.entries()) if (prefixContains(prefix, address)) kind += ` ${index}`;
  return kind;
}

function containerSenders(universe: Universe, container: Container): readonly Sender[] {
  return container.endpoints.flatMap((endpoint) => endpointSenders(universe, endpoint));
}

function endpointSenders(universe: Universe, endpoint: Endpoint): readonly Sender[] {
  return Object.values(endpoint.addresses).map((address) => ({
    address,
    arrivesBy: endpoint.network.bridge,
    container: universe.containers.get(endpoint.container),
    endpoint,
  }));
}

/** Addresses that stand for all that a subject covers as a destination. */
export function destinationsOf(universe: Universe, subject: Subject): readonly Address[] {
  switch (subject.kind) {
    case 'any':
      return [
        ...universe.hostAddresses,
        ...universe.atlas.networks.flatMap((network) => networkAddresses(universe, network)),
        ...outsideAddresses(universe, families.map(wholeFamily)),
      ];
    case 'host':
      return typicalHostAddresses(universe);
    case 'network':
      return networkAddresses(universe, subject);
    case 'container':
      return subject.endpoints.flatMap((endpoint) => Object.values(endpoint.addresses));
    case 'zone':
      return outsideAddresses(universe, subject.prefixes).filter((address) => {
        const place = placeOfDestination(universe.atlas, address);
        return place.kind === 'outside' && (subject.interface === undefined || place.interface === subject.interface);
      });
    case 'prefix': {
      const within = (address: Address): boolean => prefixContains(subject.prefix, address);
      const containers = universe.model.containers.flatMap((container) =>
        container.endpoints.flatMap((endpoint) => Object.values(endpoint.addresses)),
      );
      const rest = representatives(
        subtractAddressSets(
          addressSetOfPrefixes([subject.prefix]),
          unionAddressSets(universe.special, addressSet(universe.hostAddresses.map(rangeOfAddress))),
        ),
        universe.landmarks,
      );
      return [...universe.hostAddresses.filter(within), ...containers.filter(within), ...rest];
    }
  }
}

/** Of the host's addresses that no publication names one of each kind stands for all. */
function typicalHostAddresses(universe: Universe): readonly Address[] {
  const { landmarks, hostAddresses } = universe;
  const seen = new Set<string>();
  return hostAddresses.filter((address) => {
    if (landmarks.namedHostAddresses.has(addressKey(address))) return true;
    const kind = kindOfAddress(universe, address);
    if (seen.has(kind)) return false;
    seen.add(kind);
    return true;
  });
}

function networkAddresses(universe: Universe, network: Network): readonly Address[] {
  return typicalEndpoints(universe, network).flatMap((endpoint) => Object.values(endpoint.addresses));
}

function outsideAddresses(universe: Universe, prefixes: readonly Prefix[]): readonly Address[] {
  return representatives(subtractAddressSets(addressSetOfPrefixes(prefixes), universe.notOutside), universe.landmarks);
}

/** ICMP types that start a connection [41]: echo, timestamp, information and address mask request; echo request and node information query. */
const startingIcmpTypes: Readonly<Record<Family, readonly number[]>> = { ipv4: [8, 13, 15, 17], ipv6: [128, 139] };

/** What the packets of a service look like, towards a host (published ports) or anything else. Source ports do not matter here. */
export function packetsOf(
  universe: Universe,
  service: Service,
  family: Family,
  toHost: boolean,
): readonly Pick<Flow, 'protocol' | 'sourcePort' | 'destinationPort' | 'icmpType'>[] {
  const icmp = family === 'ipv4' ? protocolNumbers.icmp : protocolNumbers.icmpv6;
  const other = family === 'ipv4' ? protocolNumbers.icmpv6 : protocolNumbers.icmp;
  const cuts = toHost ? universe.landmarks.hostPorts : universe.landmarks.otherPorts;
  const ports = (protocol: number, first: number, last: number) =>
    [first, ...(cuts.get(protocol) ?? []).filter((cut) => cut > first && cut <= last)].map((destinationPort) => ({
      protocol,
      sourcePort: 40000,
      destinationPort,
      icmpType: undefined,
    }));
  const ofProtocol = (protocol: number): ReturnType<typeof packetsOf> => {
    if (protocol === other) return [];
    if (protocol === icmp)
      return startingIcmpTypes[family].map((icmpType) => ({
        protocol,
        sourcePort: undefined,
        destinationPort: undefined,
        icmpType,
      }));
    if (isPortProtocol(protocolName(protocol))) return ports(protocol, 1, 65535);
    return [{ protocol, sourcePort: undefined, destinationPort: undefined, icmpType: undefined }];
  };
  switch (service.kind) {
    case 'any':
      return universe.landmarks.protocols.flatMap(ofProtocol);
    case 'protocol':
      return ofProtocol(service.protocol);
    case 'ports':
      return ports(service.protocol, service.ports.first, service.ports.last);
    case 'icmp-type':
      return service.family === family && startingIcmpTypes[family].includes(service.type)
        ? [{ protocol: icmp, sourcePort: undefined, destinationPort: undefined, icmpType: service.type }]
        : [];
  }
}

/**
 * Whether the sender's own routing table would send this packet from this address: a container with several networks uses
 * the one that the destination is on, else a route of its own, else its first network that is not internal. A wire leads to
 * its other end alone.
 */
export function isNatural({ container, endpoint }: Sender, destination: Address): boolean {
  if (container === undefined || endpoint === undefined) return true;
  const { family } = destination;
  const isWire = endpoint.network.networkKind === 'wire';
  if (container.endpoints.length < 2 && !isWire) return true;
  const having = container.endpoints.filter((one) => one.addresses[family] !== undefined);
  const onLink = having.find((one) => holds(one, destination));
  const via = container.routes.find((route) => prefixContains(route.destination, destination))?.via;
  const routed = via === undefined ? undefined : having.find((one) => holds(one, via));
  const gateway = having.find((one) => one.gateways.some((address) => address.family === family));
  const attached = having.find((one) => one.wired === undefined && !one.network.internal);
  const last = having.find(({ network }) => network.networkKind !== 'wire');
  return endpoint === (onLink ?? routed ?? gateway ?? attached ?? last);
}

function holds({ network, wired }: Endpoint, address: Address): boolean {
  if (network.networkKind === 'wire') return wired?.peer !== undefined && sameAddress(wired.peer, address);
  return isIn(network, address);
}

function isIn(network: Network, address: Address): boolean {
  const subnet = network.subnets[address.family];
  return subnet !== undefined && prefixContains(subnet.prefix, address);
}
