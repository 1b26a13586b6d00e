/**
 * Simulating one host or a small network: packets in, what becomes of them and every step on the way out.
 * A simulation is mutable (connections, counters and limits live in it) and belongs to whoever made it.
 */
import type { Ruleset } from '../ruleset/ruleset.ts';
import type { SendError, SimulationEvent } from './host/events.ts';
import type { ChainOrder } from './host/hook-lists.ts';
import { orderChoice } from './host/hooks.ts';
import type { Host } from './host/host.ts';
import { receiveFrame } from './host/input.ts';
import { sendOwn } from './host/output.ts';
import { type HostOptions, type Link, Network, type Segment } from './network/network.ts';
import { type PacketInput, type PacketView, packetFrom, viewOf } from './packet/input.ts';
import { type Packet, tcpFlag } from './packet/packet.ts';
import type { RulePlace, TraceStep } from './trace/trace.ts';

/** What became of a packet. */
export type Outcome =
  | { readonly kind: 'delivered'; readonly host: string; readonly interface: string; readonly packet: PacketView }
  /** It left through an interface with nothing known behind it. */
  | { readonly kind: 'left'; readonly host: string; readonly interface: string; readonly packet: PacketView }
  | { readonly kind: 'dropped'; readonly host: string; readonly reason: string; readonly place: RulePlace | undefined }
  /** It was dropped, and an ICMP error or a reset went back to its sender. */
  | {
      readonly kind: 'rejected';
      readonly host: string;
      readonly reason: string;
      readonly place: RulePlace | undefined;
      readonly answer: PacketView;
    }
  /** The sending program got an error. */
  | { readonly kind: 'send-error'; readonly host: string; readonly error: SendError }
  /** It depends on something that is not modelled: which rule, and its text. */
  | {
      readonly kind: 'unknown';
      readonly host: string;
      readonly place: RulePlace | undefined;
      readonly text: string;
      /** What may have become of it, where that much is known. */
      readonly possible?: readonly (readonly Outcome[])[];
    };

/** A packet on its way from one host to another, over a segment. */
export interface Crossing {
  readonly from: { readonly host: string; readonly interface: string };
  readonly to: { readonly host: string; readonly interface: string };
  readonly packet: PacketView;
}

export interface SimulationResult {
  /** Everything that may have become of the packet: one way, except where rules or the kernel choose at random. */
  readonly ways: readonly Way[];
}

/** One way that things may have gone. */
export interface Way {
  /** What became of the packet and its copies. */
  readonly outcomes: readonly Outcome[];
  /** Where the packet went from host to host. */
  readonly crossings: readonly Crossing[];
  /** Other packets that came of it: answers, and errors about it. */
  readonly answers: readonly Outcome[];
  /** Every step, where a trace was asked for. */
  readonly trace: readonly TraceStep[];
  /** The choices that led here. */
  readonly choices: readonly string[];
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

