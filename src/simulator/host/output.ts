/** Packets that a host makes itself: choosing way and source, the output hook, and leaving [52, 56, 74, 119]. */
import { allNodes, ipv4Broadcast, isLinkLocal, isLoopback, isMulticast, multicastMac } from '../packet/addresses.ts';
import type { AddressDatum } from '../packet/datum.ts';
import { formatDatum } from '../packet/describe.ts';
import type { Packet } from '../packet/packet.ts';
import type { NetworkInterface } from '../routing/interfaces.ts';
import { selectSource } from '../routing/source-address.ts';
import type { Route } from '../routing/tables.ts';
import type { SendResult } from './events.ts';
import { runHook } from './hooks.ts';
import type { Host } from './host.ts';
import { sendToNeighbour } from './neighbours.ts';
import { fragmentsFor } from './reassembly.ts';

export interface OwnPacketOptions {
  /** Send by this interface only. */
  readonly through?: string;
  /** The source address is not chosen yet. */
  readonly chooseSource?: boolean;
  /** The sender wrote the header itself (a raw socket): its source takes no part in choosing the way. */
  readonly rawHeader?: boolean;
  /** The kernel made it for one interface (neighbour discovery): postrouting sees that interface as its input, too. */
  readonly bound?: boolean;
}

/** Sends a packet of the host itself. */
export function sendOwn(host: Host, packet: Packet, options: OwnPacketOptions = {}): SendResult {
  const { through, chooseSource = false, rawHeader = false, bound = false } = options;
  const found = findWay(host, packet, through, chooseSource || rawHeader ? undefined : packet.source);
  if (typeof found === 'string') return found;
  let route = found;
  if (chooseSource || (rawHeader && packet.source === 0)) {
    const source = sourceFor(host, route, packet.destination);
    if (source === undefined) return 'EADDRNOTAVAIL';
    packet.source = source;
  }
  const forbidden = rawHeader ? undefined : checkSource(host, route, packet.source);
  if (forbidden !== undefined) return forbidden;
  noteRoute(host, route, packet.destination);
  let failure: SendResult = 'EPERM';
  const passed = runHook(host, hookFamily(packet), 'output', undefined, deviceOf(host, route), packet, {
    reroute: (changed) => {
      const next = findWay(host, changed, undefined, host.isLocal(changed.source) ? changed.source : undefined);
      const error = typeof next === 'string' ? next : checkSource(host, next, changed.source);
      if (typeof next === 'string' || error !== undefined) {
        failure = error ?? 'ENETUNREACH';
        host.drop(changed, `no way to its new destination (${failure})`);
        return failure;
      }
      route = next;
      noteRoute(host, route, changed.destination);
      return 'ok';
    },
  });
  if (passed === undefined) return failure;
  return leave(host, passed, route, undefined, bound) ? 'ok' : 'EPERM';
}

export function hookFamily(packet: Packet): 'ip' | 'ip6' {
  return packet.family === 'ipv6' ? 'ip6' : 'ip';
}

function noteRoute(host: Host, route: Route, destination: AddressDatum): void {
  if (host.world.trace === undefined) return;
  const via = route.gateway === undefined ? '' : ` via ${formatDatum(route.gateway)}`;
  host.note({
    kind: 'route',
    host: host.name,
    text: `${formatDatum(destination)}: ${route.kind}${via} ${route.interface}`,
  });
}

function findWay(
  host: Host,
  packet: Packet,
  through: string | undefined,
  source: AddressDatum | undefined,
): Route | SendResult {
  const { destination } = packet;
  const needsInterface = destination === ipv4Broadcast || isMulticast(destination) || isLinkLocal(destination);
  if (needsInterface && host.routing.localRoute(destination) === undefined) {
    const name = through ?? [...host.interfaces.values()].find((held) => held.up && held.kind !== 'loopback')?.name;
    if (name === undefined) return 'ENETUNREACH';
    const kind = destination === ipv4Broadcast ? 'broadcast' : 'unicast';
    return { kind, interface: name, gateway: undefined, preferredSource: undefined, scope: 253 };
  }
  const route = host.routing.find(destination, packet.mark, source, through);
  if (route === undefined) return 'ENETUNREACH';
  switch (route.kind) {
    case 'unreachable':
      return 'EHOSTUNREACH';
    case 'prohibit':
      return 'EACCES';
    case 'blackhole':
      return 'EINVAL';
    default:
      return route;
  }
}

/** The source that a host gives its own packets on a way. */
export function sourceFor(host: Host, route: Route, destination: AddressDatum): AddressDatum | undefined {
  if (route.preferredSource !== undefined && typeof destination === 'number') return route.preferredSource;
  const output = deviceOf(host, route);
  if (route.kind === 'local') return route.preferredSource;
  return route.preferredSource ?? selectSource(host.interfaces, output, destination, route.gateway, route.scope);
}

/** IPv4 loopback sources may not leave the host unless the interface has route_localnet [95]. */
function checkSource(host: Host, route: Route, source: AddressDatum): SendResult | undefined {
  if (typeof source !== 'number' || !isLoopback(source) || route.kind === 'local') return undefined;
  return host.ipv4Settings(route.interface).routesLocalnet ? undefined : 'EINVAL';
}

/** The interface that a packet leaves by: loopback for the host's own addresses [112]. */
export function deviceOf(host: Host, route: Route): NetworkInterface {
  const { loopback } = host;
  return route.kind === 'local' ? loopback : (host.interfaces.get(route.interface) ?? loopback);
}

/** The end of the way out: postrouting, cutting to size, and the link layer. False when a rule dropped it. */
export function leave(
  host: Host,
  packet: Packet,
  route: Route,
  input: NetworkInterface | undefined,
  bound = false,
): boolean {
  const output = deviceOf(host, route);
  const isGroup = route.kind === 'broadcast' || isMulticast(packet.destination);
  if (isGroup && input === undefined && hears(packet.destination)) loopBack(host, packet, output);
  const seen = bound ? output : input;
  const passed = runHook(host, hookFamily(packet), 'postrouting', seen, output, packet);
  if (passed === undefined) return false;
  transmitRouted(host, passed, route, output);
  return true;
}

/** Whether the sender itself gets a copy: broadcasts and the groups that every host is in. */
function hears(destination: AddressDatum): boolean {
  return !isMulticast(destination) || destination === allNodes || destination === 0xe000_0001;
}

function loopBack(host: Host, packet: Packet, output: NetworkInterface): void {
  const copy = packet.clone();
  const passed = runHook(host, hookFamily(copy), 'postrouting', undefined, output, copy);
  if (passed !== undefined)
    host.world.enqueue({ kind: 'loop-back', host: host.name, interface: output.name, packet: passed });
}

function transmitRouted(host: Host, packet: Packet, route: Route, output: NetworkInterface): void {
  if (route.kind === 'local') packet.localInterface = route.interface;
  for (const piece of fragmentsFor(packet, output.mtu)) {
    if (route.kind === 'broadcast') sendToNeighbour(host, output, undefined, piece, 'ff:ff:ff:ff:ff:ff');
    else if (isMulticast(piece.destination))
      sendToNeighbour(host, output, undefined, piece, multicastMac(piece.destination));
    else sendToNeighbour(host, output, route.gateway ?? piece.destination, piece, undefined);
  }
}
