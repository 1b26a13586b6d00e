/** What routing makes of a packet that came in: for this host, to be forwarded, or not allowed at all [108-116]. */
import {
  allNodes,
  ipv4Broadcast,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
  solicitedNode,
} from '../packet/addresses.ts';
import type { AddressDatum } from '../packet/datum.ts';
import type { Packet } from '../packet/packet.ts';
import type { NetworkInterface } from '../routing/interfaces.ts';
import type { Route } from '../routing/tables.ts';
import type { Host } from './host.ts';

export type InputWay =
  | { readonly kind: 'local' }
  | { readonly kind: 'forward'; readonly route: Route; readonly redirect: boolean }
  /** Silently gone. `late`: there is a route, which drops it: what happens before routing is over happens to it too. */
  | { readonly kind: 'drop'; readonly reason: string; readonly late?: boolean }
  /** Answered with an ICMP error. */
  | { readonly kind: 'error'; readonly type: number; readonly code: number; readonly reason: string };

const drop = (reason: string): InputWay => ({ kind: 'drop', reason });
const dropLate = (reason: string): InputWay => ({ kind: 'drop', reason, late: true });

/** The way of a packet that came in by an interface and passed prerouting. */
export function judgeInput(host: Host, input: NetworkInterface, packet: Packet): InputWay {
  return packet.family === 'ipv6' ? judgeIpv6(host, input, packet) : judgeIpv4(host, input, packet);
}

function judgeIpv4(host: Host, input: NetworkInterface, packet: Packet): InputWay {
  const { source, destination } = packet;
  if (isMulticast(destination))
    return destination === 0xe000_0001 ? { kind: 'local' } : drop('not a member of the group');
  if (isMulticast(source) || source === ipv4Broadcast) return drop('martian source [109]');
  if (destination === ipv4Broadcast || (source === 0 && destination === 0)) return { kind: 'local' };
  if (isUnspecified(source)) return drop('martian source [109]');
  if (isUnspecified(destination)) return drop('martian destination [109]');
  if (isLoopback(destination) && !host.ipv4Settings(input.name).routesLocalnet) return drop('martian destination [77]');
  if (isLoopback(source) && !isLoopback(destination) && !host.ipv4Settings(input.name).routesLocalnet)
    return drop('martian source [109]');
  const route = host.routing.find(destination, packet.mark, source);
  const forwards = host.ipv4Settings(input.name).forwards;
  if (route === undefined) return forwards ? unreachable(0, 'no route [116]') : dropLate('no route, and not a router');
  if (route.kind === 'broadcast' || route.kind === 'local') {
    return checkIpv4Source(host, input, packet, undefined) ?? { kind: 'local' }; // [113]
  }
  if (!forwards) return dropLate('forwarding is off for the incoming interface [110]');
  switch (route.kind) {
    case 'unreachable':
      return unreachable(1, 'the route says unreachable [116]');
    case 'prohibit':
      return unreachable(13, 'the route says prohibit [116]');
    case 'blackhole':
      return dropLate('the route says blackhole [116]');
    case 'unicast':
      break;
  }
  const refused = checkIpv4Source(host, input, packet, route.interface);
  if (refused !== undefined) return refused;
  return { kind: 'forward', route, redirect: wantsRedirect(host, input, packet, route) };
}

function unreachable(code: number, reason: string): InputWay {
  return { kind: 'error', type: 3, code, reason };
}

function checkIpv4Source(
  host: Host,
  input: NetworkInterface,
  packet: Packet,
  output: string | undefined,
): InputWay | undefined {
  const { source } = packet;
  const { rpFilter, acceptsLocal, sendsRedirects, checksMark } = host.ipv4Settings(input.name); // [108]
  const quick = rpFilter === 0 && (output !== input.name || !sendsRedirects);
  if (quick && acceptsLocal) return undefined;
  if (quick && !host.routing.hasOwnRules) {
    return host.routing.holds(source) ? drop('martian source: the host’s own address [109]') : undefined;
  }
  const mark = checksMark ? packet.mark : 0;
  const back = host.routing.find(source, mark, packet.destination);
  if (back === undefined) return rpFilter !== 0 ? drop('no route back to the source [108]') : undefined;
  if (back.kind === 'local') return acceptsLocal ? undefined : drop('martian source: the host’s own address [109]');
  if (back.kind !== 'unicast') return drop('martian source [109]');
  if (back.interface === input.name) return undefined;
  if (rpFilter === 0 || (rpFilter === 2 && hasIpv4Address(input))) return undefined;
  return drop('the route back to the source uses another interface [108]');
}

function hasIpv4Address({ addresses }: NetworkInterface): boolean {
  return addresses.some(({ address }) => typeof address === 'number');
}

/** Whether the sender, a neighbour itself, should have gone to the next hop directly [118]. */
function wantsRedirect(host: Host, input: NetworkInterface, packet: Packet, route: Route): boolean {
  if (route.interface !== input.name || !host.ipv4Settings(input.name).sendsRedirects) return false;
  const mark = host.ipv4Settings(input.name).checksMark ? packet.mark : 0;
  const { source, destination } = packet;
  const back = host.routing.find(source, mark, destination); // the way back is that of an answer, by the same policy rules
  if (back === undefined || !hasIpv4Address(input)) return false;
  const direct = back.interface === input.name ? back : host.routing.find(source, mark, destination, input.name);
  return direct?.kind === 'unicast' && direct.gateway === undefined;
}

function judgeIpv6(host: Host, input: NetworkInterface, packet: Packet): InputWay {
  const { source, destination } = packet;
  if (typeof destination !== 'bigint' || typeof source !== 'bigint') return drop('not IPv6');
  if (isMulticast(destination))
    return isMember(host, input, destination) ? { kind: 'local' } : drop('not a member of the group');
  if (isLoopback(destination))
    return { kind: 'error', type: 1, code: 0, reason: 'loopback is not reachable from outside [96]' };
  if (isLinkLocal(destination)) return judgeLinkLocal(host, input, destination);
  const route = host.routing.find(destination, packet.mark, source);
  if (route?.kind === 'local') return { kind: 'local' };
  const error = (code: number, reason: string): InputWay => ({ kind: 'error', type: 1, code, reason });
  if (route === undefined) return error(0, 'no route [116]');
  switch (route.kind) {
    case 'unreachable':
      return error(0, 'the route says unreachable [116]');
    case 'prohibit':
      return error(1, 'the route says prohibit [116]');
    case 'blackhole':
      return drop('the route says blackhole [116]');
    default:
      return { kind: 'forward', route, redirect: false };
  }
}

function judgeLinkLocal(host: Host, input: NetworkInterface, destination: bigint): InputWay {
  if (input.addresses.some(({ address }) => address === destination)) return { kind: 'local' };
  const route = host.routing.find(destination, 0, undefined, input.name);
  if (route === undefined) return drop('no link-local route');
  return { kind: 'forward', route, redirect: false };
}

function isMember(host: Host, input: NetworkInterface, group: bigint): boolean {
  if (group === allNodes || group === 0xff01_0000_0000_0000_0000_0000_0000_0001n) return true;
  if (group === allNodes + 1n) return host.setting('net.ipv6.conf.all.forwarding', 0) !== 0;
  return input.addresses.some(({ address }) => typeof address === 'bigint' && solicitedNode(address) === group);
}

/** Whether an address may stand as the source of a packet that deserves an answer. */
export function isAnswerable(source: AddressDatum): boolean {
  return !isUnspecified(source) && !isMulticast(source) && source !== ipv4Broadcast;
}
