/** SCTP basics: which chunk may open a connection, and the states up to ESTABLISHED [47]. */

import type { Connection, Direction } from '../packet/connection.ts';
import type { Packet } from '../packet/packet.ts';

const chunk = {
  init: 1,
  initAck: 2,
  heartbeat: 4,
  heartbeatAck: 5,
  abort: 6,
  shutdown: 7,
  shutdownAck: 8,
  error: 9,
  cookieEcho: 10,
  cookieAck: 11,
  shutdownComplete: 14,
} as const;

/** Seconds by state. */
const timeouts: Readonly<Record<string, number>> = {
  CLOSED: 10,
  COOKIE_WAIT: 3,
  COOKIE_ECHOED: 3,
  ESTABLISHED: 210,
  SHUTDOWN_SENT: 3,
  SHUTDOWN_RECD: 3,
  SHUTDOWN_ACK_SENT: 3,
  HEARTBEAT_SENT: 30,
};

/** Starts tracking with a connection's first chunk; false when it cannot be one: data and resets out of the blue [47]. */
export function openSctp(connection: Connection, packet: Packet): boolean {
  switch (packet.operation) {
    case chunk.init:
      if (packet.verificationTag !== 0) return false;
      connection.sctp = 'CLOSED';
      break;
    case chunk.heartbeat:
      connection.sctp = 'HEARTBEAT_SENT';
      break;
    case chunk.shutdownAck:
      connection.sctp = 'SHUTDOWN_ACK_SENT';
      break;
    case chunk.shutdown:
    case chunk.error:
    case chunk.cookieEcho:
      connection.sctp = 'CLOSED';
      break;
    default:
      return false;
  }
  connection.timeout = timeouts[connection.sctp] ?? 10;
  return true;
}

/** Follows a chunk of a known connection. */
export function trackSctp(connection: Connection, packet: Packet, direction: Direction): void {
  const next = nextState(connection.sctp ?? 'CLOSED', packet.operation, direction);
  connection.sctp = next;
  connection.timeout = timeouts[next] ?? 10;
}

function nextState(state: string, operation: number, direction: Direction): string {
  switch (operation) {
    case chunk.init:
      return state;
    case chunk.initAck:
      return direction === 'reply' && state === 'CLOSED' ? 'COOKIE_WAIT' : state;
    case chunk.abort:
    case chunk.shutdownComplete:
      return 'CLOSED';
    case chunk.cookieEcho:
      return direction === 'original' && state === 'COOKIE_WAIT' ? 'COOKIE_ECHOED' : state;
    case chunk.cookieAck:
      return direction === 'reply' && state === 'COOKIE_ECHOED' ? 'ESTABLISHED' : state;
    case chunk.shutdown:
      return state === 'ESTABLISHED' ? (direction === 'original' ? 'SHUTDOWN_SENT' : 'SHUTDOWN_RECD') : state;
    case chunk.shutdownAck:
      return 'SHUTDOWN_ACK_SENT';
    default:
      return state;
  }
}
