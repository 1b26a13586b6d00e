/** The world outside the host: behind every interface of the host, a namespace that holds every address there is. */
import type { PortVlan } from '../host-view/host-view.ts';
import { bridgesOfNics, isLan } from '../model/lan.ts';
import type { Host, Network } from '../model/model.ts';
import { type Address, addressBits, families, parseAddress, sameAddress } from '../net/address.ts';
import {
  type InterfaceAddress,
  lastAddress,
  type Prefix,
  parseInterfaceAddress,
  prefixContains,
  prefixesOverlap,
  prefixOf,
  wholeFamily,
} from '../net/prefix.ts';
import { macOf } from './link-layer.ts';
import { loopbackName } from './loopback.ts';
import { plainSysctls } from './sysctls.ts';
import { hostNamespace, type LabLink, type LabNamespace, type LabRoute, type Outside } from './topology.ts';

/** An interface of the host that leads outside, as the lab builds it. */
export interface Wire {
  readonly name: string;
  readonly addresses: readonly InterfaceAddress[];
  readonly mtu: number;
  /** The bridge that takes it over, and its addresses with it. */
  readonly bridge: string | undefined;
}

/** The wires of a host and its routes: as declared, or, when the policy declares no interface, one of documentation addresses. */
export function outsideWires(
  host: Host,
  networks: readonly Network[],
  trunks: ReadonlyMap<string, { readonly bridge: string }>,
): { readonly wires: readonly Wire[]; readonly routes: readonly LabRoute[] } {
  const bridges = new Map([
    ...bridgesOfNics(networks),
    ...[...trunks].map(([nic, { bridge }]) => [nic, bridge] as const),
  ]);
  const routes = host.routes.map(({ destination, via, interface: name }) => ({
    destination,
    via,
    interface: name && (bridges.get(name) ?? name),
  }));
  const nics = networks.filter(isLan).map((network) => nicOf(network, host));
  const known = new Set([loopbackName, ...networks.map(({ bridge }) => bridge), ...nics.map(({ name }) => name)]);
  const declared = host.interfaces
    .filter(({ name }) => !known.has(name))
    .map(({ name, addresses, mtu }) => ({ name, addresses, mtu: mtu ?? 1500, bridge: trunks.get(name)?.bridge }));
  const undeclared = [...trunks]
    .filter(([name]) => !declared.some((wire) => wire.name === name))
    .map(([name, { bridge }]) => ({ name, addresses: [], mtu: 1500, bridge }));
  nics.push(...undeclared);
  if (host.interfaces.length > 0) return { wires: [...nics, ...declared], routes };
  const { wire, gateways } = impliedWire(networks);
  const defaults = gateways.map((via) => ({ destination: wholeFamily(via.family), via, interface: wire.name }));
  return { wires: [...nics, wire], routes: [...routes, ...defaults] };
}

/** The NIC of a network on the LAN, with what is written on it, or on the bridge that takes it over. */
function nicOf({ nic, bridge, networkKind }: Network, host: Host): Wire {
  const written = host.interfaces.filter(({ name }) => name === nic || name === bridge);
  return {
    name: nic ?? '',
    addresses: written.flatMap(({ addresses }) => addresses),
    mtu: written.find(({ name }) => name === nic)?.mtu ?? 1500,
    bridge: networkKind === 'physical' ? bridge : undefined,
  };
}

/** RFC 5737 and RFC 3849 documentation prefixes: nobody's addresses. */
const documentation: readonly (readonly [host: string, gateway: string])[] = [
  ['192.0.2.1/24', '192.0.2.254'],
  ['198.51.100.1/24', '198.51.100.254'],
  ['203.0.113.1/24', '203.0.113.254'],
  ['2001:db8:ffff::1/64', '2001:db8:ffff::fffe'],
  ['2001:db8:fffe::1/64', '2001:db8:fffe::fffe'],
];

function impliedWire(networks: readonly Network[]): { readonly wire: Wire; readonly gateways: readonly Address[] } {
  const taken = networks.flatMap(({ subnets }) => families.flatMap((family) => subnets[family]?.prefix ?? []));
  const addresses: InterfaceAddress[] = [];
  const gateways: Address[] = [];
  for (const family of families) {
    for (const [held, gateway] of documentation) {
      const own = parseInterfaceAddress(held);
      const via = parseAddress(gateway);
      if (own?.address.family !== family || via === undefined) continue;
      if (taken.some((prefix) => prefixesOverlap(prefix, prefixOf(own.address, own.length)))) continue;
      addresses.push(own);
      gateways.push(via);
      break;
    }
  }
  const names = new Set(networks.map(({ bridge }) => bridge));
  let number = 0;
  while (names.has(`out${number}`)) number++;
  return { wire: { name: `out${number}`, addresses, mtu: 1500, bridge: undefined }, gateways };
}

