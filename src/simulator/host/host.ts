/** A simulated host: its view of the network, its rules, and everything that its kernel remembers between packets. */
import type { HostView } from '../../host-view/host-view.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { TrackingSettings } from '../conntrack/settings.ts';
import { ConnectionTable } from '../conntrack/table.ts';
import { type AddressDatum, addressDatum } from '../packet/datum.ts';
import type { Packet } from '../packet/packet.ts';
import { interfacesOf, type NetworkInterface } from '../routing/interfaces.ts';
import { Routing } from '../routing/tables.ts';
import { type CompiledRuleset, compileRulesets } from '../rules/compile.ts';
import type { InterfaceReference, RuleServices } from '../rules/context.ts';
import { RuleState } from '../rules/state.ts';
import type { TraceStep } from '../trace/trace.ts';
import { Endpoints } from './endpoints.ts';
import type { SimulationEvent } from './events.ts';
import { type ChainOrder, HookLists } from './hook-lists.ts';
import { NeighbourTable } from './neighbour-table.ts';
import { Reassembly } from './reassembly.ts';
import type { World } from './services.ts';
import { type Ipv4Settings, Sysctls } from './sysctls.ts';

/** Tokens left for ICMP errors or redirects to one destination [118, 128]. */
export interface ErrorBudget {
  tokens: number;
  last: number;
  sent: number;
}

function loopbackOf(interfaces: ReadonlyMap<string, NetworkInterface>): NetworkInterface {
  const [first] = interfaces.values();
  if (first === undefined) throw new RangeError('a host has at least its loopback interface');
  return first;
}

export class Host implements RuleServices {
  readonly name: string;
  readonly world: World;
  endpoints: Endpoints;
  view: HostView;
  interfaces: Map<string, NetworkInterface>;
  loopback: NetworkInterface;
  routing: Routing;
  rulesets: readonly Ruleset[];
  rules: CompiledRuleset;
  hooks: HookLists;
  ruleState: RuleState;
  connections = new ConnectionTable();
  neighbours = new NeighbourTable();
  reassembly = new Reassembly();
  /** The ports behind which MAC addresses are, by bridge. */
  bridgePorts = new Map<string, Map<string, NetworkInterface>>();
  errorBudgets = new Map<string, ErrorBudget>();
  /** The kernel is sending an ICMP message of its own right now. */
  sendsIcmp = false;
  /** The other ends behind which MAC addresses are, by tunnel interface. */
  tunnelEnds = new Map<string, Map<string, AddressDatum>>();
  private sysctls: Sysctls;
  private readonly macs = new Map<string, NetworkInterface>();
  private readonly ports = new Map<string, NetworkInterface[]>();
  private readonly tunnels: NetworkInterface[] = [];
  private readonly neighbourMacs = new Map<AddressDatum, string>();

  /** `known`: a host of this view whose links, routes and rules this one has too. */
  constructor(view: HostView, world: World, ordinal = 0, known?: Host) {
    this.name = view.name;
    this.world = world;
    this.view = view;
    this.interfaces = known?.interfaces ?? interfacesOf(view);
    this.loopback = known?.loopback ?? loopbackOf(this.interfaces);
    this.routing = known?.routing ?? new Routing(view, this.interfaces);
    this.rulesets = known?.rulesets ?? [];
    this.rules = known?.rules ?? compileRulesets([]);
    this.hooks = known?.hooks ?? new HookLists(this.rules);
    this.ruleState = known?.ruleState.clone() ?? new RuleState(0);
    this.sysctls = known?.sysctls.clone() ?? new Sysctls(Object.entries(view.sysctls));
    this.endpoints = known?.endpoints.clone() ?? new Endpoints(ordinal);
    this.index();
  }

  /** A copy in another world that shares nothing mutable with this one. */
  fork(world: World): Host {
    const copy = new Host(this.view, world, 0, this);
    copy.connections = this.connections.clone();
    copy.neighbours = this.neighbours.clone();
    copy.reassembly = this.reassembly.clone();
    copy.bridgePorts = new Map([...this.bridgePorts].map(([name, ports]) => [name, new Map(ports)]));
    copy.errorBudgets = new Map([...this.errorBudgets].map(([key, budget]) => [key, { ...budget }]));
    copy.tunnelEnds = new Map([...this.tunnelEnds].map(([name, ends]) => [name, new Map(ends)]));
    return copy;
  }

  /** Whether results may depend on more than the packet: they have to be explored. */
  get mayChoose(): boolean {
    return this.rules.mayChoose || this.hooks.hasOpenOrder;
  }

  get hostName(): string {
    return this.name;
  }

  get now(): number {
    return this.world.now;
  }

  /** Takes over a changed view of the same host: addresses, routes, links. Connections and rules stay. */
  changeView(view: HostView): void {
    const before = this.interfaces;
    this.view = view;
    this.interfaces = interfacesOf(view);
    this.loopback = loopbackOf(this.interfaces);
    this.routing = new Routing(view, this.interfaces);
    this.sysctls.takeOver(view.sysctls);
    this.index();
    this.relearnPorts();
    this.forgetMasquerades(before);
  }

  /** What bridges learned stays, as far as the ports do. */
  private relearnPorts(): void {
    for (const ports of this.bridgePorts.values()) {
      for (const [mac, { name }] of ports) {
        const port = this.interfaces.get(name);
        if (port === undefined) ports.delete(mac);
        else ports.set(mac, port);
      }
    }
  }

