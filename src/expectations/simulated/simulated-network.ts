/** All hosts of a policy with their rules in one simulation: a packet goes over cables, trunks and tunnels from host to host. */
import type { CheckedModel, Endpoint } from '../../model/model.ts';
import { type Address, sameAddress } from '../../net/address.ts';
import { type MacAddress, parseMac } from '../../net/mac.ts';
import { prefixContains } from '../../net/prefix.ts';
import type { Flow } from '../../policy/flow.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { ChainOrder } from '../../simulator/host/hook-lists.ts';
import type { PacketInput, PacketView } from '../../simulator/packet/input.ts';
import { createSimulation, type Simulation } from '../../simulator/simulation.ts';
import { arrivalInterface, type Station } from '../journey.ts';
import { type CableEnd, cablesOf } from './cables.ts';
import { judgeWay, type SimulatedWay } from './judged-way.ts';
import { containerAt, lanMac, type Places, placesOf } from './places.ts';
import { type Entrance, packetOf, pauseMs, SimulatedHost } from './simulated-host.ts';
import { inhabitantsOf, LinkAddresses, macsBehind, neighboursOn } from './surroundings.ts';

/** A host of the policy, and the rules that it has. */
export interface Member {
  readonly station: Station;
  readonly rulesets: readonly Ruleset[];
  /** Rules found on a host have no known order [4]. */
  readonly chainOrder?: ChainOrder;
}

export class SimulatedNetwork {
  private readonly simulation: Simulation;
  private readonly places: ReadonlyMap<string, Places>;
  private readonly hosts: ReadonlyMap<string, SimulatedHost>;
  private readonly stations: readonly Station[];
  private readonly hearers = new Map<Endpoint, readonly Endpoint[]>();

  constructor(policy: CheckedModel, members: readonly Member[]) {
    const stations = members.map(({ station }) => station);
    this.stations = stations;
    const macs = new LinkAddresses(policy, stations);
    const views = new Map(stations.map(({ host, view }) => [host.name, view]));
    const cables = cablesOf(policy, views);
    this.places = new Map(
      members.map(({ station }) => {
        const { name } = station.host;
        const surroundings = {
          macOf: (owner: Endpoint | string) =>
            typeof owner === 'string' ? macs.ofInterface(name, owner) : macs.of(owner),
          neighbours: neighboursOn(policy, cables, name, macs),
        };
        return [name, placesOf(station.view, inhabitantsOf(policy, station), surroundings)];
      }),
    );
    const placesAt = (host: string): Places | undefined => this.places.get(host);
    this.simulation = createSimulation({
      hosts: [...this.places.values()].map(({ view }) => ({ view })),
      segments: cables.map((ends) => ({
        ends: ends.map((end) => ({ host: end.host, interface: end.nic.name, macs: macsBehind(policy, end, macs) })),
      })),
    });
    this.introduce(policy, cables, macs);
    this.hosts = new Map(
      members.map(({ station, rulesets, chainOrder }) => {
        const { name } = station.host;
        const places = this.places.get(name);
        if (places === undefined) throw new RangeError(`no places of ${name}`);
        return [name, new SimulatedHost(places, rulesets, chainOrder, { simulation: this.simulation, placesAt })];
      }),
    );
  }

  /** Bridges, switches and tunnels learn where everyone is from first frames to everybody; no rules are loaded yet. */
  private introduce(policy: CheckedModel, cables: readonly (readonly CableEnd[])[], macs: LinkAddresses): void {
    for (const [host, places] of this.places)
      for (const endpoint of places.endpoints) {
        const port = places.portOf(endpoint);
        const isTunnel = places.view.interfaces.some(({ name, tunnel }) => name === port && tunnel !== undefined);
        const [source] = Object.values(endpoint.addresses);
        if (port === undefined || isTunnel || source === undefined) continue;
        this.simulation.receive(host, port, helloFrom(source, macs.of(endpoint)));
      }
    for (const ends of cables)
      for (const { host, nic, holder } of ends) {
        const others = ends.filter((other) => other.nic !== nic).flatMap((other) => macsBehind(policy, other, macs));
        const [held] = holder.addresses;
        if (holder === nic || held === undefined) continue;
        const [source, destination] = [held.address, held.address];
        for (const sourceMac of [...others, lanMac])
          this.simulation.receive(host, nic.name, { source, destination, protocol: experimental, sourceMac });
      }
    for (const host of this.places.keys()) this.simulation.flushConnections(host);
  }

  /** The container behind a port of a host. */
  readonly containerAt = (port: string, host: string): string | undefined => {
    const places = this.places.get(host);
    return places && containerAt(places)(port);
  };

  /** Where a flow enters a host; undefined where the host has no such place. */
  entranceOf(host: string, flow: Flow): Entrance | undefined {
    return this.hosts.get(host)?.entranceOf(flow);
  }

  /** The first packet of a flow, all the way; connections of earlier flows are forgotten on every host. */
  first(host: string, flow: Flow, entrance: Entrance, options: { readonly trace: boolean }): readonly SimulatedWay[] {
    for (const name of this.hosts.keys()) this.simulation.flushConnections(name);
    return this.carriedOn(this.hosts.get(host)?.first(flow, entrance, options) ?? [], options, new Set([host]));
  }

  /** A further packet, by whatever host and entrance; connections stay. */
  send(
    host: string,
    packet: PacketInput,
    entrance: Entrance,
    options: { readonly trace: boolean },
  ): readonly SimulatedWay[] {
    return this.carriedOn(this.hosts.get(host)?.send(packet, entrance, options) ?? [], options, new Set([host]));
  }

