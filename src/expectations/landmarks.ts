/**
 * The values at which the meaning of a policy can change: between two neighbouring landmarks every address, and every port,
 * is treated alike, so one of each class stands for all of them.
 */
import type { HostView } from '../host-view/host-view.ts';
import type { CheckedModel, Service, Subject } from '../model/model.ts';
import { type Address, addressKey, type Family } from '../net/address.ts';
import { type AddressRange, type AddressSet, rangeOfAddress, rangeOfPrefix } from '../net/address-set.ts';
import type { PortRange } from '../net/port.ts';
import { type Prefix, prefixContains, prefixOf } from '../net/prefix.ts';
import { portProtocolNumber } from '../net/protocol.ts';

export interface Landmarks {
  /** First addresses of classes, ascending, by family. */
  readonly addresses: Readonly<Record<Family, readonly bigint[]>>;
  /** The prefixes that tell addresses outside the host and its networks apart. */
  readonly prefixes: readonly Prefix[];
  /** First ports of classes, ascending, by protocol: for packets to the host, and to containers and others. */
  readonly hostPorts: ReadonlyMap<number, readonly number[]>;
  readonly otherPorts: ReadonlyMap<number, readonly number[]>;
  /** Protocols that any statement names, and one that none does. */
  readonly protocols: readonly number[];
  /** Addresses that a publication answers on, alone. */
  readonly namedHostAddresses: ReadonlySet<string>;
  /** Addresses and prefixes that stand in a statement as they are. */
  readonly literals: readonly Prefix[];
  /** Containers that some statement treats apart from the rest of their network. */
  readonly singled: ReadonlySet<string>;
}

export function landmarksOf(model: CheckedModel, view: HostView): Landmarks {
  const subjects = [
    ...model.access.flatMap((access) => [...access.from, ...access.to]),
    ...model.expectations.flatMap((expectation) => [...expectation.from, ...expectation.to]),
    ...model.containers.flatMap((container) => container.publications.flatMap((publication) => publication.from ?? [])),
  ];
  const services = [...model.access, ...model.expectations].flatMap((statement) => statement.services);
  const prefixes = namedPrefixes(model, view, subjects);
  return {
    addresses: addressLandmarks(view, prefixes),
    prefixes: distinctPrefixes(prefixes),
    ...portLandmarks(model, services),
    protocols: protocolLandmarks(services),
    namedHostAddresses: new Set(
      model.containers.flatMap(({ publications }) =>
        publications.flatMap(({ listener }) => (listener.kind === 'address' ? [addressKey(listener.address)] : [])),
      ),
    ),
    literals: distinctPrefixes(subjects.flatMap((subject) => (subject.kind === 'prefix' ? [subject.prefix] : []))),
    singled: singledOut(model, subjects),
  };
}

function namedPrefixes(model: CheckedModel, view: HostView, subjects: readonly Subject[]): readonly Prefix[] {
  return [
    ...model.zones.flatMap((zone) => zone.prefixes),
    ...subjects.flatMap((subject) => (subject.kind === 'prefix' ? [subject.prefix] : [])),
    ...model.networks.flatMap((network) => Object.values(network.subnets).map((subnet) => subnet.prefix)),
    ...view.routes.map((route) => route.destination),
  ];
}

function distinctPrefixes(prefixes: readonly Prefix[]): readonly Prefix[] {
  return [...new Map(prefixes.map((prefix) => [`${addressKey(prefix.address)}/${prefix.length}`, prefix])).values()];
}

function addressLandmarks(view: HostView, prefixes: readonly Prefix[]): Landmarks['addresses'] {
  const own = view.interfaces.flatMap((one) => one.addresses);
  const ranges = [
    ...prefixes.map(rangeOfPrefix),
    ...own.flatMap(({ address, length }) => [rangeOfAddress(address), rangeOfPrefix(prefixOf(address, length))]),
  ];
  const cuts = (family: Family): readonly bigint[] =>
    ascending(ranges.filter((range) => range.family === family).flatMap(({ first, last }) => [first, last + 1n]));
  return { ipv4: cuts('ipv4'), ipv6: cuts('ipv6') };
}

