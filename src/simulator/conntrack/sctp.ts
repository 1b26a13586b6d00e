/** SCTP tracking: which chunk may open a connection, the states that chunks lead to, and the tags that they must carry [47]. */

import { type Connection, connectionStatus, type Direction } from '../packet/connection.ts';
import type { Packet } from '../packet/packet.ts';

const chunk = {
  data: 0,
  init: 1,
  initAck: 2,
  heartbeat: 4,
  heartbeatAck: 5,
  abort: 6,
  shutdownAck: 8,
  cookieEcho: 10,
} as const;

/** Columns: none, closed, cookie wait, cookie echoed, established, shutdown sent, shutdown received, shutdown ack sent, heartbeat sent. */
const columns = ['no', 'cl', 'cw', 'ce', 'es', 'ss', 'sr', 'sa', 'hs'];

/** By chunk type. `iv` is invalid; chunks that are not listed change nothing. */
const rows: Readonly<Record<Direction, Readonly<Record<number, string>>>> = {
  original: {
    1: 'cl cl cw ce es cl cl sa cw',
    2: 'cl cl cw ce es ss sr sa cl',
    4: 'hs cl cw ce es ss sr sa hs',
    5: 'cl cl cw ce es ss sr sa hs',
    6: 'cl cl cl cl cl cl cl cl cl',
    7: 'cl cl cw ce ss ss sr sa cl',
    8: 'sa cl cw ce sa sa sa sa sa',
    9: 'cl cl cw ce es ss sr sa cl',
    10: 'cl cl ce ce es ss sr sa cl',
    11: 'cl cl cw es es ss sr sa cl',
    14: 'cl cl cw ce es ss sr cl cl',
  },
  reply: {
    1: 'iv cl cw ce es ss sr sa iv',
    2: 'iv cw cw ce es ss sr sa iv',
    4: 'iv cl cw ce es ss sr sa hs',
    5: 'iv cl cw ce es ss sr sa es',
    6: 'iv cl cl cl cl cl cl cl iv',
    7: 'iv cl cw ce sr ss sr sa iv',
    8: 'iv cl cw ce es sa sa sa iv',
    9: 'iv cl cw cl es ss sr sa iv',
    10: 'iv cl ce ce es ss sr sa iv',
    11: 'iv cl cw es es ss sr sa iv',
    14: 'iv cl cw ce es ss sr cl iv',
  },
};

/** Names and lives in seconds. */
const states: Readonly<Record<string, readonly [name: string, seconds: number]>> = {
  cl: ['CLOSED', 10],
  cw: ['COOKIE_WAIT', 3],
  ce: ['COOKIE_ECHOED', 3],
  es: ['ESTABLISHED', 210],
  ss: ['SHUTDOWN_SENT', 3],
  sr: ['SHUTDOWN_RECD', 3],
  sa: ['SHUTDOWN_ACK_SENT', 3],
  hs: ['HEARTBEAT_SENT', 30],
};

/** Chunks that never open a connection: they can only answer one. */
const neverFirst: ReadonlySet<number> = new Set([6, 11, 14]);
/** Chunks whose tag is judged in a way of their own. */
const ownTagRule: ReadonlySet<number> = new Set([1, 4, 5, 6, 8, 10, 14]);

/** Bytes of an SCTP header and the fixed part of INIT or INIT ACK. */
const initLength = 12 + 4 + 16;

function codeOf(name: string | undefined): string {
  return Object.keys(states).find((code) => states[code]?.[0] === name) ?? 'no';
}

function nextState(code: string, type: number, direction: Direction): string {
  const row = rows[direction][type];
  return row === undefined ? code : (row.split(' ')[columns.indexOf(code)] ?? 'iv');
}

function tagsOf(connection: Connection): Record<Direction, number> {
  connection.sctpTags ??= { original: 0, reply: 0 };
  return connection.sctpTags;
}

/** Starts tracking with a connection's first chunk; false when it cannot be one: data and resets out of the blue. */
export function openSctp(connection: Connection, packet: Packet): boolean {
  const { operation: type, verificationTag: tag } = packet;
  if (neverFirst.has(type) || nextState('no', type, 'original') === 'no') return false;
  if (type === chunk.init && tag !== 0) return false;
  const tags = tagsOf(connection);
  if (type === chunk.heartbeat) tags.original = tag;
  else if (type !== chunk.init) tags.reply = tag;
  return true;
}

/** Follows a chunk; false when it is invalid. */
export function trackSctp(connection: Connection, packet: Packet, direction: Direction): boolean {
  const { operation: type } = packet;
  if (!hasRightTag(connection, packet, direction)) return false;
  const before = codeOf(connection.sctp);
  const next = nextState(before, type, direction);
  if (next === 'iv') return false;
  const other = direction === 'original' ? 'reply' : 'original';
  if (type === chunk.init || type === chunk.initAck) {
    if (packet.wholeTransportLength() < initLength) return false;
    tagsOf(connection)[other] = packet.sequence; // where its initial tag stands
  }
  const [name, seconds] = states[next] ?? ['CLOSED', 10];
  connection.sctp = name;
  connection.timeout = seconds;
  if (before === 'ce' && next === 'es' && direction === 'reply') connection.status |= connectionStatus.assured;
  return true;
}

function hasRightTag(connection: Connection, packet: Packet, direction: Direction): boolean {
  const { operation: type, verificationTag: tag } = packet;
  const sctpTags = tagsOf(connection);
  const own = sctpTags[direction];
  if (!ownTagRule.has(type) || type === chunk.cookieEcho) return tag === own;
  switch (type) {
    case chunk.init:
      return tag === 0;
    case chunk.abort:
      return tag === sctpTags.original || tag === sctpTags.reply;
    case chunk.heartbeat:
    case chunk.heartbeatAck:
      if (own === 0) sctpTags[direction] = tag;
      return true;
    case chunk.shutdownAck:
      return true;
    default:
      return tag === own;
  }
}
