/**
 * Flows for a policy of which everyone to everyone would be too many: some for each of its sentences. Every statement, link,
 * publication and container has packets of its own; networks that differ in nothing but name and addresses stand for each
 * other. Their number grows with the policy, not with its square.
 */
import type { Access, Container, Endpoint, Network, Publication, Service, Subject } from '../../model/model.ts';
import { type Address, addressKey, type Family, families, sameAddress } from '../../net/address.ts';
import { isPortProtocol, portProtocolNumber, protocolName, protocolNumbers } from '../../net/protocol.ts';
import type { Flow } from '../../policy/flow.ts';
import { packetsOf as startingPackets, type Universe } from '../universe.ts';
import { type End, Ends, endsOf } from './ends.ts';

type Packet = Pick<Flow, 'protocol' | 'destinationPort' | 'icmpType'>;

const { tcp, udp } = protocolNumbers;
/** No statement is likely to name it. */
const unnamedPort = 12_345;
const toPort = (protocol: number, destinationPort: number): Packet => ({
  protocol,
  destinationPort,
  icmpType: undefined,
});
const unnamed: readonly Packet[] = [toPort(tcp, unnamedPort), toPort(udp, unnamedPort)];

/** Each of them once. */
export function typicalFlows(universe: Universe): readonly Flow[] {
  const flows = new Map<string, Flow>();
  for (const flow of flowsOf(universe)) {
    const { arrivesBy, source, destination, protocol, destinationPort, icmpType } = flow;
    flows.set(
      `${arrivesBy} ${addressKey(source)} ${addressKey(destination)} ${protocol} ${destinationPort} ${icmpType}`,
      flow,
    );
  }
  return [...flows.values()];
}

function* flowsOf(universe: Universe): Generator<Flow> {
  const ends = new Ends(universe);
  const { access, expectations, links, containers } = universe.model;
  for (const [number, statement] of [...access, ...expectations].entries()) yield* ofStatement(ends, statement, number);
  for (const { from, to } of links)
    yield* between(from.endpoints.flatMap(endsOf), to.endpoints.flatMap(endsOf), served(to));
  let number = 0;
  for (const { publications } of containers)
    for (const publication of publications) yield* ofPublication(ends, publication, number++);
  for (const [index, container] of containers.entries()) yield* ofContainer(ends, container, index);
  yield* betweenNetworks(ends);
}

/** From each subject to each, on what the statement names, and every third time beside it. */
function* ofStatement(
  ends: Ends,
  { from, to, services }: Pick<Access, 'from' | 'to' | 'services'>,
  number: number,
): Generator<Flow> {
  const beside = number % 3 === 0;
  const packets = (family: Family): readonly Packet[] =>
    services.flatMap((service) => packetsOf(ends.universe, service, family, beside));
  for (const left of from)
    for (const right of to)
      for (const family of families) {
        const ofFamily = ({ address }: End): boolean => address.family === family;
        const senders = ends.senders(left, number).filter(ofFamily);
        const receivers = ends.receivers(right, number + 1).filter(ofFamily);
        const one = isMany(left) ? senders.slice(0, 1) : senders;
        const reached = isMany(right) ? besides(one, receivers) : receivers;
        yield* between(isMany(left) ? besides(reached, senders) : one, reached, packets(family));
      }
}

/** One stands for all that it covers; it gives two, for where the first is at the other end. */
function isMany({ kind }: Subject): boolean {
  return kind === 'network' || kind === 'zone' || kind === 'host';
}

/** The first of some ends that is not among others, if there is one. */
function besides(others: readonly End[], ends: readonly End[]): readonly End[] {
  const taken = new Set(others.map(({ address }) => addressKey(address)));
  const free = ends.find(({ address }) => !taken.has(addressKey(address)));
  return free === undefined ? ends.slice(0, 1) : [free];
}

