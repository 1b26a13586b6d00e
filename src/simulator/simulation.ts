/**
 * Simulating one host or a small network: packets in, what becomes of them and every step on the way out.
 * A simulation is mutable (connections, counters and limits live in it) and belongs to whoever made it.
 */
import type { Ruleset } from '../ruleset/ruleset.ts';
import type { ChainOrder } from './host/hook-lists.ts';
import type { Host } from './host/host.ts';
import { receiveFrame } from './host/input.ts';
import { sendOwn } from './host/output.ts';
import { type HostOptions, type Link, Network, type Segment } from './network/network.ts';
import { type SendFailure, type Way, wayOf } from './outcomes.ts';
import { type PacketInput, packetFrom } from './packet/input.ts';
import type { Packet } from './packet/packet.ts';
import { differentWays } from './ways.ts';

export type { Crossing, Outcome, Way } from './outcomes.ts';

export interface SimulationResult {
  /** Everything that may have become of the packet: one way, except where rules or the kernel choose at random. */
  readonly ways: readonly Way[];
}

export interface SimulationOptions {
  readonly hosts: readonly HostOptions[];
  readonly links?: readonly Link[];
  readonly segments?: readonly Segment[];
}

export interface SendOptions {
  readonly trace?: boolean;
}

/** Ways explored for one packet before the rest is called unknown. */
const maximumWays = 64;

export class Simulation {
  private network: Network;

  constructor(network: Network) {
    this.network = network;
  }

  /** The same hosts, rules and connections; what happens in one of the two is not seen in the other. */
  fork(): Simulation {
    return new Simulation(this.network.fork());
  }

  /** A packet arrives at an interface of a host. On a bridge port, the bridge's own address is filled in where the packet goes to or through the host. */
  receive(host: string, interfaceName: string, input: PacketInput, options: SendOptions = {}): SimulationResult {
    return this.explore(options, (network) => {
      const target = network.host(host);
      const packet = packetFrom(input);
      addressFrame(target, interfaceName, packet);
      receiveFrame(target, interfaceName, packet);
      return undefined;
    });
  }

  /** A program of a host sends a packet. Without `chooseSource` the packet's own source is kept. */
  send(
    host: string,
    input: PacketInput,
    options: SendOptions & { readonly chooseSource?: boolean } = {},
  ): SimulationResult {
    return this.explore(options, (network) => {
      const sender = network.host(host);
      const result = sendOwn(sender, packetFrom(input), { chooseSource: options.chooseSource ?? false });
      return result === 'ok' ? undefined : { host, error: result };
    });
  }

  /** Lets time pass: connections and limits age, unanswered neighbours are given up. */
  advance(milliseconds: number): void {
    this.network.advance(milliseconds);
    this.network.takeEvents();
  }

  /** Replaces the rules of a host; connections stay [83]. */
  loadRules(host: string, rulesets: readonly Ruleset[], chainOrder?: ChainOrder): void {
    this.network.host(host).loadRules(rulesets, chainOrder);
  }

  /** Forgets all connections of a host. */
  flushConnections(host: string): void {
    this.network.host(host).connections.flush();
  }

  /** Packets counted by a named counter. */
  counter(host: string, name: string): number | undefined {
    const { rules, ruleState } = this.network.host(host);
    const place = rules.namedCounters.find((candidate) => candidate.name === name);
    return place === undefined ? undefined : ruleState.numbers[place.slot];
  }

  private mayChoose(): boolean {
    for (const host of this.network.hosts.values()) if (host.mayChoose) return true;
    return false;
  }

  private explore(options: SendOptions, action: (network: Network) => SendFailure | undefined): SimulationResult {
    const before = this.mayChoose() ? this.network.fork() : undefined;
    const first = runWay(this.network, nothing, options, action);
    const ways = [first.way];
    if (before === undefined) return { ways };
    const open = alternatives([], first.taken);
    for (let script = open.pop(); script !== undefined; script = open.pop()) {
      if (ways.length >= maximumWays) {
        ways.push(tooMany([...this.network.hosts.keys()][0] ?? ''));
        break;
      }
      const next = runWay(before.fork(), script, options, action);
      ways.push(next.way);
      open.push(...alternatives(script, next.taken));
    }
    return { ways: differentWays(ways) };
  }
}

/** Makes a simulation of hosts and the links between them. */
export function createSimulation(options: SimulationOptions): Simulation {
  return new Simulation(new Network(options));
}

/** Gives a frame on a bridge port the address that a neighbour would put on it. */
function addressFrame(host: Host, interfaceName: string, packet: Packet): void {
  const held = host.interfaces.get(interfaceName);
  const bridge = held?.master === undefined ? undefined : host.interfaces.get(held.master);
  if (packet.destinationMac !== undefined || bridge === undefined) return;
  const route = host.routing.find(packet.destination);
  const onBridge = route?.kind === 'unicast' && route.interface === bridge.name && route.gateway === undefined;
  packet.destinationMac = onBridge ? host.knownNeighbour(packet.destination) : bridge.mac;
}

interface Taken {
  readonly count: number;
  readonly taken: number;
}

/** Scripts that differ from the one followed in one later choice. */
function alternatives(script: readonly number[], taken: readonly Taken[]): number[][] {
  const result: number[][] = [];
  for (let position = taken.length - 1; position >= script.length; position--) {
    const prefix = taken.slice(0, position).map((choice) => choice.taken);
    const count = Math.min(taken[position]?.count ?? 1, maximumWays + 1);
    for (let value = count - 1; value >= 1; value--) result.push([...prefix, value]);
  }
  return result;
}

function runWay(
  network: Network,
  script: readonly number[],
  options: SendOptions,
  action: (network: Network) => SendFailure | undefined,
): { readonly way: Way; readonly taken: readonly Taken[] } {
  network.choices.follow(script);
  network.trace = options.trace ? [] : undefined;
  network.takeEvents();
  const failure = action(network);
  network.run();
  const way = wayOf(network.takeEvents(), failure, network.trace, network.choices.log);
  network.trace = undefined;
  return { way, taken: network.choices.log };
}

const nothing: readonly never[] = [];

function tooMany(host: string): Way {
  const text = `more than ${maximumWays} different results are possible`;
  return {
    outcomes: [{ kind: 'unknown', host, place: undefined, text }],
    crossings: [],
    answers: [],
    trace: [],
    choices: [],
  };
}
