/** Where a host sends a packet: the routing decision for an unmarked packet, by destination. */
import { type Address, addressBits, addressKey, type Family } from '../net/address.ts';
import { maskValue } from '../net/prefix.ts';
import type { HostView, RouteView } from './host-view.ts';

/** Out of an interface, to a next hop (undefined: the destination is on the link), or up into the host itself. */
export type RouteDecision = { readonly interface: string; readonly via: Address | undefined } | 'local';

export interface Routes {
  /** The decision for a destination; undefined when there is no route, or one that refuses (unreachable, prohibit, blackhole). */
  readonly lookup: (destination: Address) => RouteDecision | undefined;
  /** Whether an address is one of the host's own. */
  readonly isLocal: (address: Address) => boolean;
}

/**
 * The routing of a host, indexed: a lookup costs the same with ten routes as with ten thousand. Every address of an
 * interface that is up, 127.0.0.0/8 and ::1 are local, on whatever interface a packet arrives [112, 138]. Tables are
 * consulted in the order of the rules that depend neither on a mark nor on the source; within a table the longest prefix
 * wins, then the lowest metric.
 */
export function routesOf(view: HostView): Routes {
  const local = localAddresses(view);
  const isLocal = (address: Address): boolean => isLoopback(address) || local.has(addressKey(address));
  const down = new Set(view.interfaces.filter((entry) => !entry.up).map(({ name }) => name));
  const usable = view.routes.filter((route) => route.interface === undefined || !down.has(route.interface));
  const tables = tableNames(view).map((name) => routeTable(usable.filter((route) => route.table === name)));
  const find = (destination: Address): RouteView | undefined => {
    for (const table of tables) {
      const route = table(destination);
      if (route !== undefined) return route;
    }
    return undefined;
  };
  return {
    isLocal,
    lookup(destination) {
      if (isLocal(destination)) return 'local';
      const route = find(destination);
      if (route === undefined || route.kind !== 'unicast') return undefined;
      const out = route.interface ?? (route.via && find(route.via)?.interface);
      return out === undefined ? undefined : { interface: out, via: route.via };
    },
  };
}

function localAddresses(view: HostView): ReadonlySet<string> {
  const up = view.interfaces.filter((entry) => entry.up);
  return new Set(up.flatMap((entry) => entry.addresses.map(({ address }) => addressKey(address))));
}

/** The tables that an unmarked packet looks into, in order; `local` is known from the addresses. */
function tableNames(view: HostView): readonly string[] {
  if (view.rules.length === 0) return ['main'];
  const general = view.rules.filter((rule) => rule.mark === undefined && rule.source === undefined);
  const names = general.sort((left, right) => left.priority - right.priority).map(({ table }) => table);
  return [...new Set(names)].filter((name) => name !== 'local');
}

/** Longest-prefix match by one hash table for each prefix length in use. */
function routeTable(routes: readonly RouteView[]): (destination: Address) => RouteView | undefined {
  const byLength: Record<Family, Map<number, Map<bigint, RouteView>>> = { ipv4: new Map(), ipv6: new Map() };
  for (const route of routes) {
    const { address, length } = route.destination;
    const lengths = byLength[address.family];
    const table = lengths.get(length) ?? new Map<bigint, RouteView>();
    lengths.set(length, table);
    const known = table.get(address.value);
    if (known === undefined || route.metric < known.metric) table.set(address.value, route);
  }
  const descending = (family: Family): { mask: bigint; table: Map<bigint, RouteView> }[] =>
    [...byLength[family]]
      .sort(([left], [right]) => right - left)
      .map(([length, table]) => ({ mask: maskValue(family, Math.min(length, addressBits(family))), table }));
  const tables = { ipv4: descending('ipv4'), ipv6: descending('ipv6') };
  return ({ family, value }) => {
    for (const { mask, table } of tables[family]) {
      const route = table.get(value & mask);
      if (route !== undefined) return route;
    }
    return undefined;
  };
}

/** 127.0.0.0/8 and ::1. */
export function isLoopback({ family, value }: Address): boolean {
  return family === 'ipv4' ? value >> 24n === 127n : value === 1n;
}
