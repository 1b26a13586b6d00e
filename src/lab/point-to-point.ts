/** The wires of `connect` statements: a pair between two namespaces, one address at each end, and a route to the other. */
import type { Connection, Host } from '../model/model.ts';
import { hostPrefix } from '../net/prefix.ts';
import { macOf } from './link-layer.ts';
import { type HeldAddress, hostNamespace, type LabLink, type LabRoute, type NamespaceName } from './topology.ts';

/** What the connections of a policy add to a lab. */
export interface PointToPoint {
  readonly links: readonly LabLink[];
  readonly addressesOf: (namespace: NamespaceName) => readonly HeldAddress[];
  readonly routesOf: (namespace: NamespaceName) => readonly LabRoute[];
}

/** Connections whose two ends are both in the lab of this host. */
export function connectionsBetween(
  connections: readonly Connection[],
  host: Host,
  containers: Readonly<Record<string, NamespaceName>>,
): PointToPoint {
  const links: LabLink[] = [];
  const held = new Map<NamespaceName, HeldAddress[]>();
  const routes = new Map<NamespaceName, LabRoute[]>();
  for (const [number, { left, right }] of connections.entries()) {
    const ends = [left, right].map(({ subject }) => {
      if (subject.kind === 'host') return subject.name === host.name ? hostNamespace : undefined;
      return containers[subject.name];
    });
    const [first, second] = ends;
    if (first === undefined || second === undefined) continue;
    // both ends may be in one namespace, so the two names differ
    const names = [`wire${number}a`, `wire${number}b`] as const;
    const end = (namespace: NamespaceName, name: string): LabLink['ends'][number] => ({
      namespace,
      interface: name,
      mac: macOf(namespace, name),
      bridge: undefined,
    });
    links.push({ ends: [end(first, names[0]), end(second, names[1])], mtu: 1500 });
    for (const [namespace, name, own, other] of [
      [first, names[0], left.address, right.address],
      [second, names[1], right.address, left.address],
    ] as const) {
      push(held, namespace, { ...hostPrefix(own), interface: name });
      push(routes, namespace, { destination: hostPrefix(other), via: undefined, interface: name });
    }
  }
  return {
    links,
    addressesOf: (namespace) => held.get(namespace) ?? [],
    routesOf: (namespace) => routes.get(namespace) ?? [],
  };
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
