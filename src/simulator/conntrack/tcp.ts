/**
 * TCP tracking: the state a connection is in and the window its segments must lie in, as far as verdicts depend on them
 * [33-39]. Transitions are written as one row a kind of segment and one column a state.
 */

import {
  type Connection,
  connectionStatus,
  type Direction,
  type TcpSide,
  type TcpState,
} from '../packet/connection.ts';
import { type Packet, tcpFlag } from '../packet/packet.ts';

/** What the tracker wants done with the segment. `repeat`: the entry is gone, look again. */
export type TcpResult = 'accept' | 'invalid' | 'repeat' | 'drop';

/** Sysctls that the tracker reads. */
export interface TcpSettings {
  /** nf_conntrack_tcp_loose: pick up connections in the middle [38]. */
  readonly loose: boolean;
  /** nf_conntrack_tcp_be_liberal: only resets are checked against the window [39]. */
  readonly liberal: boolean;
  /** nf_conntrack_tcp_ignore_invalid_rst. */
  readonly ignoreInvalidReset: boolean;
  timeout(state: TcpState | 'UNACK'): number;
}

type SegmentKind = 'syn' | 'synack' | 'fin' | 'ack' | 'rst' | 'none';

const states: readonly TcpState[] = [
  'NONE',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
  'SYN_SENT2',
];

const stateByCode: Readonly<Record<string, TcpState | 'INVALID' | 'IGNORE'>> = {
  ss: 'SYN_SENT',
  sr: 'SYN_RECV',
  es: 'ESTABLISHED',
  fw: 'FIN_WAIT',
  cw: 'CLOSE_WAIT',
  la: 'LAST_ACK',
  tw: 'TIME_WAIT',
  cl: 'CLOSE',
  s2: 'SYN_SENT2',
  iv: 'INVALID',
  ig: 'IGNORE',
};

/* Columns: NONE SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT CLOSE_WAIT LAST_ACK TIME_WAIT CLOSE SYN_SENT2. */
const rows: Readonly<Record<Direction, Readonly<Record<SegmentKind, string>>>> = {
  original: {
    syn: 'ss ss ig ig ig ig ig ss ss s2',
    synack: 'iv iv ig ig ig ig ig ig ig sr',
    fin: 'iv iv fw fw la la la tw cl iv',
    ack: 'es iv es es cw cw tw tw cl iv',
    rst: 'iv cl cl cl cl cl cl cl cl cl',
    none: 'iv iv iv iv iv iv iv iv iv iv',
  },
  reply: {
    syn: 'iv s2 iv iv iv iv iv ss iv s2',
    synack: 'iv sr ig ig ig ig ig ig ig sr',
    fin: 'iv iv fw fw la la la tw cl iv',
    ack: 'iv ig sr es cw cw tw tw cl ig',
    rst: 'iv cl cl cl cl cl cl cl cl cl',
    none: 'iv iv iv iv iv iv iv iv iv iv',
  },
};

type Transition = TcpState | 'INVALID' | 'IGNORE';
type Transitions = Readonly<Record<Direction, Readonly<Record<SegmentKind, ReadonlyMap<TcpState, Transition>>>>>;

function readRows(): Transitions {
  const row = (text: string): ReadonlyMap<TcpState, Transition> =>
    new Map(text.split(' ').map((code, index) => [states[index] ?? 'NONE', stateByCode[code] ?? 'INVALID']));
  const side = (direction: Direction) => ({
    syn: row(rows[direction].syn),
    synack: row(rows[direction].synack),
    fin: row(rows[direction].fin),
    ack: row(rows[direction].ack),
    rst: row(rows[direction].rst),
    none: row(rows[direction].none),
  });
  return { original: side('original'), reply: side('reply') };
}

const transitions = readRows();

/** Flag combinations (without PSH, ECE and CWR) that any segment may have; others are invalid [37]. */
const validFlags = new Set([2, 2 | 32, 2 | 16, 4, 4 | 16, 1 | 16, 1 | 16 | 32, 16, 16 | 32]);

/** Whether a segment's flags make sense at all [37]. */
export function hasValidFlags(packet: Packet): boolean {
  return validFlags.has(packet.flags & ~(tcpFlag.psh | tcpFlag.ece | tcpFlag.cwr));
}

