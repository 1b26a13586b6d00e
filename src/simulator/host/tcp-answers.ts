/** The segments that a simulated TCP socket sends: its own, and its answers to what it did not expect. */
import { Packet, type PacketTag, tcpFlag } from '../packet/packet.ts';
import { socketKey, type TcpSocket } from './endpoints.ts';
import type { Host } from './host.ts';
import { sendOwn } from './output.ts';
import { resetFor } from './reject.ts';

const { syn, ack, fin } = tcpFlag;

/** How much a socket takes in ahead of what its program has read. */
export const window = 64_240;

/** What a host finds a socket by. */
export function keyOf(socket: TcpSocket): string {
  return socketKey(socket.local.address, socket.local.port, socket.remote.address, socket.remote.port);
}

/** Segment size, selective acknowledgements, timestamps and window scale in a SYN; timestamps, where agreed, later on. */
function optionsLength({ timestamps }: TcpSocket, flags: number): number {
  if (flags & syn) return timestamps ? 20 : 4;
  return timestamps ? 12 : 0;
}

/** The next segment of a socket. */
export function segment(socket: TcpSocket, flags: number, payloadLength: number, tag: PacketTag | undefined): Packet {
  const packet = new Packet();
  packet.family = typeof socket.local.address === 'bigint' ? 'ipv6' : 'ipv4';
  packet.protocol = 6;
  packet.source = socket.local.address;
  packet.destination = socket.remote.address;
  packet.sourcePort = socket.local.port;
  packet.destinationPort = socket.remote.port;
  packet.flags = flags;
  packet.sequence = socket.sendNext;
  packet.acknowledgement = flags & ack ? socket.receiveNext : 0;
  packet.window = window;
  packet.optionsLength = optionsLength(socket, flags);
  packet.payloadLength = payloadLength;
  packet.tag = tag;
  packet.socketUser = 0;
  if (flags & ack) socket.acknowledgementDue = false;
  socket.sendNext = (socket.sendNext + payloadLength + (flags & syn ? 1 : 0) + (flags & fin ? 1 : 0)) >>> 0;
  return packet;
}

/** Answers with a reset, except to a reset and on ports that say nothing. */
export function refuse(host: Host, packet: Packet): void {
  const reset = resetFor(packet);
  if (reset === undefined || host.endpoints.isQuiet(packet.destinationPort)) return;
  reset.trafficClass = packet.trafficClass; // [150]
  sendOwn(host, reset);
}

/** Says what was received so far. */
export function acknowledge(host: Host, socket: TcpSocket, packet: Packet): void {
  sendOwn(host, segment(socket, ack, 0, packet.tag));
}

/** Milliseconds between answers to segments that carry nothing new. */
export const challengeInterval = 500;

/** Answers a segment that cannot be right with what is expected, unless that was just done. */
export function challenge(host: Host, socket: TcpSocket, packet: Packet): void {
  if (host.now - socket.lastChallenge < challengeInterval) return;
  socket.lastChallenge = host.now;
  acknowledge(host, socket, packet);
}

/** Answers a segment out of the window: data, or its end, always; anything else as seldom as other challenges. */
export function answerOutOfWindow(host: Host, socket: TcpSocket, packet: Packet): void {
  const carriesData = packet.payloadLength > 0 || (packet.flags & fin) !== 0;
  if (carriesData && (packet.flags & syn) === 0) acknowledge(host, socket, packet);
  else challenge(host, socket, packet);
}

/** Forgets a connection. */
export function close(host: Host, socket: TcpSocket): void {
  socket.state = 'closed';
  host.endpoints.tcpSockets.delete(keyOf(socket));
}
