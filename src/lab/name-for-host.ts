/** The topology of one host of several: its namespaces and MAC addresses carry its name. */
import type { MacAddress } from '../net/mac.ts';
import { macOf } from './link-layer.ts';
import { hostNamespace, type LabNamespace, type NamespaceName, type Outside, type Topology } from './topology.ts';

/** `host` becomes `host/NAME`, `outside/eth0` becomes `outside/NAME.eth0`; containers keep their names, and their MAC addresses. */
export function namedForHost(topology: Topology, host: string): Topology {
  const name = (namespace: NamespaceName): NamespaceName => {
    if (namespace === hostNamespace) return `host/${host}`;
    return namespace.startsWith('outside/') ? `outside/${host}.${namespace.slice('outside/'.length)}` : namespace;
  };
  const own = macsOfHost(topology);
  const mac = (old: MacAddress): MacAddress => (own.has(old) ? macOf(host, old) : old);
  const outsides = Object.fromEntries(
    Object.entries(topology.outsides).map(([key, outside]): [string, Outside] => [
      key,
      { ...outside, namespace: name(outside.namespace), mac: mac(outside.mac), hostMac: mac(outside.hostMac) },
    ]),
  );
  const ofNamespace = (namespace: LabNamespace): LabNamespace => ({
    ...namespace,
    name: name(namespace.name),
    bridges: namespace.bridges.map((bridge) => ({ ...bridge, mac: mac(bridge.mac) })),
    ...(namespace.switches && { switches: namespace.switches.map((one) => ({ ...one, mac: mac(one.mac) })) }),
    ...(namespace.tunnels && { tunnels: namespace.tunnels.map((one) => ({ ...one, mac: mac(one.mac) })) }),
    neighbours: namespace.neighbours.map((neighbour) => ({ ...neighbour, mac: mac(neighbour.mac) })),
  });
  return {
    host: name(topology.host),
    hosts: { [host]: { namespace: name(topology.host), outsides } },
    namespaces: topology.namespaces.map(ofNamespace),
    links: topology.links.map((link) => {
      const [left, right] = link.ends;
      const end = (old: typeof left): typeof left => ({ ...old, namespace: name(old.namespace), mac: mac(old.mac) });
      return { ...link, ends: [end(left), end(right)] };
    }),
    macvlans: topology.macvlans.map((device) => ({ ...device, parentNamespace: name(device.parentNamespace) })),
    moves: topology.moves.map((move) => ({ ...move, namespace: name(move.namespace) })),
    containers: Object.fromEntries(
      Object.entries(topology.containers).map(([container, namespace]) => [container, name(namespace)]),
    ),
    attachments: topology.attachments.map((attachment) => ({
      ...attachment,
      namespace: name(attachment.namespace),
      bridgeMac: mac(attachment.bridgeMac),
    })),
    outsides,
    served: topology.served,
  };
}

/** Everything but what containers have. */
function macsOfHost({ namespaces, links }: Topology): ReadonlySet<MacAddress> {
  const devices = namespaces.flatMap(({ bridges, switches = [], tunnels = [] }) => [
    ...bridges,
    ...switches,
    ...tunnels,
  ]);
  const ends = links.flatMap((link) => link.ends).filter(({ namespace }) => !namespace.startsWith('container/'));
  return new Set([...devices, ...ends].map(({ mac }) => mac));
}
