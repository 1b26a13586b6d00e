/**
 * Where the host sends packets, for every class of addresses at once: routes are painted over the classes, from the table
 * asked last to the one asked first and from the widest prefix to the narrowest. Written apart from host-view/route.ts.
 */
import type { HostView, RouteView } from '../../host-view/host-view.ts';
import { type Address, addressBits, type Family } from '../../net/address.ts';
import { lastAddress, type Prefix, prefixOf } from '../../net/prefix.ts';
import type { Partition } from '../sets/partition.ts';
import { addressValue } from './fields.ts';

/** The types of addresses that `fib` tells apart (RTN_* of rtnetlink(7)). */
export const addressTypes = {
  unicast: 1,
  local: 2,
  broadcast: 3,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
} as const;

/** What routing says about a destination. */
export type RouteDecision =
  | { readonly kind: 'local' | 'broadcast' | 'multicast' | 'none' | 'unreachable' | 'prohibit' | 'blackhole' }
  | { readonly kind: 'unicast'; readonly interface: string; readonly via: Address | undefined };

/** IPv4 looks at its own addresses alone, IPv6 at all routes: what has none is unreachable [138]. */
export function addressTypeOf({ kind }: RouteDecision, family: Family): keyof typeof addressTypes {
  switch (kind) {
    case 'none':
      return family === 'ipv4' ? 'unicast' : 'unreachable';
    case 'unreachable':
    case 'prohibit':
    case 'blackhole':
      return family === 'ipv4' ? 'unicast' : kind;
    default:
      return kind;
  }
}

export interface Routes {
  readonly decisions: readonly RouteDecision[];
  /** The number of the decision for each class of addresses. */
  readonly decisionOf: Int32Array;
}

export function routesOver(view: HostView, family: Family, addresses: Partition): Routes {
  const decisions: RouteDecision[] = [{ kind: 'none' }];
  const decisionOf = new Int32Array(addresses.size);
  const paint = ({ address, length }: Prefix, decision: RouteDecision): void => {
    if (address.family !== family) return;
    const index = decisions.push(decision) - 1;
    const first = addresses.classOf(addressValue(address));
    const last = addresses.lastClassOf(addressValue(lastAddress({ address, length })));
    decisionOf.fill(index, first, last + 1);
  };
  const down = new Set(view.interfaces.filter(({ up }) => !up).map(({ name }) => name));
  for (const table of tablesLastFirst(view)) {
    const routes = view.routes.filter(
      (route) =>
        route.table === table &&
        route.destination.address.family === family &&
        !(route.interface !== undefined && down.has(route.interface)),
    );
    // Of two equal prefixes the lower metric is painted last and wins; of equal metrics the first.
    const order = routes
      .map((route, position) => ({ route, position }))
      .sort(
        (a, b) =>
          a.route.destination.length - b.route.destination.length ||
          b.route.metric - a.route.metric ||
          b.position - a.position,
      );
    for (const { route } of order) paint(route.destination, decisionFor(view, route));
  }
  paintLocalTable(view, family, paint);
  return { decisions, decisionOf };
}

function decisionFor(view: HostView, route: RouteView): RouteDecision {
  if (route.kind !== 'unicast') return { kind: route.kind };
  const { via } = route;
  const out = route.interface ?? (via === undefined ? undefined : linkOf(view, via));
  return out === undefined ? { kind: 'none' } : { kind: 'unicast', interface: out, via };
}

/** The interface on whose link a next hop is. */
function linkOf(view: HostView, via: Address): string | undefined {
  let best: RouteView | undefined;
  for (const route of view.routes) {
    const { address, length } = route.destination;
    if (route.via !== undefined || address.family !== via.family || (best?.destination.length ?? -1) >= length)
      continue;
    if (prefixOf(via, length).address.value === address.value) best = route;
  }
  return best?.interface;
}

/** Tables of rules that ask neither for a mark nor for a source, last first; the local table is known from the addresses. */
function tablesLastFirst(view: HostView): readonly string[] {
  if (view.rules.length === 0) return ['main'];
  const general = view.rules.filter(
    ({ mark, source, table }) => mark === undefined && source === undefined && table !== 'local',
  );
  const names = [...general].sort((left, right) => left.priority - right.priority).map(({ table }) => table);
  return [...new Set(names)].reverse();
}

function paintLocalTable(
  view: HostView,
  family: Family,
  paint: (prefix: Prefix, decision: RouteDecision) => void,
): void {
  const bits = addressBits(family);
  const own = view.interfaces.filter(({ up }) => up).flatMap(({ addresses }) => addresses);
  const whole = (address: Address): Prefix => ({ address, length: bits });
  if (family === 'ipv4') {
    paint({ address: { family, value: 0xe000_0000n }, length: 4 }, { kind: 'multicast' });
    paint(whole({ family, value: 0xffff_ffffn }), { kind: 'broadcast' });
    for (const { address, length } of own) {
      if (address.family !== family || length >= 31) continue;
      paint(whole(lastAddress(prefixOf(address, length))), { kind: 'broadcast' });
    }
    paint({ address: { family, value: 0x7f00_0000n }, length: 8 }, { kind: 'local' });
  } else {
    paint({ address: { family, value: 0xffn << 120n }, length: 8 }, { kind: 'multicast' });
    paint(whole({ family, value: 1n }), { kind: 'local' });
  }
  for (const { address } of own) paint(whole(address), { kind: 'local' });
}