function kindOf(packet: Packet): SegmentKind {
  if (packet.flags & tcpFlag.rst) return 'rst';
  if (packet.flags & tcpFlag.syn) return packet.flags & tcpFlag.ack ? 'synack' : 'syn';
  if (packet.flags & tcpFlag.fin) return 'fin';
  return packet.flags & tcpFlag.ack ? 'ack' : 'none';
}

/** Sequence numbers wrap: whether `left` comes before `right`. */
function before(left: number, right: number): boolean {
  return ((left - right) | 0) < 0;
}

const after = (left: number, right: number): boolean => before(right, left);

function endOf(packet: Packet): number {
  return (
    (packet.sequence +
      packet.payloadLength +
      (packet.flags & tcpFlag.syn ? 1 : 0) +
      (packet.flags & tcpFlag.fin ? 1 : 0)) >>>
    0
  );
}

function freshSide(): TcpSide {
  return {
    end: 0,
    maximumEnd: 0,
    maximumWindow: 0,
    scale: 0,
    maximumAck: undefined,
    liberal: false,
    closeInitiated: false,
    unacknowledged: false,
  };
}

/** Starts tracking with a connection's first segment; false when it cannot be one [37, 38]. */
export function openTcp(connection: Connection, packet: Packet, settings: TcpSettings): boolean {
  const next = transitions.original[kindOf(packet)].get('NONE');
  if (next === undefined || next === 'INVALID' || next === 'IGNORE') return false;
  const original = freshSide();
  const reply = freshSide();
  original.end = endOf(packet);
  original.maximumWindow = Math.max(packet.window, 1);
  if (next === 'SYN_SENT') original.maximumEnd = original.end;
  else {
    if (!settings.loose) return false;
    original.maximumEnd = (original.end + original.maximumWindow) >>> 0;
    original.liberal = true;
    reply.liberal = true;
  }
  connection.tcp = {
    state: 'NONE',
    original,
    reply,
    lastIndex: 'none',
    lastDirection: 'original',
    lastEnd: 0,
    lastWindow: 0,
  };
  return true;
}

/** Follows a segment of a connection. Sets state, timeout and the ASSURED bit. */
export function trackTcp(
  connection: Connection,
  packet: Packet,
  direction: Direction,
  settings: TcpSettings,
): TcpResult {
  const tcp = connection.tcp;
  if (tcp === undefined) return 'invalid';
  const kind = kindOf(packet);
  const old = tcp.state;
  let next = transitions[direction][kind].get(old) ?? 'INVALID';
  let checkWindow = true;
  if (next === 'SYN_SENT' && (old === 'TIME_WAIT' || old === 'CLOSE' || old === 'SYN_SENT2')) {
    const closed = tcp.original.closeInitiated || tcp.reply.closeInitiated;
    if (closed || (tcp.lastDirection === direction && tcp.lastIndex === 'rst')) return 'repeat'; // [36]
    next = 'IGNORE';
  }
  if (next === 'IGNORE' && kind === 'synack' && answersIgnoredSyn(connection, packet, direction)) {
    next = 'SYN_RECV';
  } else if (next === 'IGNORE') {
    tcp.lastIndex = kind;
    tcp.lastDirection = direction;
    tcp.lastEnd = endOf(packet);
    tcp.lastWindow = packet.window;
    return 'accept'; // [36]: the entry stays as it is
  }
  if (next === 'INVALID') return 'invalid';
  if (next === 'CLOSE' && kind === 'rst') {
    const judged = judgeReset(connection, packet, direction, settings);
    if (judged === 'invalid') return 'invalid';
    if (judged === 'keep') next = old;
    if (judged === 'skip-window') checkWindow = false;
  }
  if (checkWindow) {
    const inside = inWindow(connection, packet, direction, settings);
    if (inside === 'invalid') return 'invalid';
    if (inside === 'ignore') return 'accept';
  }
  enterState(connection, packet, direction, kind, next, settings);
  return 'accept';
}

