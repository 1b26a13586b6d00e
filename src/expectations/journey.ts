/** A flow through several hosts: each judges the packet as it arrives there, and the first that refuses it ends the journey. */
import type { HostView } from '../host-view/host-view.ts';
import { isBridgedLan, isLan } from '../model/lan.ts';
import type { CheckedModel, Host } from '../model/model.ts';
import { hostAddresses } from '../model/placement.ts';
import { type Address, addressKey, sameAddress } from '../net/address.ts';
import { prefixContains } from '../net/prefix.ts';
import { datagram } from '../policy/cut-tunnel.ts';
import { type Decision, decide, type Meaning } from '../policy/decide.ts';
import type { Flow } from '../policy/flow.ts';
import { isBehindTunnel } from '../policy/tunnel.ts';
import type { Judged } from './evaluate.ts';

/** One host of a policy with what its part of the policy means. */
export interface Station {
  readonly host: Host;
  readonly model: CheckedModel;
  readonly view: HostView;
  readonly meaning: Meaning;
}

/** All hosts of a policy, and whose address is whose. */
export interface Itinerary {
  readonly policy: CheckedModel;
  readonly stations: readonly Station[];
  readonly stationOfAddress: ReadonlyMap<string, Station>;
  readonly stationOfHost: ReadonlyMap<string, Station>;
}

/** What one host made of the packet. */
export interface Passage<Verdict extends Judged = Decision> {
  readonly station: Station;
  readonly flow: Flow;
  readonly decision: Verdict;
}

export interface Journey<Verdict extends Judged = Decision> {
  readonly passages: readonly Passage<Verdict>[];
  /** The verdict of the last host that saw the packet, which is that of the whole way; with several, its reason names the host. */
  readonly decision: Verdict;
}

export function itineraryOf(policy: CheckedModel, stations: readonly Station[]): Itinerary {
  const stationOfAddress = new Map<string, Station>();
  for (const station of stations)
    for (const { address } of hostAddresses(policy, station.host))
      if (!stationOfAddress.has(addressKey(address))) stationOfAddress.set(addressKey(address), station);
  const stationOfHost = new Map(stations.map((station) => [station.host.name, station]));
  return { policy, stations, stationOfAddress, stationOfHost };
}

/** Follows a flow by the meaning of the policy, from the host where it starts, or arrives first. No host is passed twice. */
export function travel(itinerary: Itinerary, start: Station, first: Flow): Journey {
  const passages: Passage[] = [];
  const passed = new Set<Station>();
  let next: { readonly station: Station; readonly flow: Flow } | undefined = { station: start, flow: first };
  while (next !== undefined && !passed.has(next.station)) {
    const { station, flow }: { readonly station: Station; readonly flow: Flow } = next;
    passed.add(station);
    const decision = carried(itinerary, station, decide(station.meaning, flow));
    passages.push({ station, flow, decision });
    next = decision.verdict === 'allowed' ? onwards(itinerary, station, flow, decision) : undefined;
  }
  const last = passages.at(-1);
  if (last === undefined) throw new RangeError('a journey begins somewhere');
  return {
    passages,
    decision: itinerary.stations.length < 2 ? last.decision : namingHost(last.decision, last.station.host.name),
  };
}

/** With several hosts, a reason says whose it is. */
export function namingHost<Verdict extends Judged>(decision: Verdict, host: string): Verdict {
  const { text, span } = decision.because;
  return { ...decision, because: { text: `${text} (on ${host})`, span } };
}

/** The next host that an allowed packet comes to, and how it looks there. */
function onwards(
  itinerary: Itinerary,
  station: Station,
  flow: Flow,
  decision: Judged,
): { readonly station: Station; readonly flow: Flow } | undefined {
  const { receiver, destination, destinationPort, source } = decision;
  if (receiver.kind === 'container') return throughTunnel(itinerary, station, flow, decision);
  if (receiver.kind !== 'outside' || source === undefined) return undefined;
  const via = nextHopOf(station, flow, decision);
  const owner =
    itinerary.stationOfAddress.get(addressKey(destination)) ??
    (via === undefined ? undefined : itinerary.stationOfAddress.get(addressKey(via)));
  const lan = owner === undefined && via === undefined ? onLan(itinerary, destination) : undefined;
  const next = owner ?? lan?.station;
  if (next === undefined || next === station) return undefined;
  const arrivesBy = lan?.bridge ?? arrivalInterface(next, [via ?? destination, destination]);
  if (arrivesBy === undefined) return undefined;
  return { station: next, flow: { ...flow, arrivesBy, source, destination, destinationPort } };
}

