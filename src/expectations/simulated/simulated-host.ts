/** One host with rules, simulated: flows in as the policy speaks of them, what becomes of them out. */
import type { Endpoint } from '../../model/model.ts';
import { type Address, addressKey } from '../../net/address.ts';
import type { MacAddress } from '../../net/mac.ts';
import { protocolNumbers } from '../../net/protocol.ts';
import type { Flow } from '../../policy/flow.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { PacketInput, PacketView } from '../../simulator/packet/input.ts';
import { createSimulation, type Outcome, type Simulation, type Way } from '../../simulator/simulation.ts';
import type { RulePlace, TraceStep } from '../../simulator/trace/trace.ts';
import { unnamedInterface } from '../universe.ts';
import { nextMac, type Places } from './places.ts';

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
  | { readonly kind: 'interface'; readonly name: string; readonly macs?: Macs }
  | { readonly kind: 'container'; readonly endpoint: Endpoint; readonly port: string; readonly macs: Macs };

/** The link-layer addresses of a frame. */
type Macs = Pick<PacketInput, 'sourceMac' | 'destinationMac'>;

/** Time between two flows: what kernels ration by the second is there again. */
const pauseMs = 5000;

export class SimulatedHost {
  readonly places: Places;
  private readonly simulation: Simulation;
  private readonly owners: ReadonlyMap<string, Endpoint>;

  constructor(places: Places, rulesets: readonly Ruleset[]) {
    this.places = places;
    this.simulation = createSimulation({ hosts: [{ view: places.view }] });
    this.owners = new Map(
      places.endpoints.flatMap((endpoint) =>
        Object.values(endpoint.addresses).map((address) => [ownerKey(endpoint.network.bridge, address), endpoint]),
      ),
    );
    this.introduceNeighbours();
    this.simulation.loadRules(places.view.name, rulesets);
  }

  /** Bridges learn where everyone is from a first frame; no rules are loaded yet. */
  private introduceNeighbours(): void {
    const { places } = this;
    for (const endpoint of places.endpoints) {
      const [source] = Object.values(endpoint.addresses);
      const port = places.portOf(endpoint);
      if (source !== undefined && port !== undefined)
        this.introduce(port, source, frameMacs(places.macOf(endpoint), places.macOf(endpoint.network.bridge)));
    }
    for (const [nic, bridge] of places.lanPorts)
      this.introduce(nic, { family: 'ipv4', value: 0n }, frameMacs(places.lanMac, places.macOf(bridge)));
    this.simulation.flushConnections(places.view.name);
  }

  /** A packet from an address to itself is taken in by nobody. */
  private introduce(port: string, source: Address, macs: Macs): void {
    this.simulation.receive(this.places.view.name, port, {
      source,
      destination: source,
      protocol: experimental,
      ...macs,
    });
  }

  /**
   * Where a flow enters; undefined where the view has no such place: no container behind the bridge that could send it.
   * `passesHostBy`: on a LAN, it goes from the sender to the LAN's own gateway.
   */
  entranceOf(flow: Flow, passesHostBy = false): Entrance | undefined {
    const { places } = this;
    if (flow.arrivesBy === undefined) return { kind: 'host' };
    if (flow.arrivesBy === unnamedInterface)
      return places.impliedOutside === undefined ? undefined : { kind: 'interface', name: places.impliedOutside };
    const held = places.view.interfaces.find(({ name }) => name === flow.arrivesBy);
    if (held === undefined) return undefined;
    if (held.kind !== 'bridge') return { kind: 'interface', name: held.name };
    const owner = this.owners.get(ownerKey(held.name, flow.source));
    const nic = [...places.lanPorts].find(([, bridge]) => bridge === held.name)?.[0];
    if (nic !== undefined && owner === undefined) {
      const neighbour = this.owners.get(ownerKey(held.name, flow.destination));
      return { kind: 'interface', name: nic, macs: frameMacs(places.lanMac, places.macOf(neighbour ?? held.name)) };
    }
    const endpoint =
      owner ?? places.endpoints.find((one) => one.network.bridge === held.name && !holdsAddress(one, flow.destination));
    const port = endpoint && places.portOf(endpoint);
    if (endpoint !== undefined && port !== undefined) {
      const next = nextMac(places, endpoint, flow.destination, passesHostBy);
      return { kind: 'container', endpoint, port, macs: frameMacs(places.macOf(endpoint), next) };
    }
    // a view from a host has ports whose containers nobody named
    const unnamed = places.view.interfaces.find(
      (one) => one.bridgePort?.bridge === held.name && places.endpointAt(one.name) === undefined,
    );
    return unnamed === undefined ? undefined : { kind: 'interface', name: unnamed.name };
  }

  /** Where the answer to a delivered packet comes in. */
  exitOf({ receiver, packet }: SimulatedWay): Entrance {
    const { places } = this;
    switch (receiver?.kind) {
      case 'container': {
        const { endpoint, port } = receiver;
        const next = packet && nextMac(places, endpoint, packet.source, false);
        return { kind: 'container', endpoint, port, macs: frameMacs(places.macOf(endpoint), next) };
      }
      case 'outside':
        return { kind: 'interface', name: receiver.interface };
      case 'ports':
        return { kind: 'interface', name: receiver.ports[0] ?? 'lo' };
      case 'host':
      case undefined:
        return { kind: 'host' };
    }
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
        : this.simulation.receive(
            name,
            entrance.kind === 'interface' ? entrance.name : entrance.port,
            { ...packet, ...entrance.macs },
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

  private receiverOf(arrived: readonly Extract<Outcome, { kind: 'delivered' | 'left' }>[]): SimulatedReceiver {
    const [first] = arrived;
    if (first === undefined || first.kind === 'delivered') return { kind: 'host', interface: first?.interface ?? 'lo' };
    const isPort = (name: string): boolean =>
      this.places.view.interfaces.some((held) => held.name === name && held.bridgePort !== undefined);
    const endpoint = this.places.endpointAt(first.interface);
    const lan = this.places.lanPorts.get(first.interface);
    if (arrived.length === 1 && lan !== undefined) return { kind: 'outside', interface: lan };
    if (!isPort(first.interface) && endpoint === undefined) return { kind: 'outside', interface: first.interface };
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
};

function frameMacs(sourceMac: MacAddress | undefined, destinationMac: MacAddress | undefined): Macs {
  return {
    ...(sourceMac === undefined ? {} : { sourceMac }),
    ...(destinationMac === undefined ? {} : { destinationMac }),
  };
}

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