function ascending<T extends bigint | number>(values: readonly T[]): readonly T[] {
  return [...new Set(values)].sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
}

/** Only what names a protocol cuts its ports. */
function portLandmarks(model: CheckedModel, services: readonly Service[]): Pick<Landmarks, 'hostPorts' | 'otherPorts'> {
  const named: NamedPorts[] = services.flatMap((service) => (service.kind === 'ports' ? [service] : []));
  const published = model.containers.flatMap(({ publications }) =>
    publications.map(({ protocol, hostPorts }) => ({ protocol: portProtocolNumber(protocol), ports: hostPorts })),
  );
  const served = model.containers.flatMap(({ exposed, publications }) =>
    [...exposed, ...publications.map(({ protocol, containerPorts }) => ({ protocol, ports: containerPorts }))].map(
      ({ protocol, ports }) => ({ protocol: portProtocolNumber(protocol), ports }),
    ),
  );
  return { hostPorts: cutsByProtocol([...named, ...published]), otherPorts: cutsByProtocol([...named, ...served]) };
}

interface NamedPorts {
  readonly protocol: number;
  readonly ports: PortRange;
}

function cutsByProtocol(named: readonly NamedPorts[]): ReadonlyMap<number, readonly number[]> {
  const cuts = new Map<number, number[]>();
  for (const { protocol, ports } of named) {
    const list = cuts.get(protocol) ?? [];
    list.push(ports.first, ports.last + 1);
    cuts.set(protocol, list);
  }
  // Numbers sorted as numbers, without comparing through a function: each published port is a cut.
  return new Map([...cuts].map(([protocol, list]) => [protocol, [...Uint32Array.from(new Set(list)).sort()]]));
}

function protocolLandmarks(services: readonly Service[]): readonly number[] {
  const named = services.flatMap((service) =>
    service.kind === 'ports' || service.kind === 'protocol' ? [service.protocol] : [],
  );
  const known = [portProtocolNumber('tcp'), portProtocolNumber('udp'), portProtocolNumber('sctp'), 1, 58, ...named];
  const other = [47, 50, 51, 4, 41].find((protocol) => !known.includes(protocol)) ?? 253;
  return [...new Set([...known, other])];
}

function singledOut(model: CheckedModel, subjects: readonly Subject[]): ReadonlySet<string> {
  const named = subjects.flatMap((subject) => (subject.kind === 'container' ? [subject.name] : []));
  const linked = model.links.flatMap((link) => [link.from.name, link.to.name]);
  const serving = model.containers
    .filter((container) => container.publications.some(({ target }) => target.network.gatewayMode === 'routed'))
    .map(({ name }) => name);
  const several = model.containers
    .filter((container) => container.endpoints.length > 1 || container.routes.length > 0)
    .map(({ name }) => name);
  return new Set([...named, ...linked, ...serving, ...several]);
}

/**
 * One address of each class that a set meets. Pieces that lie in the same of the prefixes that something names are one class,
 * wherever they are.
 */
export function representatives(set: AddressSet, landmarks: Landmarks): readonly Address[] {
  const pieces = set.flatMap((range) => piecesOf(range, landmarks.addresses[range.family]));
  if (pieces.length * landmarks.prefixes.length > mostComparisons) return pieces;
  const classes = new Map<string, Address>();
  for (const address of pieces) {
    let signature: string = address.family;
    for (const [index, prefix] of landmarks.prefixes.entries())
      if (prefixContains(prefix, address)) signature += ` ${index}`;
    if (!classes.has(signature)) classes.set(signature, address);
  }
  return [...classes.values()];
}

/** Beyond this, taking every piece for a class of its own is cheaper than finding out which are one. */
const mostComparisons = 2_000_000;

function piecesOf(range: AddressRange, cuts: readonly bigint[]): readonly Address[] {
  const inner = cuts.filter((cut) => cut > range.first && cut <= range.last);
  return [range.first, ...inner].map((value) => ({ family: range.family, value }));
}