/** The namespace at the other end of a wire, and the wire. */
export function outsideOf(
  wire: Wire,
  routes: readonly LabRoute[],
  notAnswered: readonly Address[],
  vlan: PortVlan | undefined,
): { readonly namespace: LabNamespace; readonly link: LabLink; readonly outside: Outside } {
  const name = `outside/${wire.name}`;
  const end = { namespace: name, interface: 'eth0', mac: macOf(name, 'eth0'), bridge: undefined };
  const hostEnd = {
    namespace: hostNamespace,
    interface: wire.name,
    mac: macOf(hostNamespace, wire.name),
    bridge: wire.bridge,
    ...(vlan === undefined ? {} : { vlan }),
  };
  const held = addressesOutside(wire, routes);
  const namespace: LabNamespace = {
    name,
    sysctls: plainSysctls(),
    interfaceSysctls: [],
    bridges: [],
    addresses: held.map((address) => ({ address, length: addressBits(address.family), interface: end.interface })),
    routes: routesOutside(wire, end.interface),
    neighbours: wire.addresses.map(({ address }) => ({ address, interface: end.interface, mac: hostEnd.mac })),
    answersOn: end.interface,
    ...(notAnswered.length === 0 ? {} : { notAnswered }),
  };
  return {
    namespace,
    link: { ends: [hostEnd, end], mtu: wire.mtu },
    outside: {
      namespace: name,
      interface: end.interface,
      mac: end.mac,
      hostMac: hostEnd.mac,
      addresses: held,
    },
  };
}

/** The next hops that the host's routes name on this wire; for a family without one, a neighbour of the host's first address. */
function addressesOutside(wire: Wire, routes: readonly LabRoute[]): readonly Address[] {
  const held: Address[] = [];
  for (const { via, interface: name } of routes) {
    if (via === undefined || held.some((address) => sameAddress(address, via))) continue;
    const onThisWire = name === undefined ? isOnWire(wire, via) : name === (wire.bridge ?? wire.name);
    if (onThisWire) held.push(via);
  }
  for (const family of families) {
    const own = wire.addresses.find(({ address }) => address.family === family);
    if (own === undefined || held.some((address) => address.family === family)) continue;
    const neighbour = neighbourOf(own, wire);
    if (neighbour !== undefined) held.push(neighbour);
  }
  return held;
}

function isOnWire(wire: Wire, address: Address): boolean {
  return wire.addresses.some((own) => prefixContains(prefixOf(own.address, own.length), address));
}

/** The highest usable address of the subnet that the host does not hold itself; undefined when there is none. */
function neighbourOf(own: InterfaceAddress, wire: Wire): Address | undefined {
  const subnet = prefixOf(own.address, own.length);
  let value = lastAddress(subnet).value - (own.address.family === 'ipv4' && own.length < 31 ? 1n : 0n);
  for (; value > subnet.address.value; value--) {
    const candidate: Address = { family: own.address.family, value };
    if (!wire.addresses.some(({ address }) => sameAddress(address, candidate))) return candidate;
  }
  return undefined;
}

/** Everything goes to the host: its subnets directly, the rest through its first address of the family. */
function routesOutside(wire: Wire, interfaceName: string): readonly LabRoute[] {
  const subnets = new Map<string, Prefix>();
  for (const { address, length } of wire.addresses) {
    const prefix = prefixOf(address, length);
    subnets.set(`${prefix.address.family} ${prefix.address.value} ${length}`, prefix);
  }
  const routes: LabRoute[] = [...subnets.values()].map((destination) => ({
    destination,
    via: undefined,
    interface: interfaceName,
  }));
  for (const family of families) {
    const gateway = wire.addresses.find(({ address }) => address.family === family)?.address;
    if (gateway === undefined) continue;
    routes.push({ destination: wholeFamily(family), via: gateway, interface: interfaceName, onLink: true });
  }
  return routes;
}
