/** Counterexamples as conversations for the simulator, and what it makes of them: nobody is shown what it does not confirm. */
import type { HostView } from '../../host-view/host-view.ts';
import type { Address } from '../../net/address.ts';
import type { MacAddress } from '../../net/mac.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { PacketInput, PacketView } from '../../simulator/packet/input.ts';
import { createSimulation, type Outcome, type Simulation, type Way } from '../../simulator/simulation.ts';
import type { TraceStep } from '../../simulator/trace/trace.ts';
import type { PacketKind } from '../run/hooks/hook.ts';
import type { ChainOrder } from '../run/hooks/hook-lists.ts';
import type { ExamplePacket } from './example.ts';
import { addressOfBridge, bridgeOf, senderBehind, withBridgeAddresses } from './link-layer.ts';
import { anywhere, type IsBehind } from './whereabouts.ts';

/** One packet of a conversation: sent by the host, or arriving at a device. */
export interface Sent {
  readonly device: string | undefined;
  readonly packet: PacketInput;
}

/** What became of a packet. */
export type Fate =
  | { readonly kind: 'delivered'; readonly at: string; readonly packet: PacketView }
  | { readonly kind: 'rejected'; readonly reset: boolean; readonly code: number }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'unknown'; readonly text: string };

export interface Replayed {
  readonly fate: Fate;
  readonly trace: readonly TraceStep[];
  readonly packets: readonly Sent[];
}

/** Rules as they are loaded, and whether it is known in which order their chains were registered. */
export interface LoadedRules {
  readonly rulesets: readonly Ruleset[];
  readonly chainOrder?: ChainOrder | undefined;
}

const portProtocols = new Set([6, 17, 33, 132, 136]);

export function firstPacket(example: ExamplePacket, starts: boolean): Sent {
  const { origin, protocol, source, destination, hopLimit, mark, destinationMac } = example;
  const link = destinationMac === undefined ? {} : { destinationMac };
  const base = { source, destination, protocol, ttl: hopLimit, mark, ...link };
  if (protocol === 1 || protocol === 58)
    return {
      device: origin.device,
      packet: { ...base, type: example.icmpType, code: example.icmpCode, identifier: 1 },
    };
  if (!portProtocols.has(protocol)) return { device: origin.device, packet: base };
  const ports = { sourcePort: example.sourcePort, destinationPort: example.destinationPort };
  const reset = 4;
  const flags =
    protocol === 6 ? { flags: starts ? example.tcpFlags : example.tcpFlags === 2 ? reset : example.tcpFlags } : {};
  return { device: origin.device, packet: { ...base, ...ports, ...flags } };
}

/** What a conversation is replayed on. */
export interface Scene {
  readonly view: HostView;
  readonly isBehind: IsBehind;
  /** A host with the rules, to which nothing has been sent. */
  readonly untouched: Simulation;
}

/** A host with rules to which nothing has been sent: conversations are replayed on forks of it. */
export function untouchedHost(view: HostView, { rulesets, chainOrder = 'known' }: LoadedRules): Simulation {
  return createSimulation({ hosts: [{ view: withBridgeAddresses(view), rulesets, chainOrder }] });
}

/** Sends packets one after the other; gives what became of the last one. */
export function replay(scene: Scene, packets: readonly Sent[]): Replayed {
  const { view, isBehind } = scene;
  const simulation = scene.untouched.fork();
  let last: Way | undefined;
  for (const sent of packets) last = send(simulation, view, sent, isBehind);
  return {
    fate: last === undefined ? { kind: 'dropped' } : fateOf(last.outcomes, view, isBehind),
    trace: last?.trace ?? [],
    packets,
  };
}

export function send(
  simulation: Simulation,
  view: HostView,
  { device, packet }: Sent,
  isBehind: IsBehind = anywhere,
): Way | undefined {
  const options = { trace: true };
  const host = view.name;
  const { ways } =
    device === undefined
      ? simulation.send(host, packet, options)
      : simulation.receive(host, device, { sourceMac: senderBehind(view, device), ...packet }, options);
  const [first] = ways;
  const kinds = new Set(ways.map(({ outcomes }) => fateOf(outcomes, view, isBehind).kind));
  if (first === undefined || kinds.size < 2) return first;
  // What is not modelled was taken both ways, and they end differently.
  const text = ways.flatMap(({ choices }) => choices).join(', ');
  return { ...first, outcomes: [{ kind: 'unknown', host, place: undefined, text }] };
}

/** What leaves inside of a datagram of a tunnel went into the tunnel. */
export function fateOf(outcomes: readonly Outcome[], view?: HostView, isBehind: IsBehind = anywhere): Fate {
  for (const outcome of outcomes) {
    if (outcome.kind !== 'delivered' && outcome.kind !== 'left') continue;
    const { at, packet } = arrivalOf(outcome, view);
    if (outcome.kind === 'delivered' || isBehind(packet.destination, at)) return { kind: 'delivered', at, packet };
  }
  for (const outcome of outcomes) {
    if (outcome.kind === 'rejected')
      return { kind: 'rejected', reset: outcome.answer.protocol === 6, code: outcome.answer.code };
    if (outcome.kind === 'unknown') return { kind: 'unknown', text: outcome.text };
  }
  return { kind: 'dropped' };
}

