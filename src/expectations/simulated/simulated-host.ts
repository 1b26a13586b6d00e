/** One host with rules, simulated: flows in as the policy speaks of them, what becomes of them out. */
import type { Endpoint } from '../../model/model.ts';
import { type Address, addressKey } from '../../net/address.ts';
import { protocolNumbers } from '../../net/protocol.ts';
import type { Flow } from '../../policy/flow.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { ChainOrder } from '../../simulator/host/hook-lists.ts';
import type { PacketInput, PacketView } from '../../simulator/packet/input.ts';
import { createSimulation, type Outcome, type Simulation, type Way } from '../../simulator/simulation.ts';
import type { RulePlace, TraceStep } from '../../simulator/trace/trace.ts';
import { unnamedInterface } from '../universe.ts';
import { lanMac, nextMac, type Places } from './places.ts';

export type SimulatedVerdict = 'allowed' | 'blocked' | 'rejected' | 'unknown';

/** Where a simulated packet ended. */
export type SimulatedReceiver =
  | { readonly kind: 'host'; readonly interface: string }
  | { readonly kind: 'container'; readonly endpoint: Endpoint; readonly port: string }
  /** Out of bridge ports behind which no container is known. */
  | { readonly kind: 'ports'; readonly ports: readonly string[] }
  | { readonly kind: 'outside'; readonly interface: string };

/** One way that things may have gone. */
export interface SimulatedWay {
  readonly verdict: SimulatedVerdict;
  /** For allowed flows. */
  readonly receiver: SimulatedReceiver | undefined;
  /** The packet where it ended, for allowed flows. */
  readonly packet: PacketView | undefined;
  /** For rejected flows: what went back. */
  readonly answer: PacketView | undefined;
  /** Why it ended, in words; empty for allowed flows. */
  readonly reason: string;
  /** The rule that ended it, or that is not understood. */
  readonly place: RulePlace | undefined;
  /** The steps of the packet itself, without those of answers. */
  readonly steps: readonly TraceStep[];
  readonly choices: readonly string[];
}

/** How a flow enters the host. */
export type Entrance =
  | { readonly kind: 'host' }
  | { readonly kind: 'interface'; readonly name: string }
  | { readonly kind: 'container'; readonly endpoint: Endpoint; readonly port: string };

/** Time between two flows: what kernels ration by the second is there again. */
const pauseMs = 5000;

export class SimulatedHost {
  readonly places: Places;
  private readonly simulation: Simulation;
  private readonly owners: ReadonlyMap<string, Endpoint>;

