/** The TCP of a simulated host: enough to open, use and close connections and to answer what does not belong to one. */
import type { AddressDatum } from '../packet/datum.ts';
import { type Packet, type PacketTag, tcpFlag } from '../packet/packet.ts';
import { socketKey, type TcpSocket } from './endpoints.ts';
import type { SendResult } from './events.ts';
import type { Host } from './host.ts';
import { sendOwn } from './output.ts';
import {
  acknowledge,
  answerOutOfWindow,
  challenge,
  challengeInterval,
  close,
  keyOf,
  refuse,
  segment,
  window,
} from './tcp-answers.ts';

const { syn, ack, rst, fin, psh } = tcpFlag;

export interface ConnectRequest {
  readonly source: AddressDatum;
  readonly sourcePort: number;
  readonly destination: AddressDatum;
  readonly destinationPort: number;
  readonly tag: PacketTag | undefined;
  readonly mark: number;
}

/** Opens a connection: the socket, and what sending its SYN gave. */
export function connectTcp(
  host: Host,
  request: ConnectRequest,
): { readonly socket: TcpSocket; readonly result: SendResult; readonly first: Packet } {
  const socket: TcpSocket = {
    local: { address: request.source, port: request.sourcePort },
    remote: { address: request.destination, port: request.destinationPort },
    state: 'syn-sent',
    timestamps: true,
    sendNext: host.endpoints.takeSequence(),
    receiveNext: 0,
    lastData: Number.NEGATIVE_INFINITY,
    interactive: false,
    acknowledgementDue: false,
    lastChallenge: Number.NEGATIVE_INFINITY,
    error: undefined,
    sentFin: false,
    receivedFin: false,
  };
  host.endpoints.tcpSockets.set(keyOf(socket), socket);
  const first = segment(socket, syn, 0, request.tag);
  first.forward = true;
  first.mark = request.mark;
  const result = sendOwn(host, first);
  return { socket, result, first };
}

/** Milliseconds that the kernel waits with an acknowledgement, in the hope of data to send it with. */
const acknowledgementDelay = 40;

/** Sends data on a connection; one that a reset has ended takes none. */
export function sendTcp(host: Host, socket: TcpSocket, payloadLength: number, tag: PacketTag | undefined): SendResult {
  if (socket.state === 'closed') return 'EPIPE';
  if (host.now - socket.lastData < acknowledgementDelay) socket.interactive = true;
  const packet = segment(socket, psh | ack, payloadLength, tag);
  packet.forward = true;
  return sendOwn(host, packet);
}

/** Closes one side: with FIN, or with a reset. */
export function closeTcp(host: Host, socket: TcpSocket, reset: boolean): void {
  if (socket.state === 'established') sendOwn(host, segment(socket, reset ? rst | ack : fin | ack, 0, undefined));
  socket.sentFin = true;
  if (reset) {
    socket.state = 'closed';
    host.endpoints.tcpSockets.delete(keyOf(socket));
  }
}

/** Kernels draw first sequence numbers: those of the two ends are far from each other. */
const acceptedSequences = 0x8000_0000;

/** Takes in a segment for a local address. */
export function receiveSegment(host: Host, packet: Packet): void {
  const { endpoints } = host;
  const key = socketKey(packet.destination, packet.destinationPort, packet.source, packet.sourcePort);
  const socket = endpoints.tcpSockets.get(key);
  if (socket !== undefined && socket.state !== 'closed') {
    receiveOnSocket(host, socket, packet);
    return;
  }
  if (endpoints.listener('tcp', packet.destinationPort) === undefined) {
    refuse(host, packet);
    return;
  }
  if (packet.flags & rst) return;
  if (packet.flags & ack) {
    refuse(host, packet);
    return;
  }
  if (!(packet.flags & syn) || packet.flags & fin) return;
  const accepted: TcpSocket = {
    local: { address: packet.destination, port: packet.destinationPort },
    remote: { address: packet.source, port: packet.sourcePort },
    state: 'syn-received',
    timestamps: packet.optionsLength >= 12,
    sendNext: (endpoints.takeSequence() ^ acceptedSequences) >>> 0,
    receiveNext: (packet.sequence + 1) >>> 0,
    lastData: Number.NEGATIVE_INFINITY,
    interactive: false,
    acknowledgementDue: false,
    lastChallenge: Number.NEGATIVE_INFINITY,
    error: undefined,
    sentFin: false,
    receivedFin: false,
  };
  endpoints.tcpSockets.set(key, accepted);
  sendOwn(host, segment(accepted, syn | ack, 0, packet.tag));
}

function receiveOnSocket(host: Host, socket: TcpSocket, packet: Packet): void {
  switch (socket.state) {
    case 'syn-sent':
      receiveInSynSent(host, socket, packet);
      return;
    case 'syn-received':
      receiveInSynReceived(host, socket, packet);
      return;
    case 'established':
      receiveInEstablished(host, socket, packet);
      return;
    case 'time-wait':
      if (packet.flags & syn && !(packet.flags & ack)) reopen(host, socket, packet);
      else if (!(packet.flags & rst)) acknowledge(host, socket, packet);
      return;
    case 'closed':
      return;
  }
}

/** A SYN on a connection that is only waiting to be forgotten starts a new one. */
function reopen(host: Host, socket: TcpSocket, packet: Packet): void {
  close(host, socket);
  receiveSegment(host, packet);
}