/** A SYN/ACK that answers a SYN which was let through unjudged: both ends agree, so tracking starts over with them. */
function answersIgnoredSyn(connection: Connection, packet: Packet, direction: Direction): boolean {
  const tcp = connection.tcp;
  if (tcp === undefined || tcp.lastIndex !== 'syn' || tcp.lastDirection === direction) return false;
  if (packet.acknowledgement !== tcp.lastEnd) return false;
  tcp.state = 'SYN_SENT';
  const asked = tcp[tcp.lastDirection];
  Object.assign(asked, freshSide(), {
    end: tcp.lastEnd,
    maximumEnd: tcp.lastEnd,
    maximumWindow: Math.max(tcp.lastWindow, 1),
  });
  Object.assign(tcp[direction], freshSide());
  return true;
}

function isEstablished(connection: Connection): boolean {
  return connection.tcp?.state === 'ESTABLISHED' && (connection.status & connectionStatus.assured) !== 0;
}

/** Whether a reset really closes: only with the exact sequence number that the other side expects [39]. */
function judgeReset(
  connection: Connection,
  packet: Packet,
  direction: Direction,
  settings: TcpSettings,
): 'close' | 'keep' | 'invalid' | 'skip-window' {
  const tcp = connection.tcp;
  if (tcp === undefined) return 'invalid';
  const closing =
    tcp.state === 'FIN_WAIT' ||
    tcp.state === 'LAST_ACK' ||
    tcp.state === 'TIME_WAIT' ||
    tcp.state === 'CLOSE' ||
    tcp.state === 'CLOSE_WAIT';
  if (closing) return 'skip-window';
  const other = tcp[direction === 'original' ? 'reply' : 'original'];
  let result: 'close' | 'keep' = 'close';
  if (other.maximumAck !== undefined && tcp.lastIndex !== 'syn') {
    if (packet.sequence === 0 && !isEstablished(connection)) return 'close';
    if (before(packet.sequence, other.maximumAck) && !settings.ignoreInvalidReset) return 'invalid';
    if (!isEstablished(connection) || packet.sequence === other.maximumAck) return 'close';
    if (tcp.lastIndex === 'ack' && tcp.lastDirection === direction && packet.sequence === tcp.lastEnd) return 'close';
    result = 'keep';
  }
  const seenReply = (connection.status & connectionStatus.seenReply) !== 0;
  const assured = (connection.status & connectionStatus.assured) !== 0;
  const answersIgnored = (seenReply && tcp.lastIndex === 'syn') || (!assured && tcp.lastIndex === 'ack');
  if (answersIgnored && packet.acknowledgement === tcp.lastEnd) return 'skip-window';
  return result;
}

/** Whether a segment lies in the window; learns from it when it does [39]. */
function inWindow(
  connection: Connection,
  packet: Packet,
  direction: Direction,
  settings: TcpSettings,
): 'accept' | 'ignore' | 'invalid' {
  const tcp = connection.tcp;
  if (tcp === undefined) return 'invalid';
  const sender = tcp[direction];
  const receiver = tcp[direction === 'original' ? 'reply' : 'original'];
  const isSyn = (packet.flags & tcpFlag.syn) !== 0;
  const isAck = (packet.flags & tcpFlag.ack) !== 0;
  let sequence = packet.sequence;
  let end = endOf(packet);
  let ack = packet.acknowledgement;
  if (sender.maximumWindow === 0) {
    if (isSyn) {
      startSide(sender, packet, end);
      if (!isAck) return 'accept';
    } else {
      sender.end = end;
      sender.maximumWindow = Math.max(packet.window * 2 ** sender.scale, 1);
      sender.maximumEnd = (end + sender.maximumWindow) >>> 0;
      if (receiver.maximumWindow === 0) {
        receiver.end = ack;
        receiver.maximumEnd = ack;
      } else if (ack === (receiver.end + 1) >>> 0) receiver.end = ack;
    }
  } else if (isSyn && after(end, sender.end) && (tcp.state === 'SYN_SENT' || tcp.state === 'SYN_RECV')) {
    startSide(sender, packet, end);
    if (direction === 'reply' && !isAck) return 'accept';
  }
  if (!isAck || ((packet.flags & tcpFlag.rst) !== 0 && ack === 0)) ack = receiver.end;
  if ((packet.flags & tcpFlag.rst) !== 0 && sequence === 0 && tcp.state === 'SYN_SENT') {
    sequence = sender.end;
    end = sender.end;
  }
  const misplaced = windowFault(sender, receiver, sequence, end, ack);
  if (misplaced !== 'none' && !settings.liberal && !sender.liberal) return misplaced;
  if (misplaced === 'none') learn(sender, receiver, packet, end, ack);
  return 'accept';
}

