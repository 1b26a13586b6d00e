/**
 * Several hosts in one lab. Interfaces of different hosts that are on one link, by their subnets or as trunks of one switch
 * network, are plugged into one bridge, which is the world outside for all of them: it answers for every address but theirs.
 */
import { type Address, addressKey, sameAddress } from '../net/address.ts';
import { formatPrefix, prefixesOverlap, prefixOf } from '../net/prefix.ts';
import { macOf } from './link-layer.ts';
import { loopbackName } from './loopback.ts';
import type { LabLink, LabNamespace, LabRoute, LinkEnd, NamespaceName, Outside, Topology } from './topology.ts';

/** One host, its namespaces named for it. */
export interface Part {
  readonly host: string;
  readonly topology: Topology;
}

/** The interface of a world that several hosts see. */
const shared = 'eth0';

/** `trunks`: outside namespaces that are on one cable whatever their addresses. The first part is the host that is meant where none is named. */
export function joinTopologies(parts: readonly Part[], trunks: readonly (readonly NamespaceName[])[]): Topology {
  const worlds = parts.flatMap(({ topology }) => topology.namespaces.filter(({ name }) => name.startsWith('outside/')));
  const cables = cablesOf(worlds, trunks).map((cable) => cableOf(cable, parts));
  const joined = new Map(cables.flatMap((cable) => cable.names.map((name, port) => [name, { cable, port }] as const)));
  const end = (old: LinkEnd): LinkEnd => {
    const there = joined.get(old.namespace);
    if (there === undefined) return old;
    const name = `port${there.port}`;
    return {
      ...old,
      namespace: there.cable.world.name,
      interface: name,
      mac: macOf(there.cable.world.name, name),
      bridge: shared,
    };
  };
  const outside = (old: Outside): Outside => {
    const there = joined.get(old.namespace)?.cable;
    if (there === undefined) return old;
    const addresses = there.world.addresses.map(({ address }) => address);
    return { ...old, namespace: there.world.name, interface: shared, mac: there.mac, addresses };
  };
  const outsidesOf = ({ outsides }: Topology): Topology['outsides'] =>
    Object.fromEntries(Object.entries(outsides).map(([name, one]) => [name, outside(one)]));
  const all = parts.map(({ topology }) => topology);
  const [first] = all;
  if (first === undefined) throw new RangeError('nothing to join');
  return {
    host: first.host,
    hosts: Object.fromEntries(
      parts.map(({ host, topology }) => [host, { namespace: topology.host, outsides: outsidesOf(topology) }]),
    ),
    namespaces: [
      ...all.flatMap(({ namespaces }) => namespaces.filter(({ name }) => !joined.has(name))),
      ...cables.map(({ world }) => world),
    ],
    links: all
      .flatMap(({ links }) => links)
      .map((link): LabLink => ({ ...link, ends: [end(link.ends[0]), end(link.ends[1])] })),
    macvlans: all.flatMap(({ macvlans }) => macvlans),
    moves: all.flatMap(({ moves }) => moves),
    containers: Object.assign({}, ...all.map(({ containers }) => containers)),
    attachments: all.flatMap(({ attachments }) => attachments),
    outsides: outsidesOf(first),
    served: [
      ...new Map(
        all.flatMap(({ served }) => served.map((one) => [`${one.protocol}/${one.port}`, one] as const)),
      ).values(),
    ],
  };
}

interface Cable {
  /** The worlds that it takes the place of. */
  readonly names: readonly NamespaceName[];
  readonly world: LabNamespace;
  readonly mac: Outside['mac'];
}

/** Groups of outside namespaces, at least two each, that are one link. */
function cablesOf(
  worlds: readonly LabNamespace[],
  trunks: readonly (readonly NamespaceName[])[],
): readonly (readonly LabNamespace[])[] {
  const groups = new Map(worlds.map((world) => [world.name, [world]]));
  const unite = (left: LabNamespace, right: LabNamespace): void => {
    const [into, from] = [groups.get(left.name), groups.get(right.name)];
    if (into === undefined || from === undefined || into === from) return;
    into.push(...from);
    for (const { name } of from) groups.set(name, into);
  };
  for (const [index, world] of worlds.entries())
    for (const other of worlds.slice(index + 1)) {
      const onTrunk = trunks.some((names) => names.includes(world.name) && names.includes(other.name));
      if (onTrunk || shareSubnet(world, other)) unite(world, other);
    }
  return [...new Set(groups.values())].filter((group) => group.length > 1);
}

/** Two hosts with one address cannot be on one link, whatever their subnets. */
function shareSubnet(left: LabNamespace, right: LabNamespace): boolean {
  if (hostsOn(left).some((address) => hostsOn(right).some((other) => sameAddress(address, other)))) return false;
  const subnets = ({ routes }: LabNamespace) => routes.filter(({ via }) => via === undefined);
  return subnets(left).some((one) =>
    subnets(right).some((other) => prefixesOverlap(one.destination, other.destination)),
  );
}

/** The addresses that hosts have on the link of an outside namespace. */
function hostsOn({ neighbours }: LabNamespace): readonly Address[] {
  return neighbours.map(({ address }) => address);
}

function cableOf(group: readonly LabNamespace[], parts: readonly Part[]): Cable {
  const [first] = group;
  if (first === undefined) throw new RangeError('a cable has ends');
  const taken = group.flatMap((world) => [...hostsOn(world), ...(world.notAnswered ?? [])]);
  const mac = macOf(first.name, shared);
  const world: LabNamespace = {
    ...first,
    bridges: [{ name: shared, mac, mtu: 1500 }],
    addresses: distinct(
      group
        .flatMap(({ addresses }) => addresses)
        .filter(({ address }) => !taken.some((other) => sameAddress(address, other)))
        .map((held) => ({ ...held, interface: shared })),
      ({ address }) => addressKey(address),
    ),
    routes: distinct(
      [...group.flatMap(({ routes }) => routes), ...group.flatMap((one) => routesBehind(one, parts))].map(
        (route): LabRoute => ({ ...route, interface: shared }),
      ),
      ({ destination }) => formatPrefix(destination),
    ),
    neighbours: group.flatMap(({ neighbours }) => neighbours.map((one) => ({ ...one, interface: shared }))),
    answersOn: shared,
    notAnswered: taken,
  };
  return { names: group.map(({ name }) => name), world, mac };
}

/** The networks of the host on a link, through the host. */
function routesBehind(world: LabNamespace, parts: readonly Part[]): readonly LabRoute[] {
  const part = parts.find(({ topology }) => topology.namespaces.includes(world));
  const host = part?.topology.namespaces.find(({ name }) => name === part.topology.host);
  const bridges = new Set(host?.bridges.map(({ name }) => name));
  return (host?.addresses ?? []).flatMap((held) => {
    const via = hostsOn(world).find(({ family }) => family === held.address.family);
    if (via === undefined || held.interface === loopbackName || !bridges.has(held.interface)) return [];
    return [{ destination: prefixOf(held.address, held.length), via, interface: shared, onLink: true }];
  });
}

function distinct<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const result = new Map<string, T>();
  for (const item of items) if (!result.has(keyOf(item))) result.set(keyOf(item), item);
  return [...result.values()];
}