function receiveInSynSent(host: Host, socket: TcpSocket, packet: Packet): void {
  const fits = (packet.flags & ack) !== 0 && packet.acknowledgement === socket.sendNext;
  if (packet.flags & rst) {
    if (!fits) return;
    socket.error = 'ECONNREFUSED';
    close(host, socket);
    return;
  }
  if (!(packet.flags & syn) || !fits) {
    if (packet.flags & ack && !fits) refuse(host, packet);
    return;
  }
  socket.state = 'established';
  socket.receiveNext = (packet.sequence + 1) >>> 0;
  acknowledge(host, socket, packet);
}

/** Whether a segment touches what may come next. */
function isInWindow({ receiveNext }: TcpSocket, { sequence, payloadLength, flags }: Packet): boolean {
  const distance = (sequence - receiveNext) | 0;
  const length = payloadLength + (flags & syn ? 1 : 0) + (flags & fin ? 1 : 0);
  if (distance === 0 || (distance + length > 0 && distance < window)) return true;
  return length === 0 && distance === window;
}

/** A connection that was asked for and answered, and not yet confirmed. */
function receiveInSynReceived(host: Host, socket: TcpSocket, packet: Packet): void {
  const { flags } = packet;
  const repeatsFirst = packet.sequence === (socket.receiveNext - 1) >>> 0;
  if (repeatsFirst && (flags & (rst | syn | ack)) === syn) {
    resendSynAck(host, socket, packet);
    return;
  }
  if (flags & ack && packet.acknowledgement !== socket.sendNext) {
    refuse(host, packet);
    return;
  }
  if (!isInWindow(socket, packet)) {
    if ((flags & rst) === 0) answerOutOfWindow(host, socket, packet);
    return;
  }
  if (flags & rst && packet.sequence !== socket.receiveNext) {
    challenge(host, socket, packet);
    return;
  }
  if (flags & rst || (flags & syn && !repeatsFirst)) {
    if ((flags & rst) === 0) refuse(host, packet);
    close(host, socket);
    return;
  }
  if ((flags & ack) === 0) return;
  socket.state = 'established';
  socket.lastChallenge = Number.NEGATIVE_INFINITY;
  receiveInEstablished(host, socket, packet);
}

/** Says again what was not heard, as seldom as other answers to what is not expected. */
function resendSynAck(host: Host, socket: TcpSocket, packet: Packet): void {
  if (host.now - socket.lastChallenge < challengeInterval) return;
  socket.lastChallenge = host.now;
  socket.sendNext = (socket.sendNext - 1) >>> 0;
  sendOwn(host, segment(socket, syn | ack, 0, packet.tag));
}

function receiveInEstablished(host: Host, socket: TcpSocket, packet: Packet): void {
  if (!(packet.flags & (ack | rst | syn))) return;
  const distance = (packet.sequence - socket.receiveNext) | 0;
  if (packet.flags & rst) {
    // some systems reset after a FIN with the number that the FIN had [149]
    if (distance === 0 || (distance === -1 && socket.receivedFin)) close(host, socket);
    else if (distance > 0 && distance < window) challenge(host, socket, packet);
    return;
  }
  const end = distance + packet.payloadLength + (packet.flags & fin ? 1 : 0);
  if ((packet.flags & syn) === 0 && ((distance < 0 && end <= 0) || distance > window)) {
    answerOutOfWindow(host, socket, packet);
    return;
  }
  const acknowledgesTooMuch = (packet.flags & ack) !== 0 && ((packet.acknowledgement - socket.sendNext) | 0) > 0;
  if (packet.flags & syn || acknowledgesTooMuch) {
    challenge(host, socket, packet);
    return;
  }
  const isPastEnd = socket.sentFin || (socket.receivedFin && distance < 0);
  if (isPastEnd && distance + packet.payloadLength > 0 && end > distance) {
    refuse(host, packet); // nobody can take this data: one end has said that there is no more, or is gone
    close(host, socket);
    return;
  }
  if (!socket.receivedFin) receiveData(host, socket, packet);
  if (!socket.sentFin || packet.acknowledgement !== socket.sendNext) return;
  if (socket.receivedFin && (packet.flags & fin) === 0) close(host, socket);
  else if (socket.receivedFin) socket.state = 'time-wait';
}

function receiveData(host: Host, socket: TcpSocket, packet: Packet): void {
  const length = packet.payloadLength + (packet.flags & fin ? 1 : 0);
  if (length === 0) return;
  if (((packet.sequence - socket.receiveNext) | 0) > 0) {
    acknowledge(host, socket, packet);
    return;
  }
  socket.receiveNext = (packet.sequence + length) >>> 0;
  if (packet.payloadLength > 0) socket.lastData = host.now;
  if (packet.flags & fin) {
    socket.receivedFin = true;
    // the program may want to close, too; where it already has, nothing is left to wait for
    socket.interactive = !socket.sentFin && socket.lastData > Number.NEGATIVE_INFINITY;
  }
  if (socket.interactive) {
    acknowledgeLater(host, socket);
    return;
  }
  acknowledge(host, socket, packet);
}

function acknowledgeLater(host: Host, socket: TcpSocket): void {
  socket.acknowledgementDue = true;
  host.world.schedule(acknowledgementDelay, { kind: 'delayed-acknowledgement', host: host.name, key: keyOf(socket) });
}

/** The wait for data is over: the acknowledgement goes alone. */
export function sendDelayedAcknowledgement(host: Host, key: string): void {
  const socket = host.endpoints.tcpSockets.get(key);
  if (socket?.acknowledgementDue) sendOwn(host, segment(socket, ack, 0, undefined));
}
