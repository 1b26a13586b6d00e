/** Finding a free mapping for a connection: which address and port it is translated to [61-69, 78, 79]. */

import type { ConnectionTable } from '../conntrack/table.ts';
import { type Connection, connectionStatus, type RandomPort } from '../packet/connection.ts';
import type { AddressDatum } from '../packet/datum.ts';
import { hasPorts } from '../packet/packet.ts';
import { invertedTuple, type Tuple, withDestination, withSource } from '../packet/tuple.ts';
import { jhashWords, scale, swapWord } from './jhash.ts';

export type Manipulation = 'source' | 'destination';

/** What a translation may lead to; undefined parts stay as they are. */
export interface NatRange {
  readonly firstAddress: AddressDatum | undefined;
  readonly lastAddress: AddressDatum | undefined;
  readonly firstPort: number | undefined;
  readonly lastPort: number | undefined;
  readonly shiftBase: number | undefined;
  readonly random: boolean;
  readonly persistent: boolean;
}

export interface NatHost {
  readonly connections: ConnectionTable;
  readonly now: number;
  /** A pseudo-random number below `size`: representative of any. */
  random(size: number): number;
}

/** Decides the translation of a connection for one side and writes it into the reply tuple. */
export function setUpNat(host: NatHost, connection: Connection, range: NatRange, manipulation: Manipulation): void {
  const current = invertedTuple(connection.reply);
  const chosen = uniqueTuple(host, connection, current, range, manipulation);
  if (!sameEnds(chosen, current)) {
    connection.reply = invertedTuple(chosen);
    connection.status |= manipulation === 'source' ? connectionStatus.sourceNat : connectionStatus.destinationNat;
  }
  if (manipulation === 'source') host.connections.noteSource(connection);
  connection.status |= manipulation === 'source' ? connectionStatus.sourceNatDone : connectionStatus.destinationNatDone;
}

/** The translation of a connection that no rule translates: its own addresses, but another port when the answer would collide [64]. */
export function bindNull(host: NatHost, connection: Connection, manipulation: Manipulation): void {
  const address = manipulation === 'source' ? connection.reply.destination : connection.reply.source;
  const range = {
    firstAddress: address,
    lastAddress: address,
    firstPort: undefined,
    lastPort: undefined,
    shiftBase: undefined,
    random: false,
    persistent: false,
  };
  setUpNat(host, connection, range, manipulation);
}

function sameEnds(left: Tuple, right: Tuple): boolean {
  return (
    left.source === right.source &&
    left.destination === right.destination &&
    left.sourcePort === right.sourcePort &&
    left.destinationPort === right.destinationPort
  );
}

function used(host: NatHost, connection: Connection, tuple: Tuple): boolean {
  return host.connections.taken(invertedTuple(tuple), connection, host.now);
}

function uniqueTuple(
  host: NatHost,
  connection: Connection,
  current: Tuple,
  range: NatRange,
  manipulation: Manipulation,
): Tuple {
  if (manipulation === 'source' && !range.random) {
    if (inRange(current, range)) {
      if (!used(host, connection, current)) return current;
    } else {
      const reused = sourceMapping(host, current, range);
      if (reused !== undefined && !used(host, connection, reused)) return reused; // [62]
    }
  }
  const tuple = withChosenAddress(current, range, manipulation);
  if (!range.random) {
    if (range.firstPort !== undefined && range.lastPort !== undefined) {
      const single = range.firstPort === range.lastPort;
      if (
        range.shiftBase === undefined &&
        portInRange(tuple, range, manipulation) &&
        (single || !used(host, connection, tuple))
      ) {
        return tuple;
      }
    } else if (!used(host, connection, tuple)) return tuple;
  }
  return uniquePort(host, connection, tuple, range, manipulation);
}

function inRange(tuple: Tuple, range: NatRange): boolean {
  if (range.firstAddress !== undefined && range.lastAddress !== undefined) {
    if (tuple.source < range.firstAddress || tuple.source > range.lastAddress) return false;
  }
  return range.firstPort === undefined || portInRange(tuple, range, 'source');
}

function portInRange(tuple: Tuple, range: NatRange, manipulation: Manipulation): boolean {
  if (range.firstPort === undefined || range.lastPort === undefined) return true;
  const isIcmp = tuple.protocol === 1 || tuple.protocol === 58;
  if (!isIcmp && !hasPorts(tuple.protocol)) return true;
  const port = manipulation === 'source' || isIcmp ? tuple.sourcePort : tuple.destinationPort;
  return port >= range.firstPort && port <= range.lastPort;
}

