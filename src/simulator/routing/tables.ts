/** Routing tables: which way a packet with a destination, a mark and a source goes [112, 116, 119]. */
import type { HostView, RouteView } from '../../host-view/host-view.ts';
import type { Address } from '../../net/address.ts';
import { ipv4Broadcast, isLinkLocal, isMulticast } from '../packet/addresses.ts';
import { type AddressDatum, addressDatum, prefixDatum } from '../packet/datum.ts';
import type { NetworkInterface } from './interfaces.ts';

export interface Route {
  readonly kind: 'local' | 'unicast' | 'broadcast' | 'unreachable' | 'prohibit' | 'blackhole';
  /** The interface that the packet leaves by; for local addresses the one that holds the address. */
  readonly interface: string;
  readonly gateway: AddressDatum | undefined;
  readonly preferredSource: AddressDatum | undefined;
  /** rt_scope number: 0 for routes by a gateway, 253 for those on a link. */
  readonly scope: number;
  /** Leading bits of the destination that the route was found by; undefined for local addresses. */
  readonly prefixLength?: number;
}

interface Entry {
  readonly metric: number;
  readonly route: Route;
}

/** Routes of one table by prefix length, longest first. */
class Table {
  private readonly lengths = new Map<string, { length: number; entries: Map<AddressDatum, Entry[]> }>();
  private sorted: { length: number; family: string; entries: Map<AddressDatum, Entry[]> }[] = [];

  add(base: AddressDatum, length: number, metric: number, route: Route): void {
    const family = typeof base;
    const name = `${family} ${length}`;
    let group = this.lengths.get(name);
    if (group === undefined) {
      group = { length, entries: new Map() };
      this.lengths.set(name, group);
      this.sorted.push({ ...group, family });
      this.sorted.sort((a, b) => b.length - a.length);
    }
    const entries = group.entries.get(base) ?? [];
    // Behind all of its metric: the link-local routes of thousands of ports are one list.
    let place = entries.length;
    while (place > 0 && (entries[place - 1]?.metric ?? 0) > metric) place--;
    entries.splice(place, 0, { metric, route: { ...route, prefixLength: length } });
    group.entries.set(base, entries);
  }

  has(base: AddressDatum, length: number, interfaceName: string): boolean {
    const entries = this.lengths.get(`${typeof base} ${length}`)?.entries.get(base) ?? [];
    return entries.some(({ route }) => route.interface === interfaceName);
  }

  find(destination: AddressDatum, through: string | undefined): Route | undefined {
    const family = typeof destination;
    for (const group of this.sorted) {
      if (group.family !== family) continue;
      for (const { route } of group.entries.get(prefixDatum(destination, group.length)) ?? []) {
        if (through === undefined || route.interface === through) return route;
      }
    }
    return undefined;
  }
}

interface PolicyRule {
  readonly priority: number;
  readonly table: string;
  matches(mark: number, source: AddressDatum | undefined): boolean;
}

/** A route with the source hint that `ip route ... src` gives; the host view's own type may lack it. */
export type RouteWithSource = RouteView & { readonly preferredSource?: Address };

export class Routing {
  private readonly local = new Map<AddressDatum, Route>();
  private readonly broadcasts = new Map<AddressDatum, Route>();
  private readonly tables = new Map<string, Table>();
  private readonly rules: PolicyRule[];
  private readonly loopback: string;
  /** Policy rules beyond the kernel's own three: source checks are then complete ones. */
  readonly hasOwnRules: boolean;

  constructor(view: HostView, interfaces: ReadonlyMap<string, NetworkInterface>) {
    this.loopback = [...interfaces.keys()][0] ?? 'lo';
    for (const held of interfaces.values()) if (held.up) this.addAddresses(held);
    for (const route of view.routes) this.addRoute(route, interfaces);
    if (view.source === 'declared') {
      for (const held of interfaces.values()) if (held.up) this.addConnected(held);
    }
    for (const held of interfaces.values()) if (held.up && held.kind !== 'loopback') this.addLinkLocal(held);
    const own = view.rules.filter(({ table }) => table !== 'local');
    // A declared view completes its routes with tables of its own: those are none of the host's.
    this.hasOwnRules =
      view.source === 'gathered' &&
      own.some(({ table, mark, source }) =>
        table !== 'main' && table !== 'default' ? true : mark !== undefined || source !== undefined,
      );
    this.rules = own.map(({ priority, table, mark, source }) => ({
      priority,
      table,
      matches: (packetMark, packetSource) =>
        (mark === undefined || (packetMark & mark.mask) >>> 0 === mark.value) &&
        (source === undefined ||
          (packetSource !== undefined &&
            typeof packetSource === typeof addressDatum(source.address) &&
            prefixDatum(packetSource, source.length) === addressDatum(source.address))),
    }));
    if (!own.some(({ table, mark, source }) => table === 'main' && mark === undefined && source === undefined)) {
      this.rules.push({ priority: 32_766, table: 'main', matches: () => true });
    }
    this.rules.sort((a, b) => a.priority - b.priority);
  }

  private table(name: string): Table {
    const known = this.tables.get(name) ?? new Table();
    this.tables.set(name, known);
    return known;
  }

