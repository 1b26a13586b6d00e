/** What callers are told of a packet: what became of it and of what came of it, from the events of a simulation. */
import type { SendError, SimulationEvent } from './host/events.ts';
import type { Choice } from './network/choices.ts';
import { type PacketView, viewOf } from './packet/input.ts';
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

const nothing: readonly never[] = [];

/** What a sender was told. */
export interface SendFailure {
  readonly host: string;
  readonly error: SendError;
}

/** One way, from what happened on it. */
export function wayOf(
  events: readonly SimulationEvent[],
  failure: SendFailure | undefined,
  trace: readonly TraceStep[] | undefined,
  made: readonly Choice[],
): Way {
  const outcomes = outcomesOf(events, true);
  const answers = outcomesOf(events, false);
  const all = failure === undefined ? outcomes : [{ kind: 'send-error', ...failure } as const, ...outcomes];
  const choices = made.length === 0 ? nothing : made.map(({ what, taken }) => `${what}: ${taken}`);
  return { outcomes: all, crossings: crossingsOf(events), answers, trace: trace ?? nothing, choices };
}

/** What became of the packet itself (`forward`) or of what came of it; mostly one thing or nothing. */
function outcomesOf(events: readonly SimulationEvent[], forward: boolean): readonly Outcome[] {
  let outcomes: Outcome[] | undefined;
  for (const event of events) {
    if (event.packet.forward !== forward) continue;
    const outcome = outcomeOf(event);
    if (outcome === undefined) continue;
    // What is said about a datagram of a tunnel is said to the host: the sender of the frame inside hears nothing.
    const told = forward && event.packet.encapsulated === undefined ? withAnswer(outcome, events) : outcome;
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