/** The mapping that the same source endpoint already has, if the range allows it [62, 68]. */
function sourceMapping(host: NatHost, current: Tuple, range: NatRange): Tuple | undefined {
  for (const known of host.connections.withSource(current)) {
    if (known.confirmed && known.expires <= host.now) continue;
    const isIcmp = current.protocol === 1 || current.protocol === 58;
    const port = isIcmp ? known.reply.sourcePort : known.reply.destinationPort;
    const mapped = withSource(current, known.reply.destination, port);
    if (inRange(mapped, range)) return mapped;
  }
  return undefined;
}

/** An address of the range: by a hash of client and original destination, or of the client alone when persistent [68, 78]. */
function withChosenAddress(current: Tuple, range: NatRange, manipulation: Manipulation): Tuple {
  const { firstAddress, lastAddress } = range;
  if (firstAddress === undefined || lastAddress === undefined) return current;
  const address =
    firstAddress === lastAddress ? firstAddress : hashedAddress(current, firstAddress, lastAddress, range.persistent);
  return manipulation === 'source'
    ? withSource(current, address, current.sourcePort)
    : withDestination(current, address, current.destinationPort);
}

function words(address: AddressDatum): number[] {
  if (typeof address === 'number') return [address];
  return [96n, 64n, 32n, 0n].map((shift) => Number((address >> shift) & 0xffff_ffffn));
}

function hashedAddress(current: Tuple, first: AddressDatum, last: AddressDatum, persistent: boolean): AddressDatum {
  const source = words(current.source).map(swapWord);
  while (source.length < 4) source.push(0);
  const destination = words(current.destination).map(swapWord);
  let hash = jhashWords(source, persistent ? 0 : (destination.at(-1) ?? 0));
  const firstWords = words(first);
  const lastWords = words(last);
  const result: number[] = [];
  let full = false;
  for (const [index, lowest] of firstWords.entries()) {
    const highest = lastWords[index] ?? 0;
    const minimum = full ? 0 : lowest;
    const distance = full ? 0xffff_ffff : (highest - lowest + 1) >>> 0;
    const word = (minimum + scale(hash, distance)) >>> 0;
    result.push(word);
    if (word !== highest) full = true;
    if (!persistent) hash = (hash ^ (destination[index] ?? 0)) >>> 0;
  }
  if (typeof first === 'number') return result[0] ?? first;
  return result.reduce((value, word) => (value << 32n) | BigInt(word), 0n);
}

/** Attempts in one round, as in the kernel. */
const maximumAttempts = 128;

function uniquePort(
  host: NatHost,
  connection: Connection,
  start: Tuple,
  range: NatRange,
  manipulation: Manipulation,
): Tuple {
  const isIcmp = start.protocol === 1 || start.protocol === 58;
  if (!isIcmp && !hasPorts(start.protocol)) return start;
  const bySource = manipulation === 'source' || isIcmp;
  const current = bySource ? start.sourcePort : start.destinationPort;
  const limits = portLimits(current, range, manipulation, isIcmp);
  if (limits === undefined) return start;
  const size = limits.last - limits.first + 1;
  let offset: number;
  if (range.shiftBase !== undefined)
    offset = (current - range.shiftBase) & 0xffff; // [79]
  else if (range.random || manipulation === 'source') {
    offset = host.random(65_536);
    connection.randomPort = limits;
  } else offset = 0; // the first port of the range [79]
  let attempts = Math.min(size, maximumAttempts);
  let tuple = start;
  for (;;) {
    for (let attempt = 0; attempt < attempts; attempt++, offset++) {
      const port = limits.first + (offset % size);
      tuple = bySource ? withSource(tuple, tuple.source, port) : withDestination(tuple, tuple.destination, port);
      if (!used(host, connection, tuple)) return tuple;
    }
    if (attempts >= size || attempts < 16) return tuple; // exhausted: confirmation will drop the packet [66]
    attempts >>= 1;
    offset = host.random(65_536);
  }
}

/** The ports to choose from; without a range those of the same class [61]. */
function portLimits(
  port: number,
  range: NatRange,
  manipulation: Manipulation,
  isIcmp: boolean,
): RandomPort | undefined {
  const { firstPort, lastPort } = range;
  if (firstPort !== undefined && lastPort !== undefined) {
    return { first: Math.min(firstPort, lastPort), last: Math.max(firstPort, lastPort) };
  }
  if (isIcmp) return { first: 0, last: 65_535 };
  if (manipulation === 'destination') return undefined;
  if (port < 512) return { first: 1, last: 511 };
  if (port < 1024) return { first: 600, last: 1023 };
  return { first: 1024, last: 65_535 };
}
