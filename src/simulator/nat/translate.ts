/** Rewriting packets of translated connections, ICMP errors about them included [54, 130, 131]. */
import { type Connection, connectionStatus, directionOf } from '../packet/connection.ts';
import { hasPorts, type Packet } from '../packet/packet.ts';
import { invertedTuple, type Tuple } from '../packet/tuple.ts';
import type { Manipulation } from './allocate.ts';

/** Whether packets of this direction are rewritten on this side. */
function applies(connection: Connection, isReply: boolean, manipulation: Manipulation): boolean {
  const source = (manipulation === 'source') !== isReply;
  return (connection.status & (source ? connectionStatus.sourceNat : connectionStatus.destinationNat)) !== 0;
}

/** Rewrites one side of a packet as its connection says; true when it changed. */
export function translate(packet: Packet, manipulation: Manipulation): boolean {
  const { connection } = packet;
  if (connection === undefined) return false;
  const isReply = directionOf(packet.info) === 'reply';
  if (!applies(connection, isReply, manipulation)) return false;
  const target = invertedTuple(isReply ? connection.original : connection.reply);
  return rewrite(packet, target, manipulation, true);
}

/** Rewrites an ICMP error: the packet inside, as its receiver sent it, and the outer address [130]. False: drop it. */
export function translateError(packet: Packet, manipulation: Manipulation): boolean {
  const { connection, inner } = packet;
  if (connection === undefined || inner === undefined) return true;
  if (packet.protocol === 1 && packet.type === 5) {
    const done = connectionStatus.sourceNatDone | connectionStatus.destinationNatDone;
    if ((connection.status & done) !== done) return false; // [118]
    if (connection.status & (connectionStatus.sourceNat | connectionStatus.destinationNat)) return false;
  }
  const isReply = directionOf(packet.info) === 'reply';
  if (!applies(connection, isReply, manipulation)) return true;
  const other = isReply ? connection.original : connection.reply;
  rewrite(inner, other, manipulation === 'source' ? 'destination' : 'source', true);
  rewrite(packet, invertedTuple(other), manipulation, false);
  return true;
}

function rewrite(packet: Packet, target: Tuple, manipulation: Manipulation, withPorts: boolean): boolean {
  const ports = withPorts && hasPorts(packet.protocol);
  const identifier = withPorts && (packet.protocol === 1 || packet.protocol === 58);
  if (identifier) packet.identifier = target.sourcePort;
  if (manipulation === 'source') {
    const changed = packet.source !== target.source || (ports && packet.sourcePort !== target.sourcePort);
    packet.source = target.source;
    if (ports) packet.sourcePort = target.sourcePort;
    return changed || identifier;
  }
  const changed =
    packet.destination !== target.destination || (ports && packet.destinationPort !== target.destinationPort);
  packet.destination = target.destination;
  if (ports) packet.destinationPort = target.destinationPort;
  return changed;
}
