/** What `reject` sends back [121-127]. */
import type { RejectStatement } from '../../ruleset/statement.ts';
import { attach } from '../conntrack/track.ts';
import { Packet, tcpFlag } from '../packet/packet.ts';
import { transmitFrame } from './devices.ts';
import type { HookPlace } from './hooks.ts';
import type { Host } from './host.ts';
import { sendIcmpError } from './icmp-errors.ts';
import { isAnswerable } from './input-route.ts';
import { sendOwn } from './output.ts';

const icmpCodes: Readonly<Record<string, number>> = {
  'net-unreachable': 0,
  'host-unreachable': 1,
  'prot-unreachable': 2,
  'port-unreachable': 3,
  'net-prohibited': 9,
  'host-prohibited': 10,
  'admin-prohibited': 13,
};

const icmpv6Codes: Readonly<Record<string, number>> = {
  'no-route': 0,
  'admin-prohibited': 1,
  'addr-unreachable': 3,
  'port-unreachable': 4,
  'policy-fail': 5,
  'reject-route': 6,
};

/** Codes that mean something in both families [121]. */
const icmpxCodes: Readonly<Record<string, readonly [ipv4: number, ipv6: number]>> = {
  'no-route': [0, 0],
  'port-unreachable': [3, 4],
  'host-unreachable': [1, 3],
  'admin-prohibited': [13, 1],
};

/** Answers a rejected packet. */
export function sendReject(host: Host, place: HookPlace, packet: Packet, statement: RejectStatement): void {
  if (packet.family === 'arp') return;
  const broken = packet.badChecksum || packet.fragment !== undefined; // a part's checksum never fits
  if (broken && packet.protocol !== 132) return;
  const isIpv6 = packet.family === 'ipv6';
  if (statement.with === 'tcp-reset') {
    if (packet.protocol === 6 && packet.hasTransport()) sendReset(host, packet);
    return;
  }
  const code = codeOf(statement, isIpv6);
  if (code === undefined) return;
  // In prerouting the kernel has no route yet and takes the one to the sender: its address towards the sender speaks [126].
  const kind = { type: isIpv6 ? 1 : 3, code, unrouted: place.hook === 'prerouting' };
  sendIcmpError(host, packet, place.input === undefined ? kind : { ...kind, input: place.input });
}

function codeOf({ with: kind, code }: RejectStatement, isIpv6: boolean): number | undefined {
  const name = code ?? 'port-unreachable';
  if (kind === 'icmpx') return icmpxCodes[name]?.[isIpv6 ? 1 : 0];
  if (kind === 'icmp') return isIpv6 ? undefined : icmpCodes[name];
  return isIpv6 ? icmpv6Codes[name] : undefined;
}

/** The reset that a segment deserves, from its destination; undefined for resets [123]. */
export function resetFor(packet: Packet): Packet | undefined {
  if (packet.flags & tcpFlag.rst) return undefined;
  const reset = new Packet();
  reset.family = packet.family;
  reset.protocol = 6;
  reset.source = packet.destination;
  reset.destination = packet.source;
  reset.sourcePort = packet.destinationPort;
  reset.destinationPort = packet.sourcePort;
  reset.tag = packet.tag;
  if (packet.flags & tcpFlag.ack) {
    reset.sequence = packet.acknowledgement;
    reset.flags = tcpFlag.rst;
  } else {
    const length = packet.payloadLength + (packet.flags & tcpFlag.syn ? 1 : 0) + (packet.flags & tcpFlag.fin ? 1 : 0);
    reset.acknowledgement = (packet.sequence + length) >>> 0;
    reset.flags = tcpFlag.rst | tcpFlag.ack;
  }
  return reset;
}

function sendReset(host: Host, packet: Packet): void {
  if (packet.packetType !== 'host' || !isAnswerable(packet.source)) return;
  const reset = resetFor(packet);
  if (reset === undefined || host.endpoints.isQuiet(reset.sourcePort)) return;
  attach(reset, packet);
  closeConnection(host, packet);
  const port = packet.physicalInput === undefined ? undefined : host.interfaces.get(packet.physicalInput);
  if (port !== undefined) {
    reset.sourceMac = packet.destinationMac;
    reset.destinationMac = packet.sourceMac;
    transmitFrame(host, port, reset); // what came by a bridge that calls the inet hooks is answered on its port, past the output hook
    return;
  }
  sendOwn(host, reset);
}

/** The connection that a reset ends is closed at once, for the few seconds that it is kept; one that is not entered yet stays as it is [153]. */
function closeConnection(host: Host, packet: Packet): void {
  const { connection } = packet;
  if (connection?.tcp === undefined || !connection.confirmed || connection.tcp.state === 'CLOSE') return;
  connection.tcp.state = 'CLOSE';
  connection.timeout = host.tracking.tcp.timeout('CLOSE');
  connection.expires = host.now + connection.timeout * 1000;
}