function startSide(side: TcpSide, packet: Packet, end: number): void {
  side.end = end;
  side.maximumEnd = end;
  side.maximumWindow = Math.max(packet.window, 1);
}

/** The largest distance by which acknowledgements may lag behind. */
const maximumAckDistance = 66_000;

function windowFault(
  sender: TcpSide,
  receiver: TcpSide,
  sequence: number,
  end: number,
  ack: number,
): 'none' | 'ignore' | 'invalid' {
  const lag = Math.max(sender.maximumWindow, maximumAckDistance);
  if (!before(sequence, sender.maximumEnd + 1)) {
    const overshot = (end - sender.maximumEnd + 1) >>> 0;
    const received = receiver.maximumWindow !== 0 && after(end, sender.end - receiver.maximumWindow - 1);
    const ackInRange = after(ack, receiver.end - lag - 1) && before(ack, receiver.end + 1);
    return received && ackInRange && overshot <= receiver.maximumWindow ? 'ignore' : 'invalid';
  }
  if (!before(ack, receiver.end + 1)) return 'invalid';
  if (receiver.maximumWindow !== 0 && !after(end, sender.end - receiver.maximumWindow - 1)) return 'ignore';
  if (!after(ack, receiver.end - lag - 1)) return 'ignore';
  return 'none';
}

function learn(sender: TcpSide, receiver: TcpSide, packet: Packet, end: number, ack: number): void {
  const window = packet.flags & tcpFlag.syn ? packet.window : packet.window * 2 ** sender.scale;
  if (sender.maximumWindow < window) sender.maximumWindow = window;
  if (after(end, sender.end)) {
    sender.end = end;
    sender.unacknowledged = true;
  }
  if (packet.flags & tcpFlag.ack && (sender.maximumAck === undefined || after(ack, sender.maximumAck)))
    sender.maximumAck = ack;
  if (receiver.maximumWindow !== 0 && after(end, sender.maximumEnd)) {
    receiver.maximumWindow += (end - sender.maximumEnd) >>> 0;
  }
  if (after(ack + window, receiver.maximumEnd - 1)) receiver.maximumEnd = (ack + window + (window === 0 ? 1 : 0)) >>> 0;
  if (ack === receiver.end) receiver.unacknowledged = false;
}

function enterState(
  connection: Connection,
  packet: Packet,
  direction: Direction,
  kind: SegmentKind,
  next: TcpState,
  settings: TcpSettings,
): void {
  const tcp = connection.tcp;
  if (tcp === undefined) return;
  const old = tcp.state;
  tcp.lastIndex = kind;
  tcp.lastDirection = direction;
  tcp.lastEnd = endOf(packet);
  tcp.lastWindow = packet.window;
  tcp.state = next;
  if (old !== next && next === 'FIN_WAIT') tcp[direction].closeInitiated = true;
  let timeout = settings.timeout(next);
  if (kind === 'rst') timeout = settings.timeout('CLOSE');
  else if (tcp.original.unacknowledged || tcp.reply.unacknowledged)
    timeout = Math.min(timeout, settings.timeout('UNACK'));
  if ((connection.status & connectionStatus.seenReply) === 0) {
    if (kind === 'rst') {
      connection.status |= connectionStatus.dying; // [35]: the only answer is a reset
      return;
    }
    if (kind === 'syn' && old === 'SYN_SENT') return; // a retransmission does not prolong the entry
    if (next === 'ESTABLISHED') timeout = Math.min(timeout, settings.timeout('UNACK'));
  } else if ((old === 'SYN_RECV' || old === 'ESTABLISHED') && next === 'ESTABLISHED') {
    connection.status |= connectionStatus.assured;
  }
  connection.timeout = timeout;
}
