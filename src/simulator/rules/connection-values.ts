/** Reading what conntrack knows of a packet's connection. */
import type { ConntrackExpression } from '../../ruleset/expression.ts';
import { type Connection, type ConnectionInfo, directionOf } from '../packet/connection.ts';
import { type EvaluationContext, type Reader, unknownValue } from './context.ts';
import { familyNumbers } from './meta.ts';

/** Bits of `ct state` [30, 45]. */
function stateBit(info: ConnectionInfo): number {
  switch (info) {
    case 'none':
      return 1;
    case 'established':
    case 'established-reply':
      return 2;
    case 'related':
    case 'related-reply':
      return 4;
    case 'new':
      return 8;
    case 'untracked':
      return 64;
  }
}

type ConnectionReader = (connection: Connection, context: EvaluationContext) => ReturnType<Reader>;

/** A reader for `ct`. */
export function compileConntrack({ key, direction }: ConntrackExpression): Reader {
  if (key === 'state') return ({ packet }) => stateBit(packet.info);
  const read = connectionReader(key, direction);
  return (context) => {
    const { connection } = context.packet;
    return connection === undefined ? undefined : read(connection, context);
  };
}

function connectionReader(
  key: ConntrackExpression['key'],
  direction: ConntrackExpression['direction'],
): ConnectionReader {
  const tuple = (connection: Connection) => (direction === 'reply' ? connection.reply : connection.original);
  const ofFamily = (family: Connection['family'], read: ConnectionReader): ConnectionReader => {
    return (connection, context) => (connection.family === family ? read(connection, context) : undefined);
  };
  switch (key) {
    case 'status':
      return (connection) => connection.status;
    case 'direction':
      return (_, { packet }) => (directionOf(packet.info) === 'reply' ? 1 : 0);
    case 'mark':
      return (connection) => connection.mark;
    case 'expiration':
      return (connection, { services }) => Math.max(0, connection.expires - services.now);
    case 'l3proto':
      return (connection) => familyNumbers[connection.family];
    case 'protocol':
      return (connection) => connection.original.protocol;
    case 'ip saddr':
      return ofFamily('ipv4', (connection) => tuple(connection).source);
    case 'ip daddr':
      return ofFamily('ipv4', (connection) => tuple(connection).destination);
    case 'ip6 saddr':
      return ofFamily('ipv6', (connection) => tuple(connection).source);
    case 'ip6 daddr':
      return ofFamily('ipv6', (connection) => tuple(connection).destination);
    case 'proto-src':
      return (connection) => tuple(connection).sourcePort;
    case 'proto-dst':
      return (connection) => tuple(connection).destinationPort;
    case 'zone':
      return () => 0;
    case 'packets':
      return (connection) => count(direction, connection.packetsOriginal, connection.packetsReply);
    case 'bytes':
      return (connection) => count(direction, connection.bytesOriginal, connection.bytesReply);
    case 'avgpkt':
    case 'helper':
    case 'label':
    case 'id':
      return () => unknownValue;
    case 'state':
      return () => unknownValue; // read without a connection, see compileConntrack
  }
}

function count(direction: 'original' | 'reply' | undefined, original: number, reply: number): number {
  return direction === undefined ? original + reply : direction === 'original' ? original : reply;
}