  /** Masquerade mappings go with the interface or with its address [70]. */
  private forgetMasquerades(before: ReadonlyMap<string, NetworkInterface>): void {
    for (const connection of this.connections.connections(this.now)) {
      const { masqueradeInterface } = connection;
      if (masqueradeInterface === undefined || !before.has(masqueradeInterface)) continue;
      const held = this.interfaces.get(masqueradeInterface);
      const address = connection.reply.destination;
      const hadIt = before.get(masqueradeInterface)?.addresses.some((entry) => entry.address === address) ?? false;
      const hasIt = held?.addresses.some((entry) => entry.address === address) ?? false;
      if (held?.up !== true || (hadIt && !hasIt)) this.connections.remove(connection);
    }
  }

  /**
   * Replaces all rules. Statements and named counters that are still there keep their counts, as rules that stay loaded do;
   * connections stay in any case [83].
   */
  loadRules(rulesets: readonly Ruleset[], order: ChainOrder = 'known'): void {
    const rules = compileRulesets(rulesets);
    const state = new RuleState(rules.stateSize, this.ruleState.dynamic);
    const keep = (from: number, to: number, count: number): void => {
      for (let index = 0; index < count; index++) state.numbers[to + index] = this.ruleState.numbers[from + index] ?? 0;
    };
    for (const [statement, { first, count }] of rules.slots) {
      const known = this.rules.slots.get(statement);
      if (known !== undefined) keep(known.first, first, count);
    }
    this.rulesets = rulesets;
    this.rules = rules;
    this.hooks = new HookLists(rules, order);
    this.ruleState = state;
  }

  /** Rebuilds what is derived from interfaces. */
  private index(): void {
    this.macs.clear();
    this.ports.clear();
    this.tunnels.length = 0;
    this.neighbourMacs.clear();
    for (const { address, mac } of this.view.neighbours ?? []) this.neighbourMacs.set(addressDatum(address), mac);
    for (const held of this.interfaces.values()) {
      if (held.mac !== undefined) this.macs.set(held.mac, held);
      if (held.tunnel !== undefined) this.tunnels.push(held);
      if (held.master === undefined) continue;
      const ports = this.ports.get(held.master) ?? [];
      ports.push(held);
      this.ports.set(held.master, ports);
    }
  }

  /** The ports of a bridge. */
  portsOf(bridge: string): readonly NetworkInterface[] {
    return this.ports.get(bridge) ?? [];
  }

  /** The kernel itself listens where a tunnel ends. */
  isTunnelPort(port: number): boolean {
    return this.tunnels.some(({ up, tunnel }) => up && tunnel?.port === port);
  }

  /** The tunnel that a datagram with this number belongs to. */
  tunnelOf(port: number, identifier: number): NetworkInterface | undefined {
    return this.tunnels.find(({ up, tunnel }) => up && tunnel?.port === port && tunnel.identifier === identifier);
  }

  get tracking(): TrackingSettings {
    return this.sysctls.tracking;
  }

  /** What sysctls say about IPv4 packets at an interface. */
  ipv4Settings(name: string): Ipv4Settings {
    return this.sysctls.ipv4(name);
  }

  /** Own interface with a MAC address. */
  interfaceByMac(mac: string): NetworkInterface | undefined {
    return this.macs.get(mac);
  }

  setSysctl(name: string, value: string): void {
    this.sysctls.set(name, value);
  }

  /** A sysctl as a number. */
  setting(name: string, fallback: number): number {
    return this.sysctls.number(name, fallback);
  }

  isLocal(address: AddressDatum): boolean {
    return this.routing.localRoute(address) !== undefined;
  }

  reference(name: string | undefined): InterfaceReference | undefined {
    return name === undefined ? undefined : this.interfaces.get(name);
  }

  addressType(address: AddressDatum, interfaceName: string | undefined): number {
    return this.routing.addressType(address, interfaceName);
  }

  routeOutput(
    address: AddressDatum,
    mark: number,
    through: string | undefined,
    from?: AddressDatum,
    link?: string,
  ): InterfaceReference | undefined {
    const route = this.routing.find(address, mark, from, link);
    if (route === undefined || (route.kind !== 'unicast' && route.kind !== 'broadcast')) return undefined;
    if (through === undefined || route.interface === through) return this.interfaces.get(route.interface);
    return undefined;
  }

  choose(count: number, what: string): number {
    return this.world.choose(count, what);
  }

  random(size: number): number {
    return this.world.random(size);
  }

  /** The MAC address that the view knows for a neighbour. */
  knownNeighbour(address: AddressDatum): string | undefined {
    return this.neighbourMacs.get(address);
  }

  note(step: TraceStep): void {
    this.world.trace?.push(step);
  }

  /** Records that a packet ends here. */
  drop(
    packet: Packet,
    reason: string,
    place: Extract<SimulationEvent, { kind: 'dropped' }>['place'] = undefined,
  ): void {
    if (packet.connection?.confirmed === false) this.connections.forget(packet.connection); // [147]
    this.world.trace?.push({ kind: 'drop', host: this.name, reason, place });
    this.world.record({ kind: 'dropped', host: this.name, reason, place, packet, time: this.now });
  }
}
