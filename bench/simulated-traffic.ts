/** Traffic through the simulator: first packets of distinct connections to published ports, and packets of connections that are open. */
import { type Places, placesOf } from '../src/expectations/simulated/places.ts';
import type { HostView } from '../src/host-view/host-view.ts';
import type { CheckedModel, Host } from '../src/model/model.ts';
import { type Address, parseAddress } from '../src/net/address.ts';
import type { Ruleset } from '../src/ruleset/ruleset.ts';
import type { PacketInput } from '../src/simulator/packet/input.ts';
import { createSimulation, type Simulation } from '../src/simulator/simulation.ts';
import { BenchmarkFailure } from './benchmark.ts';
import { type GeneratedPolicy, hostAddresses } from './policy-text.ts';

/** Packets a second of processor time. */
export interface Rates {
  readonly opened: number;
  readonly established: number;
}

const outside = 'wan0';
const ack = 16;
const syn = 2;

/** A compiled policy's host. */
export interface SimulatedPolicy {
  readonly view: HostView;
  readonly model: CheckedModel;
  readonly host: Host;
}

/** The rates of one host with rules. Throws BenchmarkFailure when a packet does not get through. */
export function simulatedRates(
  on: SimulatedPolicy,
  rulesets: readonly Ruleset[],
  policy: GeneratedPolicy,
  flows: number,
): Rates {
  const places = placesOf(on.view, on);
  const simulation = createSimulation({ hosts: [{ view: places.view }] });
  introduce(simulation, places);
  simulation.loadRules(on.view.name, rulesets);
  const first = (index: number): PacketInput =>
    packetOf(policy, index, { flags: syn, sequence: 1, acknowledgement: 0 });
  const opened = perSecond(simulation, on.view.name, flows, first);
  answer(simulation, places, flows, policy);
  const later = (index: number): PacketInput =>
    packetOf(policy, index, { flags: ack, sequence: 2, acknowledgement: 1 });
  const established = perSecond(simulation, on.view.name, flows, later);
  return { opened, established };
}

/** Bridges learn where containers are, as they do from the first frames that these send. */
function introduce(simulation: Simulation, places: Places): void {
  for (const endpoint of places.endpoints) {
    const [source] = Object.values(endpoint.addresses);
    const [port, sourceMac, destinationMac] = [
      places.portOf(endpoint),
      places.macOf(endpoint),
      places.macOf(endpoint.network.bridge),
    ];
    if (source === undefined || port === undefined || sourceMac === undefined || destinationMac === undefined) continue;
    simulation.receive(places.view.name, port, {
      source,
      destination: source,
      protocol: 253,
      sourceMac,
      destinationMac,
    });
  }
}

/** Every connection is answered, so that its later packets belong to established ones. */
function answer(simulation: Simulation, places: Places, flows: number, policy: GeneratedPolicy): void {
  const endpoints = new Map(places.endpoints.map((endpoint) => [endpoint.container, endpoint]));
  const published = new Map(policy.containers.map((container) => [container.hostPort, container]));
  for (let index = 0; index < flows; index++) {
    const { source, sourcePort, destinationPort } = packetOf(policy, index, {
      flags: syn,
      sequence: 1,
      acknowledgement: 0,
    });
    const container = published.get(destinationPort ?? 0);
    const endpoint = container && endpoints.get(container.name);
    const port = endpoint && places.portOf(endpoint);
    const from = endpoint?.addresses.ipv4;
    const macs = endpoint && [places.macOf(endpoint), places.macOf(endpoint.network.bridge)];
    if (
      container === undefined ||
      from === undefined ||
      port === undefined ||
      macs?.[0] === undefined ||
      macs[1] === undefined
    )
      throw new BenchmarkFailure('a published container has no place on the host');
    simulation.receive(places.view.name, port, {
      source: from,
      destination: source,
      protocol: 6,
      flags: syn | ack,
      sequence: 0,
      acknowledgement: 2,
      sourcePort: container.containerPort,
      ...(sourcePort !== undefined && { destinationPort: sourcePort }),
      sourceMac: macs[0],
      destinationMac: macs[1],
    });
  }
}

type Segment = Required<Pick<PacketInput, 'flags' | 'sequence' | 'acknowledgement'>>;

/** A packet of one connection, sent by its client. */
function packetOf(
  { containers }: GeneratedPolicy,
  index: number,
  { flags, sequence, acknowledgement }: Segment,
): PacketInput {
  const container = containers[(index * 7919) % containers.length];
  if (container === undefined) throw new RangeError('a policy with containers');
  return {
    source: client(index >> 15),
    destination: known(parseAddress(hostAddresses.wan4)),
    protocol: 6,
    flags,
    sequence,
    acknowledgement,
    sourcePort: 1024 + (index & 0x7fff),
    destinationPort: container.hostPort,
  };
}

/** One of the addresses on the wire to the outside. */
function client(number: number): Address {
  return { family: 'ipv4', value: known(parseAddress('198.19.255.1')).value - BigInt(number % 250) };
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new RangeError('a constant of the benchmark is malformed');
  return value;
}

function sendAll(simulation: Simulation, host: string, packets: readonly PacketInput[]): void {
  for (const packet of packets) {
    const { ways } = simulation.receive(host, outside, packet);
    if (ways[0]?.outcomes[0]?.kind !== 'left')
      throw new BenchmarkFailure(`a packet to port ${packet.destinationPort} does not get through the simulated rules`);
  }
}

/** Packets that are made at once, outside of what is measured: all of them would be fetched from memory, not from the cache. */
const batch = 500;

/** Packets a second of processor time that the simulation takes for packets which the benchmark makes. */
function perSecond(
  simulation: Simulation,
  host: string,
  packets: number,
  make: (index: number) => PacketInput,
): number {
  let microseconds = 0;
  for (let sent = 0; sent < packets; sent += batch) {
    const inputs = Array.from({ length: Math.min(batch, packets - sent) }, (_, index) => make(sent + index));
    const start = process.cpuUsage();
    sendAll(simulation, host, inputs);
    const { user, system } = process.cpuUsage(start);
    microseconds += user + system;
  }
  return packets / (microseconds / 1e6);
}
