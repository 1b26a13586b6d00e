/** What a policy means against what its rules do to the same packet. */
import { isLan } from '../../model/lan.ts';
import { addressKey, formatAddress, sameAddress } from '../../net/address.ts';
import { protocolNumbers } from '../../net/protocol.ts';
import type { Atlas } from '../../policy/atlas.ts';
import type { Decision, Receiver } from '../../policy/decide.ts';
import type { Flow } from '../../policy/flow.ts';
import { isBehindTunnel } from '../../policy/tunnel.ts';
import type { PacketView } from '../../simulator/packet/input.ts';
import type { SimulatedReceiver, SimulatedWay } from './judged-way.ts';

/**
 * Whether meaning and rules speak of the same: not where nobody is there to receive the packet, where the host has no route
 * (what it answers then is not for the rules to say), or where a container speaks to itself with its own address.
 */
export function isComparable(atlas: Atlas, flow: Flow, decision: Decision): boolean {
  const { receiver } = decision;
  if (receiver.kind === 'network') return false;
  if (isBetweenTunnelled(atlas, flow, receiver) || comesOutOfCut(atlas, flow)) return false;
  if (isPastTheHost(atlas, flow, receiver)) return false;
  if (atlas.host.interfaces.length > 0 && atlas.routing.lookup(decision.destination) === undefined) {
    const side = receiver.kind === 'container' ? receiver.endpoint.network.bridge : undefined;
    const sender = atlas.networkOfBridge.get(flow.arrivesBy ?? '');
    const lan = receiver.kind === 'outside' && sender !== undefined && isLan(sender) ? receiver.interface : undefined;
    if (flow.arrivesBy === undefined || ![side, lan].includes(flow.arrivesBy)) return false;
  }
  const isolated = receiver.kind === 'container' && receiver.endpoint.network.gatewayMode === 'isolated';
  if (isolated && flow.arrivesBy !== receiver.endpoint.network.bridge) return false;
  const itself = receiver.kind === 'container' ? receiver.endpoint.addresses[flow.source.family] : undefined;
  if (itself !== undefined && sameAddress(itself, flow.source) && decision.source !== undefined)
    return !sameAddress(decision.source, flow.source);
  return decision.verdict !== 'rejected' || isAnswered(atlas, flow);
}

/** Containers behind one tunnel speak to each other where they are. */
function isBetweenTunnelled({ endpointOfAddress, tunnels }: Atlas, { source }: Flow, receiver: Receiver): boolean {
  const sender = endpointOfAddress.get(addressKey(source));
  if (sender === undefined || receiver.kind !== 'container') return false;
  return isBehindTunnel(tunnels, sender) && isBehindTunnel(tunnels, receiver.endpoint);
}

/** No frame comes out of a tunnel whose datagrams are denied. */
function comesOutOfCut({ endpointOfAddress, tunnels }: Atlas, { source }: Flow): boolean {
  const sender = endpointOfAddress.get(addressKey(source));
  return sender !== undefined && tunnels.cuts.outOf.has(sender);
}

/** What is sent on a NIC by macvlan, over a wire between containers, or from a machine of a LAN to another, no host sees. */
function isPastTheHost(
  { networkOfBridge, containersOnWire, endpointOfAddress }: Atlas,
  flow: Flow,
  receiver: Receiver,
): boolean {
  const sender = networkOfBridge.get(flow.arrivesBy ?? '');
  if (sender !== undefined && containersOnWire.has(sender)) return true;
  const isMachine = sender !== undefined && isLan(sender) && !endpointOfAddress.has(addressKey(flow.source));
  if (isMachine && receiver.kind === 'outside' && receiver.interface === sender.bridge) return true;
  if (sender?.networkKind !== 'macvlan') return false;
  const side = receiver.kind === 'container' ? receiver.endpoint.network.bridge : undefined;
  return side === sender.bridge || (receiver.kind === 'outside' && receiver.interface === sender.bridge);
}

/**
 * Whether what the host says to a source goes back the way the packet came, and whether it says it at all: about a packet that
 * would leave where it came from, the kernel speaks of a better way first, and is then silent for a while [118, 128]. Hosts
 * say nothing into their tunnels: a container behind one has been refused by its own host before.
 */