  /** What leaves for the address of another host that is on no common link: the networks outside lead there. */
  private carriedOn(
    ways: readonly SimulatedWay[],
    options: { readonly trace: boolean },
    passed: Set<string>,
  ): readonly SimulatedWay[] {
    const [way, ...others] = ways;
    if (way?.receiver?.kind !== 'outside' || way.packet === undefined || others.length > 0) return ways;
    const { packet, receiver, host: from = '' } = way;
    const owner = this.stations.find(({ host }) => this.places.get(host.name)?.holds(packet.destination));
    const by = owner && arrivalInterface(owner, [packet.destination]);
    if (owner === undefined || by === undefined || passed.has(owner.host.name)) return ways;
    const { name } = owner.host;
    const entrance = this.entranceOf(name, { ...flowOf(packet), arrivesBy: by });
    const arrived = entrance && this.hosts.get(name)?.send(inputOf(packet), entrance, options);
    if (arrived === undefined) return ways;
    const crossing = { from: { host: from, interface: receiver.interface }, to: { host: name, interface: by }, packet };
    const joined = arrived.map((next) => ({
      ...next,
      steps: [...way.steps, ...next.steps],
      choices: [...way.choices, ...next.choices],
      crossings: [...(way.crossings ?? []), crossing, ...(next.crossings ?? [])],
    }));
    return this.carriedOn(joined, options, passed.add(name));
  }

  /** The first packet of a flow from a container's place on a switch: to whoever hears it ask for its next hop. */
  firstInside(sender: Endpoint, flow: Flow, options: { readonly trace: boolean }): readonly SimulatedWay[] {
    const at = this.portOf(sender);
    if (at === undefined) return [];
    const nextHop = nextHopOf(sender, flow.destination);
    const neighbour = this.heardBy(sender).find((other) => nextHop !== undefined && holds(other, nextHop));
    if (neighbour === undefined) return [stopped('nobody on its network answers for the next hop')];
    if (!holds(neighbour, flow.destination))
      return [stopped(`its next hop is container ${neighbour.container}, which forwards nothing`)];
    this.simulation.advance(pauseMs);
    const packet = { ...packetOf(flow), ...framed(at.places.macOf(sender), this.macOf(neighbour)) };
    const { ways } = this.simulation.receive(at.host, at.port, packet, options);
    return ways.map((way) => judgeWay(way, (host) => this.places.get(host)));
  }

  /** Who hears what a container says to everybody on its switch: nobody else can answer it. */
  private heardBy(sender: Endpoint): readonly Endpoint[] {
    const known = this.hearers.get(sender);
    if (known !== undefined) return known;
    const at = this.portOf(sender);
    const [source] = Object.values(sender.addresses);
    if (at === undefined || source === undefined) return [];
    const [way] = this.simulation.receive(at.host, at.port, helloFrom(source, at.places.macOf(sender))).ways;
    const hearers = (way?.outcomes ?? []).flatMap((outcome) => {
      if (outcome.kind !== 'left') return [];
      return this.places.get(outcome.host)?.endpointAt(outcome.interface) ?? [];
    });
    this.hearers.set(sender, hearers);
    return hearers;
  }

  private portOf(
    endpoint: Endpoint,
  ): { readonly host: string; readonly port: string; readonly places: Places } | undefined {
    for (const [host, places] of this.places) {
      const port = places.portOf(endpoint);
      if (port !== undefined) return { host, port, places };
    }
    return undefined;
  }

  private macOf(endpoint: Endpoint): MacAddress | undefined {
    return this.portOf(endpoint)?.places.macOf(endpoint);
  }
}

/** A packet as it was when it left a host. */
function inputOf({ inner: _, encapsulated: __, randomSourcePort: ___, ...packet }: PacketView): PacketInput {
  return packet;
}

function flowOf({ source, destination, protocol, sourcePort, destinationPort, type }: PacketView): Flow {
  return { arrivesBy: undefined, source, destination, protocol, sourcePort, destinationPort, icmpType: type };
}

/** RFC 3692: a protocol that nothing answers. */
const experimental = 253;
const broadcast = parseMac('ff:ff:ff:ff:ff:ff');

function framed(
  sourceMac: MacAddress | undefined,
  destinationMac: MacAddress | undefined,
): Pick<PacketInput, 'sourceMac' | 'destinationMac'> {
  return { ...(sourceMac && { sourceMac }), ...(destinationMac && { destinationMac }) };
}

function stopped(reason: string): SimulatedWay {
  const nothing = { receiver: undefined, packet: undefined, answer: undefined, place: undefined };
  return { verdict: 'blocked', ...nothing, reason, steps: [], choices: [] };
}

function nextHopOf({ network }: Endpoint, destination: Address): Address | undefined {
  const subnet = network.subnets[destination.family];
  if (subnet === undefined) return undefined;
  return prefixContains(subnet.prefix, destination) ? destination : subnet.gateway;
}

function holds({ addresses }: Endpoint, address: Address): boolean {
  const own = addresses[address.family];
  return own !== undefined && sameAddress(own, address);
}

/** A container says to everybody that it is there; what it says is for its own address, so no host takes it in. */
function helloFrom(source: Address, sourceMac: MacAddress | undefined): PacketInput {
  return { source, destination: source, protocol: experimental, ...framed(sourceMac, broadcast) };
}
