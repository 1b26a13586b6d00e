/** Forwarding: hop limits, sizes, redirects and the forward hook [110-118, 135]. */
import { isLinkLocal, isLoopback, isMulticast, isUnspecified } from '../packet/addresses.ts';
import type { Packet } from '../packet/packet.ts';
import type { NetworkInterface } from '../routing/interfaces.ts';
import type { Route } from '../routing/tables.ts';
import { runHook } from './hooks.ts';
import type { Host } from './host.ts';
import { sendIcmpError, sendRedirect } from './icmp-errors.ts';
import { deviceOf, hookFamily, leave } from './output.ts';

/** Forwards a packet along a route, or answers why not. */
export function forwardPacket(
  host: Host,
  input: NetworkInterface,
  packet: Packet,
  route: Route,
  redirect: boolean,
): void {
  const isIpv6 = packet.family === 'ipv6';
  if (isIpv6 && !forwardsIpv6(host, input.name)) {
    host.drop(packet, 'IPv6 forwarding is off [111]');
    return;
  }
  if (packet.packetType !== 'host') {
    host.drop(packet, 'frames to a group are not forwarded [107]');
    return;
  }
  if (packet.ttl <= 1) {
    host.drop(packet, 'its hop limit is used up [115]');
    sendIcmpError(host, packet, { type: isIpv6 ? 3 : 11, code: 0, input });
    return;
  }
  const output = deviceOf(host, route);
  if (isIpv6 && output.name !== input.name && !checkIpv6Source(host, input, packet)) return;
  if (exceeds(packet, isIpv6 ? Math.max(output.mtu, 1280) : output.mtu)) {
    host.drop(packet, 'it is too big for the next link [117]');
    sendIcmpError(host, packet, { type: isIpv6 ? 2 : 3, code: isIpv6 ? 0 : 4, input, mtu: output.mtu });
    return;
  }
  packet.ttl--;
  if (redirect) sendRedirect(host, packet);
  const passed = runHook(host, hookFamily(packet), 'forward', input, output, packet);
  if (passed !== undefined) leave(host, passed, route, input);
}

/** Only the setting for all interfaces counts, or force_forwarding of the incoming one [111]. */
function forwardsIpv6(host: Host, name: string): boolean {
  if (host.setting('net.ipv6.conf.all.forwarding', 0) !== 0) return true;
  return host.setting(`net.ipv6.conf.${name}.force_forwarding`, 0) !== 0;
}

function checkIpv6Source(host: Host, input: NetworkInterface, packet: Packet): boolean {
  const { source } = packet;
  if (isUnspecified(source) || isMulticast(source) || isLoopback(source)) {
    host.drop(packet, 'its source may not be forwarded');
    return false;
  }
  if (!isLinkLocal(source)) return true;
  host.drop(packet, 'link-local sources stay on their link [135]');
  sendIcmpError(host, packet, { type: 1, code: 2, input });
  return false;
}

/** Too big for a link and not to be cut: IPv6, or IPv4 with DF; pieces that came in keep their sizes [117, 143]. */
function exceeds(packet: Packet, mtu: number): boolean {
  const header = packet.family === 'ipv4' ? 20 : 48;
  if (packet.fragmentLengths !== undefined) {
    const largest = Math.max(...packet.fragmentLengths);
    return largest + header > mtu && (packet.family === 'ipv6' || packet.dontFragment);
  }
  return packet.length() > mtu && (packet.family === 'ipv6' || packet.dontFragment);
}
