/** What a host does with packets for itself, behind all rules: answers of listeners, echo, errors for closed ports [129]. */
import { isMulticast } from '../packet/addresses.ts';
import { describePacket } from '../packet/describe.ts';
import { isIcmpError, Packet } from '../packet/packet.ts';
import type { NetworkInterface } from '../routing/interfaces.ts';
import type { ConnectError } from './endpoints.ts';
import { socketKey } from './endpoints.ts';
import type { Host } from './host.ts';
import { sendIcmp, sendIcmpError } from './icmp-errors.ts';
import { receiveDiscovery } from './neighbours.ts';
import { sendOwn } from './output.ts';
import { receiveSegment } from './tcp-endpoint.ts';
import { receiveByTunnel } from './tunnel.ts';

/** Delivers a packet that passed the input hook. `seenAs` is the interface that a socket is told. */
export function deliverToEndpoints(host: Host, input: NetworkInterface, packet: Packet, seenAs: string): void {
  if (packet.protocol === 58 && packet.type >= 130 && packet.type <= 137) {
    receiveDiscovery(host, input, packet);
    return;
  }
  if (isUnheard(host, packet)) {
    host.drop(packet, 'nothing here takes its protocol');
    sendIcmpError(host, packet, {
      type: packet.family === 'ipv6' ? 4 : 3,
      code: packet.family === 'ipv6' ? 1 : 2,
      delivered: true,
    });
    return;
  }
  if (packet.encapsulated !== undefined && receiveByTunnel(host, packet)) return;
  host.world.trace?.push({ kind: 'deliver', host: host.name, interface: seenAs, packet: describePacket(packet) });
  host.world.record({ kind: 'delivered', host: host.name, interface: seenAs, packet, time: host.now });
  switch (packet.protocol) {
    case 1:
    case 58:
      receiveIcmp(host, input, packet);
      return;
    case 6:
      if (packet.badChecksum) return;
      if (packet.packetType === 'host' && isUnicastHere(host, packet)) receiveSegment(host, packet);
      return;
    case 17:
      if (!packet.badChecksum) receiveDatagram(host, packet);
      return;
    default:
      return;
  }
}

/** Protocols that every host handles itself. */
const ownProtocols: ReadonlySet<number> = new Set([1, 6, 17, 58]);

function isUnheard(host: Host, packet: Packet): boolean {
  const { rawProtocols } = host.endpoints;
  return rawProtocols !== undefined && !ownProtocols.has(packet.protocol) && !rawProtocols.has(packet.protocol);
}

function isUnicastHere(host: Host, packet: Packet): boolean {
  return host.isLocal(packet.destination) && !isMulticast(packet.destination);
}

/** A packet back to the sender of another one. */
function answerTo(packet: Packet): Packet {
  const answer = new Packet();
  answer.family = packet.family;
  answer.protocol = packet.protocol;
  answer.source = packet.destination;
  answer.destination = packet.source;
  answer.sourcePort = packet.destinationPort;
  answer.destinationPort = packet.sourcePort;
  answer.payloadLength = packet.payloadLength;
  answer.tag = packet.tag;
  return answer;
}

function receiveDatagram(host: Host, packet: Packet): void {
  const { endpoints } = host;
  if (endpoints.hasUdpSocket(packet.destination, packet.destinationPort, packet.source, packet.sourcePort)) return;
  if (host.isTunnelPort(packet.destinationPort)) return;
  const listener = endpoints.listener('udp', packet.destinationPort);
  if (listener !== undefined) {
    if (listener.answers && packet.forward && isUnicastHere(host, packet)) {
      const answer = answerTo(packet);
      answer.socketUser = 0;
      sendOwn(host, answer);
    }
    return;
  }
  if (endpoints.isQuiet(packet.destinationPort)) return;
  sendIcmpError(
    host,
    packet,
    packet.family === 'ipv6' ? { type: 1, code: 4, delivered: true } : { type: 3, code: 3, delivered: true },
  );
}

/** Requests and the types that answer them. */
const answers: Readonly<Record<string, number>> = { '1 8': 0, '1 13': 14, '58 128': 129 };

function receiveIcmp(host: Host, input: NetworkInterface, packet: Packet): void {
  if (packet.badChecksum) return;
  if (isIcmpError(packet)) {
    tellSocket(host, packet);
    return;
  }
  const type = answers[`${packet.protocol} ${packet.type}`];
  if (type === undefined || !isUnicastHere(host, packet)) return;
  const answer = answerTo(packet);
  answer.type = type;
  answer.code = packet.code;
  answer.identifier = packet.identifier;
  answer.trafficClass = packet.trafficClass; // [150]
  if (type === 14) answer.tag = undefined; // timestamps overwrite the payload
  const isLinkLocal = typeof answer.destination === 'bigint' && answer.destination >> 118n === 0x3fan;
  sendIcmp(host, answer, isLinkLocal ? { through: input.name } : {});
}

const icmpErrors: Readonly<Record<number, ConnectError>> = {
  0: 'ENETUNREACH',
  1: 'EHOSTUNREACH',
  2: 'ENOPROTOOPT',
  3: 'ECONNREFUSED',
  9: 'ENETUNREACH',
  10: 'EHOSTUNREACH',
  13: 'EHOSTUNREACH',
};
const icmpv6Errors: Readonly<Record<number, ConnectError>> = {
  0: 'ENETUNREACH',
  1: 'EACCES',
  2: 'EHOSTUNREACH',
  3: 'EHOSTUNREACH',
  4: 'ECONNREFUSED',
  5: 'EACCES',
  6: 'EACCES',
};

/** An error ends the connection attempt that it is about [125]. */
function tellSocket(host: Host, packet: Packet): void {
  const { inner } = packet;
  if (inner === undefined || inner.protocol !== 6) return;
  const error =
    packet.protocol === 1
      ? packet.type === 3
        ? icmpErrors[packet.code]
        : undefined
      : packet.type === 1
        ? icmpv6Errors[packet.code]
        : undefined;
  const socket = host.endpoints.tcpSockets.get(
    socketKey(inner.source, inner.sourcePort, inner.destination, inner.destinationPort),
  );
  if (error === undefined || socket === undefined) return;
  if (socket.state === 'established') socket.error = error; // told to the program, but the connection lives on
  if (socket.state !== 'syn-sent') return;
  socket.state = 'closed';
  socket.error = error;
}
