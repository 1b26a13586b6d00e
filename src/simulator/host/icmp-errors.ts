/** ICMP errors and redirects that a host makes [116-118, 121, 122, 128]. */
import { attach } from '../conntrack/track.ts';
import { isMulticast } from '../packet/addresses.ts';
import type { AddressDatum } from '../packet/datum.ts';
import { isIcmpError, Packet } from '../packet/packet.ts';
import type { NetworkInterface } from '../routing/interfaces.ts';
import { takeErrorToken, takeRedirect } from './error-budget.ts';
import type { Host } from './host.ts';
import { isAnswerable } from './input-route.ts';
import { type OwnPacketOptions, sendOwn } from './output.ts';

export interface ErrorKind {
  readonly type: number;
  readonly code: number;
  readonly input?: NetworkInterface;
  readonly mtu?: number;
  /** The packet had been delivered, and its connection forgotten: conntrack finds it again [53]. */
  readonly delivered?: boolean;
  /** The packet had not been routed: whether its destination is the host's own is not known. */
  readonly unrouted?: boolean;
}

/** Answers a packet with an ICMP or ICMPv6 error, unless the packet is one that gets none. */
export function sendIcmpError(host: Host, about: Packet, kind: ErrorKind): void {
  if (!deservesError(host, about, kind)) return;
  const isIpv6 = about.family === 'ipv6';
  const error = new Packet();
  error.family = about.family;
  error.protocol = isIpv6 ? 58 : 1;
  error.type = kind.type;
  error.code = kind.code;
  error.mtu = kind.mtu ?? 0;
  error.destination = about.source;
  error.inner = innerOf(about);
  error.tag = about.tag;
  error.trafficClass = isIpv6 ? 0 : 0xc0 | (about.trafficClass & 0x1e); // [150]
  if (!kind.delivered) attach(error, about);
  if (!allowed(host, error, isIpv6)) return;
  const addressed = host.routing.localRoute(about.destination);
  const known = isIpv6 || !kind.unrouted;
  const named = known && addressed !== undefined && !isMulticast(about.destination);
  if (named) error.source = about.destination; // [122]
  const through = isIpv6 && isLinkLocalDestination(about.source) ? kind.input?.name : undefined;
  sendIcmp(host, error, { chooseSource: !named, ...(through === undefined ? {} : { through }) });
}

/** Sends an ICMP message of the kernel's. What happens to it on its way out makes no further one: the kernel sends one at a time [151]. */
export function sendIcmp(host: Host, message: Packet, options: OwnPacketOptions): void {
  host.sendsIcmp = true;
  sendOwn(host, message, options);
  host.sendsIcmp = false;
}

function isLinkLocalDestination(address: AddressDatum): boolean {
  return typeof address === 'bigint' && address >> 118n === 0x3fan;
}

/** What the error carries: the packet as it is now, without what the kernel keeps beside it. */
function innerOf(about: Packet): Packet {
  const inner = about.clone();
  inner.scrub();
  inner.inner = undefined;
  return inner;
}

function isPortUnreachable({ family }: Packet, { type, code }: ErrorKind): boolean {
  return family === 'ipv6' ? type === 1 && code === 4 : type === 3 && code === 3;
}

/** ICMP messages that may be answered with an error: queries and their answers. */
const answerableIcmp: ReadonlySet<number> = new Set([0, 8, 13, 14, 15, 16, 17, 18]);

function deservesError(host: Host, about: Packet, kind: ErrorKind): boolean {
  if (host.sendsIcmp || about.family === 'arp' || !isAnswerable(about.source)) return false;
  if (isPortUnreachable(about, kind) && host.endpoints.isQuiet(about.destinationPort)) return false;
  if ((about.fragment?.offset ?? 0) > 0) return false;
  if (isIcmpError(about) || (about.protocol === 1 && !answerableIcmp.has(about.type))) return false;
  if (about.family === 'ipv4') {
    if (about.packetType !== 'host' || isMulticast(about.destination)) return false;
    return host.routing.broadcastRoute(about.destination) === undefined && about.destination !== 0xffff_ffff;
  }
  return !isMulticast(about.destination) || kind.type === 2;
}

/** Errors wait for tokens: one a second and destination by default, six at once [128]. */
function allowed(host: Host, error: Packet, isIpv6: boolean): boolean {
  if (host.isLocal(error.destination)) return true;
  if (!isIpv6 && ((error.type === 3 && error.code === 4) || !limitedTypes.has(error.type))) return true;
  if (isIpv6 && error.type === 2) return true;
  return takeErrorToken(host, error.destination, isIpv6 ? ipv6Interval(host, error) : ipv4Interval(host));
}

/** ICMP types of the default icmp_ratemask. */
const limitedTypes: ReadonlySet<number> = new Set([3, 4, 11, 12]);

const ipv4Interval = (host: Host): number => host.setting('net.ipv4.icmp_ratelimit', 1000);

/** Wider routes get more: the interval is halved for every 32 bits that the destination's route is shorter than an address. */
function ipv6Interval(host: Host, error: Packet): number {
  const route = host.routing.find(error.destination);
  return host.setting('net.ipv6.icmp.ratelimit', 1000) >> ((128 - (route?.prefixLength ?? 128)) >> 5);
}

/** Tells a sender that the next hop is its own neighbour [118]. */
export function sendRedirect(host: Host, about: Packet): void {
  if (takeRedirect(host, about.source)) sendIcmpError(host, about, { type: 5, code: 1 });
}