function arrivalOf(
  outcome: Extract<Outcome, { kind: 'delivered' | 'left' }>,
  view: HostView | undefined,
): { readonly at: string; readonly packet: PacketView } {
  const { encapsulated } = outcome.packet;
  const end = view?.interfaces.find(
    ({ tunnel }) => tunnel !== undefined && tunnel.identifier === encapsulated?.identifier,
  );
  if (encapsulated === undefined || end === undefined) return { at: outcome.interface, packet: outcome.packet };
  return { at: end.name, packet: encapsulated.packet };
}

/** By which device a receiver answers; on a LAN also whom it sends its frames to. */
export interface Answering {
  readonly device: string | undefined;
  readonly lanAddress: MacAddress | undefined;
}

/** The conversation that brings a connection to the packet of this kind. `view` must deliver the first packet. */
export function replayLater(
  scene: Scene,
  example: ExamplePacket,
  kind: PacketKind,
  answersAt: (received: PacketView, at: string) => Answering,
  judgedDevice: string | undefined | 'natural',
): Replayed | undefined {
  const { view, isBehind } = scene;
  const simulation = scene.untouched.fork();
  const opening = firstPacket(example, true);
  const first = send(simulation, view, opening, isBehind);
  const fate = first === undefined ? undefined : fateOf(first.outcomes, view, isBehind);
  if (fate?.kind !== 'delivered') return undefined;
  const { device: back, lanAddress } = answersAt(fate.packet, fate.at);
  const bridge = bridgeOf(view, back);
  const beyond = bridge === bridgeOf(view, opening.device) ? lanAddress : addressOfBridge(view, bridge);
  const link = beyond === undefined ? {} : { destinationMac: beyond };
  const answer: Sent = { device: back, packet: { ...replyTo(fate.packet), ...link } };
  const packets: Sent[] = [opening];
  if (kind.error !== undefined) {
    const towardsSender = kind.direction === 'reply';
    if (!towardsSender) {
      // Errors towards the receiver are about replies: one has to have come.
      send(simulation, view, answer);
      packets.push(answer);
    }
    const about = towardsSender ? inputOf(fate.packet) : replySeenBySender(opening.packet);
    const from = kind.error.from === 'router' ? example.errorSource : about.destination;
    const error: PacketInput = {
      source: from ?? about.destination,
      destination: about.source,
      protocol: example.source.family === 'ipv4' ? 1 : 58,
      type: kind.error.type,
      code: 0,
      inner: about,
      ...(towardsSender ? link : {}),
    };
    packets.push({ device: towardsSender ? back : opening.device, packet: error });
  } else if (kind.direction === 'reply')
    packets.push({ ...answer, device: judgedDevice === 'natural' ? back : judgedDevice });
  else {
    send(simulation, view, answer);
    const next = laterPacket(opening.packet);
    packets.push(answer, { device: judgedDevice === 'natural' ? opening.device : judgedDevice, packet: next });
  }
  const judged = packets.at(-1);
  const way = judged === undefined ? undefined : send(simulation, view, judged, isBehind);
  return {
    fate: way === undefined ? { kind: 'dropped' } : fateOf(way.outcomes, view, isBehind),
    trace: way?.trace ?? [],
    packets,
  };
}

const answeringTypes: Readonly<Record<number, number>> = { 8: 0, 13: 14, 15: 16, 17: 18, 128: 129, 139: 140 };

/** What the receiver answers to a packet as it saw it. */
function replyTo(seen: PacketView): PacketInput {
  const ends = { source: seen.destination, destination: seen.source, protocol: seen.protocol };
  if (seen.protocol === 1 || seen.protocol === 58)
    return { ...ends, type: answeringTypes[seen.type] ?? 0, code: seen.code, identifier: seen.identifier };
  if (!portProtocols.has(seen.protocol)) return ends;
  const ports = { sourcePort: seen.destinationPort, destinationPort: seen.sourcePort };
  return seen.protocol === 6
    ? { ...ends, ...ports, flags: 0x12, sequence: 1, acknowledgement: 2 }
    : { ...ends, ...ports };
}

function laterPacket(first: PacketInput): PacketInput {
  return first.protocol === 6 ? { ...first, flags: 0x10, sequence: 2, acknowledgement: 2 } : first;
}

function inputOf(seen: PacketView): PacketInput {
  const { source, destination, protocol, sourcePort, destinationPort, type, code, identifier, flags } = seen;
  return { source, destination, protocol, sourcePort, destinationPort, type, code, identifier, flags };
}

/** The reply to a packet as its sender sees it. */
function replySeenBySender(first: PacketInput): PacketInput {
  const type = first.type === undefined ? {} : { type: answeringTypes[first.type] ?? first.type };
  return {
    ...first,
    ...type,
    source: first.destination,
    destination: first.source,
    ...(first.sourcePort === undefined ? {} : { destinationPort: first.sourcePort }),
    ...(first.destinationPort === undefined ? {} : { sourcePort: first.destinationPort }),
  };
}

export const sameAddressOrNone = (one: Address | undefined, other: Address): boolean =>
  one === undefined || (one.family === other.family && one.value === other.value);
