/**
 * Flows worth trying: from everyone to everyone, on ports that the policy names, one off them, and one that it does not
 * name; and forged ones. `ctfw lab test` and the kernel tests send them and compare what happens with what is meant.
 */
import type { CheckedModel, Container, Endpoint, Network } from '../model/model.ts';
import { tunnelPort } from '../model/tunnel.ts';
import { type Address, type Family, sameAddress } from '../net/address.ts';
import { portProtocolNumber, protocolNumbers } from '../net/protocol.ts';
import type { Flow } from '../policy/flow.ts';
import { destinationsOf, packetsOf, type Sender, sendersOf, type Universe } from './universe.ts';

/** Every flow of the matrix, forged ones included; a few for each pair and named port. */
export function* matrixFlows(universe: Universe): Generator<Flow> {
  const senders = [
    ...sendersOf(universe, { kind: 'any' }),
    ...universe.model.zones.flatMap((zone) => sendersOf(universe, zone)),
  ];
  const destinations = distinct([
    ...destinationsOf(universe, { kind: 'any' }),
    ...universe.model.zones.flatMap((zone) => destinationsOf(universe, zone)),
  ]);
  for (const sender of distinctSenders(senders)) {
    for (const destination of destinations) {
      if (sender.address.family !== destination.family || sameAddress(sender.address, destination)) continue;
      yield* flowsBetween(universe, sender, destination);
    }
  }
  yield* forgedFlows(universe);
}

/** Every flow of the matrix between two ends. */
export function* flowsBetween(
  universe: Universe,
  { address, arrivesBy }: Pick<Sender, 'address' | 'arrivesBy'>,
  destination: Address,
): Generator<Flow> {
  const ends = { arrivesBy, source: address, destination };
  for (const { protocol, port } of portsTowards(universe, destination)) {
    yield { ...ends, protocol, sourcePort: undefined, destinationPort: port, icmpType: undefined };
  }
  const echo = packetsOf(
    universe,
    { kind: 'protocol', protocol: destination.family === 'ipv4' ? protocolNumbers.icmp : protocolNumbers.icmpv6 },
    destination.family,
    false,
  )[0];
  if (echo !== undefined) yield { ...ends, ...echo };
}

interface NamedPort {
  readonly protocol: number;
  readonly port: number;
}

/** Ports that mean something at a destination, their neighbours, and 12345, which nothing names. */
function portsTowards(universe: Universe, destination: Address): readonly NamedPort[] {
  const { model } = universe;
  const toHost = universe.hostAddresses.some((address) => sameAddress(address, destination));
  const container = model.containers.find((one) => one.endpoints.some((endpoint) => isAt(endpoint, destination)));
  const named = [
    ...statementPorts(model),
    ...(toHost ? model.containers.flatMap(publishedPorts) : []),
    ...((model.elsewhere?.tunnels.length ?? 0) > 0 ? [{ protocol: protocolNumbers.udp, port: tunnelPort }] : []),
    ...(container === undefined ? [] : servedPorts(container)),
  ];
  const around = named
    .flatMap(({ protocol, port }) => [port - 1, port, port + 1].map((near) => ({ protocol, port: near })))
    .filter(({ port }) => port > 0 && port < 65536);
  const all = [
    ...around,
    { protocol: protocolNumbers.tcp, port: 12345 },
    { protocol: protocolNumbers.udp, port: 12345 },
  ];
  return [...new Map(all.map((entry) => [`${entry.protocol}/${entry.port}`, entry])).values()];
}

function isAt(endpoint: Endpoint, address: Address): boolean {
  const own = endpoint.addresses[address.family];
  return own !== undefined && sameAddress(own, address);
}

function statementPorts(model: CheckedModel): readonly NamedPort[] {
  const services = [...model.access, ...model.expectations].flatMap((statement) => statement.services);
  return services.flatMap((service) =>
    service.kind === 'ports'
      ? [service.ports.first, service.ports.last].map((port) => ({ protocol: service.protocol, port }))
      : [],
  );
}

function publishedPorts(container: Container): readonly NamedPort[] {
  return container.publications.flatMap(({ protocol, hostPorts }) =>
    [hostPorts.first, hostPorts.last].map((port) => ({ protocol: portProtocolNumber(protocol), port })),
  );
}

function servedPorts(container: Container): readonly NamedPort[] {
  const published = container.publications.map(({ protocol, containerPorts }) => ({ protocol, ports: containerPorts }));
  return [...container.exposed, ...published].flatMap(({ protocol, ports }) =>
    [ports.first, ports.last].map((port) => ({ protocol: portProtocolNumber(protocol), port })),
  );
}

/** Addresses of networks from where they do not live, and addresses that no network gave out: the second universe. */
function* forgedFlows(universe: Universe): Generator<Flow> {
  const endpoints = universe.model.containers
    .flatMap((container) => container.endpoints)
    .filter(({ network }) => !network.unmanaged);
  // what a container sends past the host nobody judges
  const isSeen = ({ networkKind, hosts }: Network): boolean =>
    networkKind !== 'macvlan' && (networkKind !== 'wire' || hosts.length > 0);
  const foreign: Readonly<Record<Family, Address>> = {
    ipv4: { family: 'ipv4', value: 0xcb007163n },
    ipv6: { family: 'ipv6', value: 0x20010db8_00990000_00000000_00000063n },
  };
  for (const target of endpoints) {
    for (const destination of Object.values(target.addresses)) {
      const flow = (arrivesBy: string, source: Address): Flow => ({
        arrivesBy,
        source,
        destination,
        protocol: protocolNumbers.tcp,
        sourcePort: undefined,
        destinationPort: 12345,
        icmpType: undefined,
      });
      for (const other of endpoints) {
        const own = other.addresses[destination.family];
        if (own === undefined || other === target) continue;
        for (const name of universe.outsideInterfaces)
          if (name !== target.network.bridge || isSeen(target.network)) yield flow(name, own);
        if (other.network !== target.network && isSeen(target.network)) yield flow(target.network.bridge, own);
        if (!isSeen(other.network)) continue;
        yield flow(other.network.bridge, foreign[destination.family]);
        const unused = { ...own, value: own.value + 77n };
        if (universe.atlas.endpointOfAddress.size < 70) yield flow(other.network.bridge, unused);
      }
    }
  }
}

function distinct(addresses: readonly Address[]): readonly Address[] {
  return [...new Map(addresses.map((address) => [`${address.family} ${address.value}`, address])).values()];
}

function distinctSenders(senders: readonly Sender[]): readonly Sender[] {
  return [
    ...new Map(
      senders.map((sender) => [`${sender.arrivesBy} ${sender.address.family} ${sender.address.value}`, sender]),
    ).values(),
  ];
}