function isAnswered(atlas: Atlas, { source, destination, arrivesBy, protocol }: Flow): boolean {
  if (arrivesBy === undefined) return true;
  const { routing, endpointOfAddress, tunnels } = atlas;
  const sender = endpointOfAddress.get(addressKey(source));
  if (sender !== undefined && isBehindTunnel(tunnels, sender)) return false;
  const back = routing.lookup(source);
  const onward = routing.lookup(destination);
  const redirects = typeof onward === 'object' && onward.interface === arrivesBy && protocol !== protocolNumbers.tcp;
  return typeof back === 'object' && back.interface === arrivesBy && !redirects;
}

/** What disagrees, in words; undefined when meaning and rules agree in every way that things may go. */
export function disagreement(flow: Flow, decision: Decision, ways: readonly SimulatedWay[]): string | undefined {
  for (const way of ways) if (!agrees(flow, decision, way)) return describeWay(way);
  return ways.length === 0 ? 'the rules say nothing about it' : undefined;
}

function agrees(flow: Flow, decision: Decision, way: SimulatedWay): boolean {
  if (way.verdict !== decision.verdict) return false;
  if (way.verdict === 'rejected') return way.answer !== undefined && isRejection(flow, way.answer);
  if (way.verdict !== 'allowed') return true;
  const { packet, receiver } = way;
  if (packet === undefined || receiver === undefined || !isSameReceiver(decision.receiver, receiver)) return false;
  const portFits = decision.destinationPort === undefined || packet.destinationPort === decision.destinationPort;
  const sourceFits = decision.source === undefined || sameAddress(packet.source, decision.source);
  return sameAddress(packet.destination, decision.destination) && portFits && sourceFits;
}

/** "Reject answers TCP with a reset, everything else with port unreachable" (ICMP 3/3, ICMPv6 1/4). */
function isRejection(flow: Flow, answer: PacketView): boolean {
  if (flow.protocol === protocolNumbers.tcp) return answer.protocol === protocolNumbers.tcp && (answer.flags & 4) !== 0;
  return answer.protocol === protocolNumbers.icmp
    ? answer.type === 3 && answer.code === 3
    : answer.type === 1 && answer.code === 4;
}

function isSameReceiver(meant: Receiver, receiver: SimulatedReceiver): boolean {
  switch (meant.kind) {
    case 'host':
      return receiver.kind === 'host';
    case 'container':
      return receiver.kind === 'container' && receiver.endpoint === meant.endpoint;
    case 'network':
      return receiver.kind === 'ports';
    case 'outside':
      return isOutside(meant.interface, receiver);
  }
}

/** Networks that ctfw does not manage are outside too, container by container. */
function isOutside(name: string | undefined, receiver: SimulatedReceiver): boolean {
  if (receiver.kind === 'host') return false;
  if (receiver.kind === 'outside') return name === undefined || receiver.interface === name;
  if (receiver.kind === 'ports') return true;
  return name === undefined || receiver.endpoint.network.bridge === name;
}

/** A way in words: `delivered to container web as 172.17.0.2 port 80 from 198.51.100.1`. */
export function describeWay({ verdict, receiver, packet, reason }: SimulatedWay): string {
  if (verdict !== 'allowed' || packet === undefined) return `${verdict} (${reason})`;
  const port = packet.destinationPort === 0 ? '' : ` port ${packet.destinationPort}`;
  return `delivered to ${nameOf(receiver)} as ${formatAddress(packet.destination)}${port} from ${formatAddress(packet.source)}`;
}

function nameOf(receiver: SimulatedReceiver | undefined): string {
  switch (receiver?.kind) {
    case 'host':
      return 'the host';
    case 'container':
      return `container ${receiver.endpoint.container}`;
    case 'ports':
      return `bridge port ${receiver.ports.join(', ')}`;
    case 'outside':
      return `the outside (${receiver.interface})`;
    case undefined:
      return 'nobody';
  }
}

/** What is meant, in the same words. */
export function describeDecision({
  verdict,
  receiver,
  destination,
  destinationPort,
  source,
  because,
}: Decision): string {
  if (verdict !== 'allowed') return `${verdict} (${because.text})`;
  const who =
    receiver.kind === 'container'
      ? `container ${receiver.endpoint.container}`
      : receiver.kind === 'host'
        ? 'the host'
        : 'the outside';
  const port = destinationPort === undefined ? '' : ` port ${destinationPort}`;
  return `delivered to ${who} as ${formatAddress(destination)}${port}${source === undefined ? '' : ` from ${formatAddress(source)}`} (${because.text})`;
}
