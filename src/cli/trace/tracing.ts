/** One question to a simulated host: a flow, everything that may become of it, and what comes back. */
import { disagreement, isComparable } from '../../expectations/simulated/agreement.ts';
import type { SimulatedWay } from '../../expectations/simulated/judged-way.ts';
import { type Entrance, packetOf } from '../../expectations/simulated/simulated-host.ts';
import { protocolNumbers } from '../../net/protocol.ts';
import { type Decision, decide, type Meaning } from '../../policy/decide.ts';
import type { Flow } from '../../policy/flow.ts';
import type { PacketInput, PacketView } from '../../simulator/packet/input.ts';

/** What the policy says to the same flow. */
export interface Judgement {
  readonly decision: Decision;
  /** Whether rules and policy speak of the same; if not, `problem` is undefined. */
  readonly isComparable: boolean;
  /** What disagrees, in words. */
  readonly problem: string | undefined;
}

export interface Traced {
  readonly flow: Flow;
  readonly ways: readonly SimulatedWay[];
  readonly judgement: Judgement | undefined;
  /** The reply's ways, where it was asked for and there is one. */
  readonly reply: readonly SimulatedWay[] | undefined;
  /** The ways of a later packet of the connection, where that was asked for. */
  readonly later: readonly SimulatedWay[] | undefined;
}

export interface TraceRequest {
  readonly reply: boolean;
  readonly later: boolean;
}

/** Who is asked: one simulated host, or several that are simulated together. */
export interface Simulated {
  readonly first: (options: { readonly trace: boolean }) => readonly SimulatedWay[];
  /** A further packet, as it enters the host of this name. */
  readonly send: (packet: PacketInput, entrance: Entrance, host: string | undefined) => readonly SimulatedWay[];
  /** Where the flow enters, and on which host. */
  readonly entrance: Entrance;
  readonly host: string | undefined;
}

/** `judge`: what the policy says, where there is one. */
export function traceFlow(
  { first, send, entrance, host }: Simulated,
  flow: Flow,
  judge: ((ways: readonly SimulatedWay[]) => Judgement) | undefined,
  request: TraceRequest,
): Traced {
  const ways = first({ trace: true });
  const judgement = judge?.(ways);
  const [only, ...others] = ways;
  const goesOn = only?.verdict === 'allowed' && others.length === 0 && (request.reply || request.later);
  if (!goesOn || only.packet === undefined) return { flow, ways, judgement, reply: undefined, later: undefined };
  const reply = send(replyTo(only.packet), exitOf(only), only.host);
  const later = request.later ? send(laterPacket(flow), entrance, host) : undefined;
  return { flow, ways, judgement, reply: request.reply ? reply : undefined, later };
}

/** What a policy means for a flow on one host, against what the rules do. */
export function judgedOn(meaning: Meaning, flow: Flow): (ways: readonly SimulatedWay[]) => Judgement {
  return (ways) => {
    const decision = decide(meaning, flow);
    return judgementOf(flow, decision, isComparable(meaning.atlas, flow, decision), ways);
  };
}

export function judgementOf(
  flow: Flow,
  decision: Decision,
  comparable: boolean,
  ways: readonly SimulatedWay[],
): Judgement {
  return { decision, isComparable: comparable, problem: comparable ? disagreement(flow, decision, ways) : undefined };
}

/** Where the answer to a delivered packet comes in. */
function exitOf({ receiver }: SimulatedWay): Entrance {
  switch (receiver?.kind) {
    case 'container':
      return { kind: 'container', endpoint: receiver.endpoint, port: receiver.port };
    case 'outside':
      return { kind: 'interface', name: receiver.interface };
    case 'ports':
      return { kind: 'interface', name: receiver.ports[0] ?? 'lo' };
    case 'host':
    case undefined:
      return { kind: 'host' };
  }
}

const synAck = 0x12;
const ack = 0x10;

/** ICMP requests and the types that answer them. */
const answers: ReadonlyMap<string, number> = new Map([
  ['1 8', 0],
  ['1 13', 14],
  ['1 15', 16],
  ['1 17', 18],
  ['58 128', 129],
  ['58 139', 140],
]);

/** What the receiver of a packet would say first. */
function replyTo(packet: PacketView): PacketInput {
  const { source, destination, protocol, sourcePort, destinationPort, type, code, identifier } = packet;
  const isIcmp = protocol === protocolNumbers.icmp || protocol === protocolNumbers.icmpv6;
  return {
    source: destination,
    destination: source,
    protocol,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
    ...(isIcmp ? { type: answers.get(`${protocol} ${type}`) ?? type, code, identifier } : {}),
    ...(protocol === protocolNumbers.tcp ? { flags: synAck, sequence: 1, acknowledgement: 2 } : {}),
  };
}

/** The sender's second packet. */
function laterPacket(flow: Flow): PacketInput {
  const packet = packetOf(flow);
  return flow.protocol === protocolNumbers.tcp ? { ...packet, flags: ack, sequence: 2, acknowledgement: 2 } : packet;
}
