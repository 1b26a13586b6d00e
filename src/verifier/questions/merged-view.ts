/** One host on which the rules of two policies can be compared: everything that either of them expects to be there. */
import type { HostView, InterfaceView } from '../../host-view/host-view.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { Wiring } from '../space/space.ts';

export interface MergedView {
  readonly view: HostView;
  /** Where the two expect something different of the host; the later one was taken. */
  readonly notes: readonly string[];
}

export function mergedView(before: HostView, after: HostView): MergedView {
  const later = new Map(after.interfaces.map((entry) => [entry.name, entry]));
  const kept = before.interfaces.filter(({ name }) => !later.has(name));
  const interfaces = [...after.interfaces.map((entry) => withAddresses(entry, before)), ...kept];
  const routes = new Map([...after.routes, ...before.routes].map((route) => [keyOf(route), route]));
  const rules = new Map([...before.rules, ...after.rules].map((rule) => [keyOf(rule), rule]));
  const changed = Object.keys({ ...before.sysctls, ...after.sysctls })
    .filter((name) => before.sysctls[name] !== after.sysctls[name])
    .sort();
  return {
    view: {
      ...after,
      interfaces,
      routes: [...routes.values()],
      rules: [...rules.values()].sort((left, right) => left.priority - right.priority),
      sysctls: { ...before.sysctls, ...after.sysctls },
    },
    notes: changed.map(
      (name) =>
        `${name} is ${before.sysctls[name] ?? 'left alone'} before and ${after.sysctls[name] ?? 'left alone'} after: both rules are compared with ${after.sysctls[name] ?? before.sysctls[name]}`,
    ),
  };
}

/** An address that only the earlier view has stays on its interface: packets to it are still asked about. */
function withAddresses(entry: InterfaceView, before: HostView): InterfaceView {
  const old = before.interfaces.find(({ name }) => name === entry.name)?.addresses ?? [];
  const held = new Set(entry.addresses.map(formatPrefix));
  const gone = old.filter((address) => !held.has(formatPrefix(address)));
  return gone.length === 0 ? entry : { ...entry, addresses: [...entry.addresses, ...gone] };
}

export function mergedWiring(left: Wiring, right: Wiring): Wiring {
  const links = new Map(left.links);
  for (const [bridge, prefixes] of right.links ?? []) links.set(bridge, [...(links.get(bridge) ?? []), ...prefixes]);
  const ports = new Map([...(left.ports ?? []), ...(right.ports ?? [])].map((bound) => [bound.port, bound]));
  return { links, ports: [...ports.values()], lans: new Map([...(left.lans ?? []), ...(right.lans ?? [])]) };
}

const keyOf = (value: object): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));
