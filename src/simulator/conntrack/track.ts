/** Conntrack's look at a packet: which connection it belongs to and in which state [29-53]. */
import type { Family } from '../../net/address.ts';
import {
  Connection,
  type ConnectionInfo,
  connectionStatus,
  type Direction,
  directionOf,
} from '../packet/connection.ts';
import { isIcmpError, isUntrackedIcmpv6, type Packet } from '../packet/packet.ts';
import { invertTuple, opensIcmp, type Tuple, tupleOf } from '../packet/tuple.ts';
import { openSctp, trackSctp } from './sctp.ts';
import type { TrackingSettings } from './settings.ts';
import type { ConnectionTable } from './table.ts';
import { hasValidFlags, openTcp, trackTcp } from './tcp.ts';

export interface TrackingHost {
  readonly connections: ConnectionTable;
  readonly now: number;
  readonly tracking: TrackingSettings;
}

/** Assigns connection and state to a packet entering the host or made by it; false when it must be dropped. */
export function track(host: TrackingHost, packet: Packet, hook: 'prerouting' | 'output'): boolean {
  if (packet.connection !== undefined || packet.info === 'untracked') return true; // [45, 52]
  packet.info = 'none';
  if (packet.fragment !== undefined) return true;
  if (packet.protocol === 58 && isUntrackedIcmpv6(packet.type)) {
    packet.info = 'untracked'; // [133]
    return true;
  }
  if (packet.badChecksum && hook === 'prerouting' && host.tracking.checksums) return true; // [46]
  if (isIcmpError(packet)) {
    relate(host, packet);
    return true;
  }
  if (packet.protocol === 6 && !hasValidFlags(packet)) return true; // [37]
  const result = resolve(host, packet);
  return result === 'repeat' ? resolve(host, packet) !== 'drop' : result !== 'drop';
}

/** ICMP errors belong to the connection of the packet that they carry [42]; the outer destination must be that packet's sender. */
function relate(host: TrackingHost, packet: Packet): void {
  const inner = packet.inner;
  if (inner === undefined) return;
  const inverted = invertTuple(tupleOf(inner));
  if (inverted === undefined) return;
  const hit = host.connections.find(inverted, host.now);
  if (hit === undefined) return;
  const tuple = hit.direction === 'original' ? hit.connection.original : hit.connection.reply;
  if (tuple.destination !== packet.destination && inner.source !== packet.destination) return;
  packet.connection = hit.connection;
  packet.info = hit.direction === 'reply' ? 'related-reply' : 'related';
}

function resolve(host: TrackingHost, packet: Packet): 'done' | 'repeat' | 'drop' {
  const tuple = tupleOf(packet);
  const hit = host.connections.find(tuple, host.now);
  if (hit === undefined) {
    open(host, packet, tuple);
    return 'done';
  }
  const { connection, direction } = hit;
  const info = infoOf(connection, direction);
  const result = follow(host, connection, packet, direction);
  if (result === 'repeat') {
    host.connections.remove(connection);
    return 'repeat';
  }
  if (result === 'invalid') return 'done';
  packet.connection = connection;
  packet.info = info;
  account(connection, packet, direction);
  if ((connection.status & connectionStatus.dying) !== 0) host.connections.remove(connection);
  if (direction === 'reply') connection.status |= connectionStatus.seenReply;
  return 'done';
}

function infoOf(connection: Connection, direction: Direction): ConnectionInfo {
  if (direction === 'reply') return 'established-reply';
  if (connection.status & connectionStatus.seenReply) return 'established';
  return connection.status & connectionStatus.expected ? 'related' : 'new';
}

function account(connection: Connection, packet: Packet, direction: Direction): void {
  if (direction === 'original') {
    connection.packetsOriginal++;
    connection.bytesOriginal += packet.length();
  } else {
    connection.packetsReply++;
    connection.bytesReply += packet.length();
  }
}

/** Makes an entry for a packet that belongs to none; leaves the packet invalid when it cannot open one. */
function open(host: TrackingHost, packet: Packet, tuple: Tuple): void {
  const reply = invertTuple(tuple);
  if (reply === undefined) return;
  const { protocol } = packet;
  if ((protocol === 1 || protocol === 58) && !opensIcmp(protocol, packet.type)) return; // [41]
  const family: Family = packet.family === 'ipv6' ? 'ipv6' : 'ipv4';
  const connection = new Connection(host.connections.takeId(), family, tuple, reply, host.now);
  if (protocol === 6 && !openTcp(connection, packet, host.tracking.tcp)) return;
  if (protocol === 132 && !openSctp(connection, packet)) return;
  if (follow(host, connection, packet, 'original') !== 'accept') return;
  account(connection, packet, 'original');
  packet.connection = connection;
  packet.info = 'new';
}

function follow(
  host: TrackingHost,
  connection: Connection,
  packet: Packet,
  direction: Direction,
): 'accept' | 'invalid' | 'repeat' {
  const { tracking, now } = host;
  switch (packet.protocol) {
    case 6: {
      const before = connection.timeout;
      connection.timeout = -1;
      const result = trackTcp(connection, packet, direction, tracking.tcp);
      if (connection.timeout < 0) {
        connection.timeout = before;
        return result === 'drop' ? 'invalid' : result;
      }
      if (result !== 'accept') return result === 'drop' ? 'invalid' : result;
      break;
    }
    case 17:
      connection.timeout = tracking.udp;
      if (connection.status & connectionStatus.seenReply && now - connection.created > 2000) {
        connection.timeout = tracking.udpStream; // [32]
        connection.status |= connectionStatus.assured;
      }
      break;
    case 132:
      if (!trackSctp(connection, packet, direction)) return 'invalid';
      break;
    case 1:
    case 58:
      connection.timeout = packet.protocol === 1 ? tracking.icmp : tracking.icmpv6;
      break;
    default:
      connection.timeout = tracking.generic;
  }
  connection.expires = now + connection.timeout * 1000;
  return 'accept';
}

/** Gives an error or reset that the host itself makes the connection of the packet it answers [127]. */
export function attach(answer: Packet, about: Packet): void {
  if (about.connection === undefined) return;
  answer.connection = about.connection;
  answer.info = directionOf(about.info) === 'original' ? 'related-reply' : 'related';
}

/** Enters a new connection when its first packet leaves through the last hook [29]; false when the packet must be dropped [66]. */
export function confirm(host: TrackingHost, packet: Packet): boolean {
  const { connection } = packet;
  if (connection === undefined || connection.confirmed || directionOf(packet.info) === 'reply') return true;
  if ((connection.status & connectionStatus.dying) !== 0) return false;
  return host.connections.confirm(connection, host.now);
}
