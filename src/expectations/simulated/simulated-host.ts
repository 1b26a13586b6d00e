/** One host with rules, simulated: flows in as the policy speaks of them, what becomes of them out. */
import type { Endpoint } from '../../model/model.ts';
import { type Address, addressKey } from '../../net/address.ts';
import { protocolNumbers } from '../../net/protocol.ts';
import type { Flow } from '../../policy/flow.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { ChainOrder } from '../../simulator/host/hook-lists.ts';
import type { PacketInput } from '../../simulator/packet/input.ts';
import { createSimulation, type Simulation } from '../../simulator/simulation.ts';
import { unnamedInterface } from '../universe.ts';
import { judgeWay, type SimulatedWay } from './judged-way.ts';
import { lanMac, nextMac, type Places } from './places.ts';

/** How a flow enters the host. */
export type Entrance =
  | { readonly kind: 'host' }
  | { readonly kind: 'interface'; readonly name: string }
  | { readonly kind: 'container'; readonly endpoint: Endpoint; readonly port: string };

/** Time between two flows: what kernels ration by the second is there again. */
export const pauseMs = 5000;

export class SimulatedHost {
  readonly places: Places;
  private readonly simulation: Simulation;
  private readonly placesAt: (host: string) => Places | undefined;

  /**
   * `chainOrder`: of rules found on a host nobody knows which chain of a priority was registered first [4]. `among`: the
   * simulation of several hosts that this one is part of, and the places of each.
   */
  constructor(
    places: Places,
    rulesets: readonly Ruleset[],
    chainOrder: ChainOrder = 'known',
    among?: { readonly simulation: Simulation; readonly placesAt: (host: string) => Places | undefined },
  ) {
    this.places = places;
    this.simulation = among?.simulation ?? createSimulation({ hosts: [{ view: places.view }] });
    this.placesAt = among?.placesAt ?? (() => places);
    if (among === undefined) this.introduceContainers();
    this.simulation.loadRules(places.view.name, rulesets, chainOrder);
  }

  /** Bridges learn where containers are from their first frames; no rules are loaded yet. */
  private introduceContainers(): void {
    for (const endpoint of this.places.endpoints) {
      const [source] = Object.values(endpoint.addresses);
      const port = this.places.portOf(endpoint);
      if (source === undefined || port === undefined) continue;
      // a packet from an address to itself is taken in by nobody
      const hello: PacketInput = {
        source,
        destination: source,
        protocol: experimental,
        ...this.macs(endpoint, undefined),
      };
      this.simulation.receive(this.places.view.name, port, hello);
    }
    for (const [bridge, nic] of this.places.nicOf) {
      const source = this.places.interfaceNamed(bridge)?.addresses[0]?.address;
      if (source === undefined) continue;
      const hello: PacketInput = { source, destination: source, protocol: experimental, sourceMac: lanMac };
      this.simulation.receive(this.places.view.name, nic, hello);
    }
    this.simulation.flushConnections(this.places.view.name);
  }

  private macs(sender: Endpoint, destination: Address | undefined): Pick<PacketInput, 'sourceMac' | 'destinationMac'> {
    const sourceMac = this.places.macOf(sender);
    const destinationMac =
      destination === undefined ? this.places.macOf(sender.network.bridge) : nextMac(this.places, sender, destination);
    return {
      ...(sourceMac === undefined ? {} : { sourceMac }),
      ...(destinationMac === undefined ? {} : { destinationMac }),
    };
  }

  /** Where a flow enters; undefined where the view has no such place: no container behind the bridge that could send it. */
  entranceOf(flow: Flow): Entrance | undefined {
    if (flow.arrivesBy === undefined) return { kind: 'host' };
    if (flow.arrivesBy === unnamedInterface) {
      const name = this.places.impliedOutside;
      return name === undefined ? undefined : { kind: 'interface', name };
    }
    const held = this.places.interfaceNamed(flow.arrivesBy);
    if (held === undefined) return undefined;
    if (held.kind !== 'bridge') return { kind: 'interface', name: held.name };
    const owner = this.places.ownerOf(held.name, flow.source);
    const nic = this.places.nicOf.get(held.name);
    if (owner === undefined && nic !== undefined) return { kind: 'interface', name: nic };
    const endpoint =
      owner ??
      this.places.endpoints.find((one) => one.network.bridge === held.name && !holdsAddress(one, flow.destination));
    const port = endpoint && this.places.portOf(endpoint);
    if (endpoint !== undefined && port !== undefined) return { kind: 'container', endpoint, port };
    // a view from a host has ports whose containers nobody named
    const unnamed = this.places.view.interfaces.find(
      (one) => one.bridgePort?.bridge === held.name && this.places.endpointAt(one.name) === undefined,
    );
    return unnamed === undefined ? undefined : { kind: 'interface', name: unnamed.name };
  }

  /** The first packet of a flow, or the given one that begins it; connections of earlier flows are forgotten. */
  first(
    flow: Flow,
    entrance: Entrance,
    { trace, packet = packetOf(flow) }: { readonly trace: boolean; readonly packet?: PacketInput | undefined },
  ): readonly SimulatedWay[] {
    this.simulation.flushConnections(this.places.view.name);
    this.simulation.advance(pauseMs);
    return this.send(packet, entrance, { trace });
  }

  /** A further packet; connections stay. */
  send(packet: PacketInput, entrance: Entrance, options: { readonly trace: boolean }): readonly SimulatedWay[] {
    const { name } = this.places.view;
    const result =
      entrance.kind === 'host'
        ? this.simulation.send(name, packet, options)
        : entrance.kind === 'interface'
          ? this.simulation.receive(name, entrance.name, { sourceMac: lanMac, ...packet }, options) // a frame has a sender
          : this.simulation.receive(
              name,
              entrance.port,
              { ...packet, ...this.macs(entrance.endpoint, packet.destination) },
              options,
            );
    return result.ways.map((way) => judgeWay(way, this.placesAt));
  }
}

/** RFC 3692: a protocol that nothing answers. */
const experimental = 253;

function holdsAddress(endpoint: Endpoint, address: Address): boolean {
  const own = endpoint.addresses[address.family];
  return own !== undefined && addressKey(own) === addressKey(address);
}

/** A source port where the flow leaves it open. */
const anySourcePort = 40_000;

/** The packet that begins a flow. */
export function packetOf(flow: Flow): PacketInput {
  const { source, destination, protocol, destinationPort, icmpType } = flow;
  const hasPorts = destinationPort !== undefined;
  const isIcmp = protocol === protocolNumbers.icmp || protocol === protocolNumbers.icmpv6;
  return {
    source,
    destination,
    protocol,
    ...(hasPorts ? { sourcePort: flow.sourcePort ?? anySourcePort, destinationPort } : {}),
    ...(isIcmp && icmpType !== undefined ? { type: icmpType, code: 0, identifier: 1 } : {}),
  };
}