  /** `chainOrder`: of rules found on a host nobody knows which chain of a priority was registered first [4]. */
  constructor(places: Places, rulesets: readonly Ruleset[], chainOrder: ChainOrder = 'known') {
    this.places = places;
    this.simulation = createSimulation({ hosts: [{ view: places.view }] });
    this.owners = new Map(
      places.endpoints.flatMap((endpoint) =>
        Object.values(endpoint.addresses).map((address) => [ownerKey(endpoint.network.bridge, address), endpoint]),
      ),
    );
    this.introduceContainers();
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
      const source = this.places.view.interfaces.find(({ name }) => name === bridge)?.addresses[0]?.address;
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
    const held = this.places.view.interfaces.find(({ name }) => name === flow.arrivesBy);
    if (held === undefined) return undefined;
    if (held.kind !== 'bridge') return { kind: 'interface', name: held.name };
    const owner = this.owners.get(ownerKey(held.name, flow.source));
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

  /** The first packet of a flow; connections of earlier flows are forgotten. */
  first(flow: Flow, entrance: Entrance, options: { readonly trace: boolean }): readonly SimulatedWay[] {
    this.simulation.flushConnections(this.places.view.name);
    this.simulation.advance(pauseMs);
    return this.send(packetOf(flow), entrance, options);
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
    return result.ways.map((way) => this.judge(way));
  }

  private judge(way: Way): SimulatedWay {
    const { outcomes, choices } = way;
    const steps = ownSteps(way.trace);
    const base = {
      receiver: undefined,
      packet: undefined,
      answer: undefined,
      reason: '',
      place: undefined,
      steps,
      choices,
    };
    const unknown = outcomes.find(({ kind }) => kind === 'unknown');
    if (unknown?.kind === 'unknown') return { ...base, verdict: 'unknown', reason: unknown.text, place: unknown.place };
    const arrived = outcomes.flatMap((outcome) =>
      outcome.kind === 'delivered' || outcome.kind === 'left' ? [outcome] : [],
    );
    const [first] = arrived;
    const tunnelled = first === undefined ? undefined : this.throughTunnel(first.packet);
    if (tunnelled !== undefined) return { ...base, verdict: 'allowed', ...tunnelled };
    if (first !== undefined)
      return { ...base, verdict: 'allowed', receiver: this.receiverOf(arrived), packet: first.packet };
    const rejected = outcomes.find(({ kind }) => kind === 'rejected');
    if (rejected?.kind === 'rejected')
      return { ...base, verdict: 'rejected', reason: rejected.reason, place: rejected.place, answer: rejected.answer };
    const dropped = outcomes.find(({ kind }) => kind === 'dropped');
    if (dropped?.kind === 'dropped')
      return { ...base, verdict: 'blocked', reason: dropped.reason, place: dropped.place };
    const failed = outcomes.find(({ kind }) => kind === 'send-error');
    const reason = failed?.kind === 'send-error' ? sendErrors[failed.error] : 'nothing takes it in';
    return { ...base, verdict: 'blocked', reason };
  }

  /** What leaves in a datagram of a tunnel is for the container at its other end. */
  private throughTunnel({ encapsulated }: PacketView): Pick<SimulatedWay, 'receiver' | 'packet'> | undefined {
    if (encapsulated === undefined) return undefined;
    const { identifier, packet } = encapsulated;
    const held = this.places.view.interfaces.find(({ tunnel }) => tunnel?.identifier === identifier);
    const endpoint = this.owners.get(ownerKey(held?.bridgePort?.bridge ?? '', packet.destination));
    if (held === undefined) return undefined;
    const receiver: SimulatedReceiver =
      endpoint === undefined || this.places.portOf(endpoint) !== held.name
        ? { kind: 'ports', ports: [held.name] }
        : { kind: 'container', endpoint, port: held.name };
    return { receiver, packet };
  }

  private receiverOf(arrived: readonly Extract<Outcome, { kind: 'delivered' | 'left' }>[]): SimulatedReceiver {
    const [first] = arrived;
    if (first === undefined || first.kind === 'delivered') return { kind: 'host', interface: first?.interface ?? 'lo' };
    const isPort = (name: string): boolean =>
      this.places.view.interfaces.some((held) => held.name === name && held.bridgePort !== undefined);
    const endpoint = this.places.endpointAt(first.interface);
    if (endpoint === undefined && !isPort(first.interface)) return { kind: 'outside', interface: first.interface };
    const lan = [...this.places.nicOf].find(([, nic]) => nic === first.interface)?.[0];
    if (lan !== undefined && arrived.length === 1) return { kind: 'outside', interface: lan };
    if (arrived.length === 1 && endpoint !== undefined) return { kind: 'container', endpoint, port: first.interface };
    return { kind: 'ports', ports: arrived.map((outcome) => outcome.interface) };
  }
}

/** RFC 3692: a protocol that nothing answers. */
const experimental = 253;

const sendErrors: Readonly<Record<Extract<Outcome, { kind: 'send-error' }>['error'], string>> = {
  EPERM: 'a rule forbids it to the sending program (EPERM)',
  EINVAL: 'the kernel does not send such a packet (EINVAL)',
  ENETUNREACH: 'the host has no route there (ENETUNREACH)',
  EHOSTUNREACH: 'the next hop cannot be reached (EHOSTUNREACH)',
  EACCES: 'a route forbids it (EACCES)',
  EADDRNOTAVAIL: 'the host has no address to send from (EADDRNOTAVAIL)',
  EMSGSIZE: 'it is too large (EMSGSIZE)',
  EPIPE: 'its connection is over (EPIPE)',
};

function ownerKey(bridge: string, address: Address): string {
  return `${bridge} ${addressKey(address)}`;
}

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

/** Up to where the packet ended: what follows are answers to it. A packet that a bridge floods ends once a port. */
function ownSteps(trace: readonly TraceStep[]): readonly TraceStep[] {
  const end = trace.findIndex(({ kind }) => kind === 'drop' || kind === 'deliver');
  return end < 0 ? trace : trace.slice(0, end + 1);
}