/** To the host's port and the one after it: from outside, from the container's own network, from another one, from the host. */
function* ofPublication(ends: Ends, publication: Publication, number: number): Generator<Flow> {
  const { target, listener, protocol, hostPorts, from } = publication;
  const to = (port: number): Packet => toPort(portProtocolNumber(protocol), port);
  const own = ends.endpointOn(target.network, number);
  const { networks } = ends;
  const other = networks[number % Math.max(1, networks.length)];
  for (const family of families) {
    if (target.addresses[family] === undefined) continue;
    const listening: readonly End[] =
      listener.kind === 'address'
        ? [{ address: listener.address, arrivesBy: undefined, endpoint: undefined }]
        : ends.hostEnds(family).slice(0, 1);
    const turns = [
      endsOf(own),
      other === undefined ? [] : endsOf(ends.endpointOn(other, number)),
      ends.hostEnds(family).slice(-1),
    ];
    yield* between([...(from ?? []).flatMap((subject) => ends.senders(subject, number)), ...ends.outside], listening, [
      to(hostPorts.first),
      ...(hostPorts.last > hostPorts.first ? [to(hostPorts.last)] : []),
      ...(number % 3 === 0 && hostPorts.last < 65_535 ? [to(hostPorts.last + 1)] : []),
    ]);
    yield* between(turns[number % turns.length] ?? [], listening, [to(hostPorts.first)]);
  }
}

/** To its own ports from beside it, and one of: from another network, from outside, with an address that is somebody else's. */
function* ofContainer(ends: Ends, container: Container, number: number): Generator<Flow> {
  const { networks } = ends;
  const other = networks[number % Math.max(1, networks.length)];
  const elsewhere = other === undefined ? undefined : ends.endpointOn(other, number + 1);
  for (const endpoint of container.endpoints) {
    if (endpoint.network.unmanaged) continue;
    const beside = ends.endpointOn(endpoint.network, number + 1);
    const here = endsOf(endpoint);
    const ports = served(container).slice(0, 2);
    const senders = beside === endpoint ? [...hostOf(ends), ...ends.outside] : endsOf(beside);
    yield* between(senders, here, number % 3 === 0 || ports.length === 0 ? unnamed.slice(0, 1) : ports);
    const turns = [
      () => between(endsOf(elsewhere), here, served(container).slice(0, 1)),
      () => between(ends.outside, here, [toPort(tcp, unnamedPort)]),
      () => between(here, ends.outside, [toPort(udp, unnamedPort)]),
      () => between(forgedFor(ends, endpoint, elsewhere), here, [toPort(tcp, unnamedPort)]),
    ];
    yield* turns[number % turns.length]?.() ?? [];
  }
}

/** The address of a container elsewhere from outside and from the bridge of the receiver, and from there an address that nobody gave out. */
function forgedFor({ universe }: Ends, { network }: Endpoint, elsewhere: Endpoint | undefined): readonly End[] {
  if (elsewhere === undefined || !isSeen(elsewhere.network)) return [];
  const by = [...universe.outsideInterfaces, ...(isSeen(network) ? [network.bridge] : [])].filter(
    (name) => name !== elsewhere.network.bridge,
  );
  const forged = (arrivesBy: string) => (address: Address) => ({ address, arrivesBy, endpoint: undefined });
  return [
    ...by.flatMap((name) => Object.values(elsewhere.addresses).map(forged(name))),
    ...Object.values(foreign).map(forged(elsewhere.network.bridge)),
  ];
}

/** Documentation addresses that no network gives out. */
const foreign: Readonly<Record<Family, Address>> = {
  ipv4: { family: 'ipv4', value: 0xcb007163n },
  ipv6: { family: 'ipv6', value: 0x20010db8_00990000_00000000_00000063n },
};

/** What a container sends past the host nobody judges. */
function isSeen({ networkKind, hosts, unmanaged }: Network): boolean {
  return !unmanaged && networkKind !== 'macvlan' && (networkKind !== 'wire' || hosts.length > 0);
}