  private addAddresses(held: NetworkInterface): void {
    for (const { address, length } of held.addresses) {
      const route = {
        kind: 'local',
        interface: held.name,
        gateway: undefined,
        preferredSource: address,
        scope: 254,
      } as const;
      if (!this.local.has(address)) this.local.set(address, route);
      if (typeof address === 'number' && length <= 30) {
        const broadcast = (prefixDatum(address, length) as number) + 2 ** (32 - length) - 1;
        if (!this.broadcasts.has(broadcast))
          this.broadcasts.set(broadcast, { ...route, kind: 'broadcast', scope: 253 });
      }
    }
  }

  private addConnected(held: NetworkInterface): void {
    const main = this.table('main');
    for (const { address, length, secondary } of held.addresses) {
      if (held.kind === 'loopback' || secondary || length === (typeof address === 'number' ? 32 : 128)) continue;
      if (typeof address === 'bigint' && isLinkLocal(address)) continue;
      const base = prefixDatum(address, length);
      if (main.has(base, length, held.name)) continue;
      main.add(base, length, typeof address === 'number' ? 0 : 256, {
        kind: 'unicast',
        interface: held.name,
        gateway: undefined,
        preferredSource: typeof address === 'number' ? address : undefined,
        scope: 253,
      });
    }
  }

  private addLinkLocal(held: NetworkInterface): void {
    const main = this.table('main');
    const route = {
      kind: 'unicast',
      interface: held.name,
      gateway: undefined,
      preferredSource: undefined,
      scope: 253,
    } as const;
    main.add(0xfe80n << 112n, 64, 256, route);
    main.add(0xffn << 120n, 8, 256, route);
  }

  private addRoute(view: RouteWithSource, interfaces: ReadonlyMap<string, NetworkInterface>): void {
    const gateway = view.via === undefined ? undefined : addressDatum(view.via);
    const name = view.interface ?? (gateway === undefined ? this.loopback : this.onLink(gateway, interfaces));
    if (view.kind === 'unicast' && interfaces.get(name)?.up !== true) return;
    const source = view.preferredSource === undefined ? undefined : addressDatum(view.preferredSource);
    const onLinkSource =
      gateway === undefined && view.kind === 'unicast' ? this.connectedSource(view, name, interfaces) : undefined;
    this.table(view.table).add(addressDatum(view.destination.address), view.destination.length, view.metric, {
      kind: view.kind,
      interface: name,
      gateway,
      preferredSource: source ?? onLinkSource,
      scope: gateway === undefined ? 253 : 0,
    });
  }

  /** A connected route's own address is preferred as source, as the kernel's automatic routes do. */
  private connectedSource(
    view: RouteWithSource,
    name: string,
    interfaces: ReadonlyMap<string, NetworkInterface>,
  ): AddressDatum | undefined {
    const base = addressDatum(view.destination.address);
    const { length } = view.destination;
    if (typeof base === 'bigint') return undefined;
    return interfaces
      .get(name)
      ?.addresses.find(
        (held) =>
          held.length === length &&
          !held.secondary &&
          typeof held.address === 'number' &&
          prefixDatum(held.address, length) === base,
      )?.address;
  }

  private onLink(gateway: AddressDatum, interfaces: ReadonlyMap<string, NetworkInterface>): string {
    for (const held of interfaces.values()) {
      for (const { address, length } of held.addresses) {
        if (typeof address === typeof gateway && prefixDatum(address, length) === prefixDatum(gateway, length))
          return held.name;
      }
    }
    return this.loopback;
  }

  /** The route of a local address, 127/8 included [138]. */
  localRoute(destination: AddressDatum): Route | undefined {
    const own = this.local.get(destination);
    if (own !== undefined) return own;
    if (typeof destination === 'number' && destination >>> 24 === 127) {
      return { kind: 'local', interface: this.loopback, gateway: undefined, preferredSource: 0x7f00_0001, scope: 254 };
    }
    return undefined;
  }

  /** Whether an interface holds exactly this address. */
  holds(address: AddressDatum): boolean {
    return this.local.has(address);
  }

  broadcastRoute(destination: AddressDatum): Route | undefined {
    return this.broadcasts.get(destination);
  }

  /** The way to a destination, or undefined when there is none; with `through`, only by routes that use this interface. */
  find(destination: AddressDatum, mark = 0, source?: AddressDatum, through?: string): Route | undefined {
    const own = this.localRoute(destination);
    if (own !== undefined && (through === undefined || through === this.loopback || own.interface === through))
      return own;
    const broadcast = this.broadcasts.get(destination);
    if (broadcast !== undefined && (through === undefined || through === broadcast.interface)) return broadcast;
    for (const rule of this.rules) {
      if (!rule.matches(mark, source)) continue;
      const found = this.tables.get(rule.table)?.find(destination, through);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The kernel's number for the type of an address, seen from one interface or from all [138, 139]. */
  addressType(address: AddressDatum, interfaceName: string | undefined): number {
    if (address === ipv4Broadcast || address === 0) return 3;
    if (isMulticast(address)) return 5;
    const own = this.localRoute(address) ?? this.broadcasts.get(address);
    if (own !== undefined && (interfaceName === undefined || own.interface === interfaceName)) {
      return own.kind === 'local' ? 2 : 3;
    }
    if (typeof address === 'bigint') {
      const route = this.find(address);
      if (route === undefined) return 7;
      if (route.kind === 'unreachable') return 7;
      if (route.kind === 'prohibit') return 8;
      if (route.kind === 'blackhole') return 6;
    }
    return 1;
  }
}