  constructor(options: SimulationOptions) {
    this.network = new Network(options);
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

  private explore(
    options: SendOptions,
    action: (network: Network) => { host: string; error: SendError } | undefined,
  ): SimulationResult {
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
    return { ways: withoutRepeats(withoutOrders(ways)) };
  }
}

/** Makes a simulation of hosts and the links between them. */
export function createSimulation(options: SimulationOptions): Simulation {
  return new Simulation(options);
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
  action: (network: Network) => { host: string; error: SendError } | undefined,
): { readonly way: Way; readonly taken: readonly Taken[] } {
  network.choices.follow(script);
  network.trace = options.trace ? [] : undefined;
  network.takeEvents();
  const failure = action(network);
  network.run();
  const way = wayOf(network.takeEvents(), failure, network);
  network.trace = undefined;
  return { way, taken: network.choices.log };
}

function wayOf(
  events: readonly SimulationEvent[],
  failure: { host: string; error: SendError } | undefined,
  network: Network,
): Way {
  const outcomes = outcomesOf(events, true);
  const answers = outcomesOf(events, false);
  const all = failure === undefined ? outcomes : [{ kind: 'send-error', ...failure } as const, ...outcomes];
  const { log } = network.choices;
  const choices = log.length === 0 ? nothing : log.map(({ what, taken }) => `${what}: ${taken}`);
  return { outcomes: all, crossings: crossingsOf(events), answers, trace: network.trace ?? nothing, choices };
}

const nothing: readonly never[] = [];

/** What became of the packet itself (`forward`) or of what came of it; mostly one thing or nothing. */
function outcomesOf(events: readonly SimulationEvent[], forward: boolean): readonly Outcome[] {
  let outcomes: Outcome[] | undefined;
  for (const event of events) {
    if (event.packet.forward !== forward) continue;
    const outcome = outcomeOf(event);
    if (outcome === undefined) continue;
    const told = forward ? withAnswer(outcome, events) : outcome;
    if (outcomes === undefined) outcomes = [told];
    else outcomes.push(told);
  }
  return outcomes ?? nothing;
}

/** Where the packet itself went from one host to another. */
function crossingsOf(events: readonly SimulationEvent[]): readonly Crossing[] {
  let crossings: Crossing[] | undefined;
  for (const event of events) {
    if (event.kind !== 'crossed' || !event.packet.forward) continue;
    if (crossings === undefined) crossings = [crossingOf(event)];
    else crossings.push(crossingOf(event));
  }
  return crossings ?? nothing;
}

function crossingOf({ host, interface: by, to, packet }: Extract<SimulationEvent, { kind: 'crossed' }>): Crossing {
  return { from: { host, interface: by }, to: { host: to.host, interface: to.interface }, packet: viewOf(packet) };
}

function outcomeOf(event: SimulationEvent): Outcome | undefined {
  switch (event.kind) {
    case 'delivered':
    case 'left':
      return { kind: event.kind, host: event.host, interface: event.interface, packet: viewOf(event.packet) };
    case 'dropped':
      return { kind: 'dropped', host: event.host, reason: event.reason, place: event.place };
    case 'unknown':
      return { kind: 'unknown', host: event.host, place: event.place, text: event.text };
    case 'frame':
    case 'crossed':
      return undefined;
  }
}

/** A drop that was answered is a rejection. */
function withAnswer(outcome: Outcome, events: readonly SimulationEvent[]): Outcome {
  if (outcome.kind !== 'dropped') return outcome;
  const answer = events.find(
    (event) =>
      (event.kind === 'left' || event.kind === 'delivered') && !event.packet.forward && isRefusal(event.packet),
  );
  return answer === undefined ? outcome : { ...outcome, kind: 'rejected', answer: viewOf(answer.packet) };
}

/** An ICMP error or a reset; a redirect speaks of a better way and refuses nothing. */
function isRefusal({ inner, protocol, type, flags }: Packet): boolean {
  if (inner !== undefined) return protocol !== 1 || type !== redirectType;
  return protocol === 6 && (flags & tcpFlag.rst) !== 0;
}

const redirectType = 5;

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

function textOf(outcomes: readonly object[]): string {
  return JSON.stringify(outcomes, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
}

/** What is seen of outcomes from outside: not which rule it was. */
function fateOf(outcomes: readonly Outcome[]): string {
  return textOf(outcomes.map((outcome) => ({ ...outcome, place: undefined, reason: undefined })));
}

/** Ways that differ in nothing but an order that nobody knows are one way; where that decides, its outcome is unknown [4]. */
function withoutOrders(ways: readonly Way[]): readonly Way[] {
  const groups = new Map<string, Way[]>();
  for (const way of ways) {
    const key = way.choices.filter((choice) => !choice.startsWith(orderChoice)).join('\n');
    groups.set(key, [...(groups.get(key) ?? []), way]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first, ...others] = withoutRepeats(group);
    if (first === undefined || others.length === 0) return first === undefined ? [] : [first];
    if (!group.some(({ choices }) => choices.some((choice) => choice.startsWith(orderChoice))))
      return [first, ...others];
    const fates = new Map([first, ...others].map(({ outcomes }) => [fateOf(outcomes), outcomes]));
    if (fates.size === 1) return [first];
    const possible = [...fates.values()];
    const host = first.outcomes[0]?.host ?? '';
    const text = `${orderChoice} is not known, and it decides`;
    return [{ ...first, outcomes: [{ kind: 'unknown', host, place: undefined, text, possible }] }];
  });
}

/** One of each: ways with the same outcomes are told once. */
function withoutRepeats(ways: readonly Way[]): readonly Way[] {
  const seen = new Set<string>();
  return ways.filter(({ outcomes }) => {
    const key = textOf(outcomes);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