/** Each network with one of each kind, itself, the host and the outside, in both directions. */
function* betweenNetworks(ends: Ends): Generator<Flow> {
  const kinds = new Map(ends.networks.map((network) => [kindOf(network), network]));
  for (const [number, network] of ends.networks.entries()) {
    const own = endsOf(ends.endpointOn(network, number));
    const gateways = families.flatMap((family) => {
      const gateway = network.subnets[family]?.gateway;
      return gateway === undefined ? [] : [{ address: gateway, arrivesBy: undefined, endpoint: undefined }];
    });
    const others = [
      ...endsOf(ends.endpointOn(network, number + 1)),
      ...[...kinds.values()].flatMap((other) => (other === network ? [] : endsOf(ends.endpointOn(other, number)))),
      ...hostOf(ends),
      ...ends.outside,
    ];
    for (const packets of [unnamed, echo('ipv4'), echo('ipv6')]) {
      yield* between(own, [...others, ...gateways], packets);
      yield* between(others, own, packets);
    }
  }
  for (const packets of [unnamed, echo('ipv4'), echo('ipv6')]) {
    const host = hostOf(ends);
    yield* between(ends.outside, [...host, ...ends.outside], packets);
    yield* between(host, ends.outside, packets);
  }
}

/** The host, by one address of each family. */
function hostOf(ends: Ends): readonly End[] {
  return families.flatMap((family) => ends.hostEnds(family).slice(0, 1));
}

/** Networks of one kind differ in name and addresses alone. */
function kindOf({ networkKind, icc, internal, masquerade, gatewayMode, spoofingAllowed, subnets }: Network): string {
  return [networkKind, icc, internal, masquerade, gatewayMode, spoofingAllowed, ...Object.keys(subnets)].join(' ');
}

function echo(family: Family): readonly Packet[] {
  return [
    family === 'ipv4'
      ? { protocol: protocolNumbers.icmp, destinationPort: undefined, icmpType: 8 }
      : { protocol: protocolNumbers.icmpv6, destinationPort: undefined, icmpType: 128 },
  ];
}

/** `beside`: also on the port after those that are named. */
function packetsOf(universe: Universe, service: Service, family: Family, beside: boolean): readonly Packet[] {
  switch (service.kind) {
    case 'any':
      return [...unnamed, ...echo(family)];
    case 'ports': {
      const { first, last } = service.ports;
      const next = beside && last < 65_535 ? [last + 1] : [];
      return [...new Set([first, last, ...next])].map((port) => toPort(service.protocol, port));
    }
    case 'icmp-type':
      return startingPackets(universe, service, family, false);
    case 'protocol':
      return ofProtocol(service.protocol, family);
  }
}

function ofProtocol(protocol: number, family: Family): readonly Packet[] {
  if (protocol === protocolNumbers.icmp || protocol === protocolNumbers.icmpv6)
    return echo(family).filter((packet) => packet.protocol === protocol);
  return isPortProtocol(protocolName(protocol))
    ? [toPort(protocol, unnamedPort)]
    : [{ protocol, destinationPort: undefined, icmpType: undefined }];
}

function served({ exposed, publications }: Container): readonly Packet[] {
  const ports = [
    ...exposed,
    ...publications.map(({ protocol, containerPorts }) => ({ protocol, ports: containerPorts })),
  ];
  const packets = ports.map(({ protocol, ports: { first } }) => toPort(portProtocolNumber(protocol), first));
  return [...new Map(packets.map((packet) => [`${packet.protocol}/${packet.destinationPort}`, packet])).values()];
}

function* between(senders: readonly End[], receivers: readonly End[], packets: readonly Packet[]): Generator<Flow> {
  for (const { address: source, arrivesBy } of senders)
    for (const { address: destination } of receivers) {
      if (source.family !== destination.family || sameAddress(source, destination)) continue;
      for (const packet of packets)
        if (isOfFamily(packet, destination)) yield { arrivesBy, source, destination, sourcePort: undefined, ...packet };
    }
}

function isOfFamily({ protocol }: Packet, { family }: Address): boolean {
  return protocol !== (family === 'ipv4' ? protocolNumbers.icmpv6 : protocolNumbers.icmp);
}