/** The router that a host sends an allowed packet to, or that a container on a LAN has sent it to past its host. */
function nextHopOf({ meaning }: Station, { arrivesBy }: Flow, { destination, receiver }: Judged): Address | undefined {
  const { networkOfBridge, routing } = meaning.atlas;
  const sender = networkOfBridge.get(arrivesBy ?? '');
  if (sender !== undefined && isLan(sender) && receiver.kind === 'outside' && receiver.interface === sender.bridge) {
    const subnet = sender.subnets[destination.family];
    return subnet === undefined || prefixContains(subnet.prefix, destination) ? undefined : subnet.gateway;
  }
  const route = routing.lookup(destination);
  return typeof route === 'object' ? route.via : undefined;
}

/** A container that is on the LAN itself is reached through the bridge of its host. */
function onLan(
  { policy, stationOfHost }: Itinerary,
  address: Address,
): { readonly station: Station; readonly bridge: string } | undefined {
  for (const { host, endpoints } of policy.containers)
    for (const { network, addresses } of endpoints) {
      const own = addresses[address.family];
      const station = stationOfHost.get(host ?? '');
      if (!isBridgedLan(network) || own === undefined || station === undefined) continue;
      if (sameAddress(own, address)) return { station, bridge: network.bridge };
    }
  return undefined;
}

/**
 * What a host bridges into a tunnel travels in datagrams of its own, to the address of the other end; whoever stops these
 * stops it too, be it a host on their way.
 */
function carried(itinerary: Itinerary, station: Station, decision: Decision): Decision {
  const { receiver } = decision;
  if (decision.verdict !== 'allowed' || receiver.kind !== 'container') return decision;
  if (!isBehindTunnel(station.meaning.atlas.tunnels, receiver.endpoint)) return decision;
  const { network, container } = receiver.endpoint;
  const home = itinerary.policy.containers.find(({ name }) => name === container)?.host;
  const tunnel = station.model.elsewhere?.tunnels.find((one) => one.network === network);
  const peer = tunnel?.peers.find(({ host }) => host === home);
  if (tunnel?.local === undefined || peer === undefined) return decision;
  const outer = travel(itinerary, station, { ...datagram(tunnel.local, peer.address), arrivesBy: undefined }).decision;
  if (outer.verdict === 'allowed') return decision;
  const { text, span } = outer.because;
  return { ...decision, verdict: 'blocked', because: { text: `the tunnel to ${peer.host} is cut: ${text}`, span } };
}

/** Bridged into a tunnel, a frame comes out on the bridge of the same network, on the host of the container. */
function throughTunnel(
  { policy, stationOfHost }: Itinerary,
  station: Station,
  flow: Flow,
  { receiver }: Judged,
): { readonly station: Station; readonly flow: Flow } | undefined {
  if (receiver.kind !== 'container' || !isBehindTunnel(station.meaning.atlas.tunnels, receiver.endpoint))
    return undefined;
  const container = policy.containers.find(({ name }) => name === receiver.endpoint.container);
  const other = stationOfHost.get(container?.host ?? '');
  return other === undefined ? undefined : { station: other, flow };
}

/** The outside interface by which packets for the first of these addresses that the host holds come in. */
export function arrivalInterface({ view, meaning, model }: Station, addresses: readonly Address[]): string | undefined {
  for (const address of addresses) {
    const holder = view.interfaces.find((one) =>
      one.addresses.some((held) => addressKey(held.address) === addressKey(address)),
    );
    const network = holder && meaning.atlas.networkOfBridge.get(holder.name);
    if (holder !== undefined && (network === undefined || isLan(network))) return holder.name;
  }
  return model.hosts[0]?.interfaces.find(({ name }) => name !== 'lo')?.name;
}
