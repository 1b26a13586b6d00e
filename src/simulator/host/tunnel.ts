/**
 * VXLAN: frames that travel between hosts as UDP. The outer datagram is the host's own: it meets the output and postrouting
 * hooks of this host, and prerouting and input of the other one, with a connection of its own. Mark and priority stay with
 * the packet on both sides, as the tunnel is in the host's own namespace.
 */
import type { AddressDatum } from '../packet/datum.ts';
import { describePacket, formatDatum } from '../packet/describe.ts';
import { type Encapsulated, Packet } from '../packet/packet.ts';
import type { NetworkInterface, TunnelEnd } from '../routing/interfaces.ts';
import type { Host } from './host.ts';
import { receiveFrame } from './input.ts';
import { sendOwn } from './output.ts';

/** The VXLAN header and the frame's own, in front of its packet (RFC 7348, section 5). */
const headersLength = 8 + 14;

/** Tunnels in tunnels before the kernel takes it for a loop. */
const deepest = 8;

/** A frame leaves by a tunnel: to the end that its receiver is known to be behind, else to every end. */
export function transmitByTunnel(host: Host, output: NetworkInterface, tunnel: TunnelEnd, packet: Packet): void {
  if (depthOf(packet) >= deepest) {
    host.drop(packet, 'its tunnel leads into itself');
    return;
  }
  const { destinationMac } = packet;
  const known = destinationMac === undefined ? undefined : host.tunnelEnds.get(output.name)?.get(destinationMac);
  const ends = known === undefined ? tunnel.remotes : [known];
  if (ends.length === 0) host.drop(packet, `${output.name} has no other end`);
  for (const end of ends) sendTo(host, output, tunnel, end, ends.length === 1 ? packet : packet.clone());
}

function sendTo(host: Host, output: NetworkInterface, tunnel: TunnelEnd, end: AddressDatum, frame: Packet): void {
  const outer = datagramAround(tunnel, end, frame);
  const { encapsulated } = outer;
  if (encapsulated === undefined) return;
  note(host, 'encapsulated', output, outer);
  const result = sendOwn(host, outer, { chooseSource: tunnel.local === undefined });
  if (result !== 'ok' && result !== 'EPERM')
    host.drop(encapsulated.frame, `no way to the other end of the tunnel, ${formatDatum(end)} (${result})`);
}

function datagramAround(tunnel: TunnelEnd, end: AddressDatum, frame: Packet): Packet {
  const outer = new Packet();
  outer.family = typeof end === 'number' ? 'ipv4' : 'ipv6';
  outer.source = tunnel.local ?? 0;
  outer.destination = end;
  outer.protocol = 17;
  outer.sourcePort = sourcePortOf(frame);
  outer.destinationPort = tunnel.port;
  outer.payloadLength = headersLength + frame.length();
  outer.mark = frame.mark;
  outer.priority = frame.priority;
  outer.forward = frame.forward;
  outer.tag = frame.tag;
  frame.scrub();
  outer.encapsulated = { identifier: tunnel.identifier, frame };
  return outer;
}

/** One of the range of local ports, the same for all packets of a flow in one direction. */
function sourcePortOf({ source, destination, protocol, sourcePort, destinationPort }: Packet): number {
  let hash = 0;
  for (const character of `${source} ${destination} ${protocol} ${sourcePort} ${destinationPort}`)
    hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return 32_768 + (hash % 28_232);
}

/** A datagram that a tunnel ends with goes on as the frame inside; false where no tunnel of the host takes it. */
export function receiveByTunnel(host: Host, outer: Packet): boolean {
  const { encapsulated, source, mark, priority } = outer;
  if (encapsulated === undefined || !host.isTunnelPort(outer.destinationPort)) return false;
  const held = host.tunnelOf(outer.destinationPort, encapsulated.identifier);
  const { frame } = encapsulated;
  if (held === undefined) {
    host.drop(outer, `there is no tunnel ${encapsulated.identifier}`);
    return true;
  }
  if (frame.sourceMac !== undefined && frame.sourceMac === held.mac) {
    host.drop(frame, 'its own frame came back by the tunnel');
    return true;
  }
  note(host, 'decapsulated', held, outer);
  learnEnd(host, held, frame.sourceMac, source);
  frame.mark = mark;
  frame.priority = priority;
  receiveFrame(host, held.name, frame);
  return true;
}

function learnEnd(host: Host, { name }: NetworkInterface, mac: string | undefined, end: AddressDatum): void {
  if (mac === undefined) return;
  const ends = host.tunnelEnds.get(name) ?? new Map<string, AddressDatum>();
  host.tunnelEnds.set(name, ends);
  ends.set(mac, end);
}

function depthOf({ encapsulated }: { readonly encapsulated: Encapsulated | undefined }): number {
  return encapsulated === undefined ? 0 : 1 + depthOf(encapsulated.frame);
}

function note(host: Host, kind: 'encapsulated' | 'decapsulated', held: NetworkInterface, outer: Packet): void {
  if (host.world.trace === undefined) return;
  host.note({ kind, host: host.name, interface: held.name, packet: describePacket(outer) });
}
