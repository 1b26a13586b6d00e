/**
 * A host's view made ready to simulate a policy's flows on it: link-layer addresses for everything, a bridge port for every
 * container, and an interface that stands for the outside where the policy names none.
 */
import type { HostView, InterfaceView, NeighbourView, RouteView } from '../../host-view/host-view.ts';
import { bridgesOfNics, isLan } from '../../model/lan.ts';
import type { CheckedModel, Endpoint, Host, Network } from '../../model/model.ts';
import { type Address, addressKey, type Family, families, parseAddress } from '../../net/address.ts';
import type { MacAddress } from '../../net/mac.ts';
import { parseInterfaceAddress, prefixContains, prefixesOverlap, prefixOf, wholeFamily } from '../../net/prefix.ts';

export interface Places {
  readonly view: HostView;
  readonly interfaceNamed: (name: string) => InterfaceView | undefined;
  /** The bridge port behind which a container is; undefined where the view has none for it. */
  readonly portOf: (endpoint: Endpoint) => string | undefined;
  /** The container behind a bridge port. */
  readonly endpointAt: (port: string) => Endpoint | undefined;
  readonly endpoints: readonly Endpoint[];
  /** The container on a bridge that has an address. */
  readonly ownerOf: (bridge: string, address: Address) => Endpoint | undefined;
  /** The link-layer address of a container, or of an interface of the host. */
  readonly macOf: (owner: Endpoint | string) => MacAddress | undefined;
  /** What an address is reached by on a link. */
  readonly neighbourOf: (address: Address) => MacAddress | undefined;
  /** The NIC behind which the other machines of a LAN are, by the bridge that has taken it over. */
  readonly nicOf: ReadonlyMap<string, string>;
  /** Whether an address is the host's or in a network of its own: on a LAN such packets are put before the host. */
  readonly isOurs: (address: Address) => boolean;
  /** Whether an address is the host's own. */
  readonly holds: (address: Address) => boolean;
  /** The interface that stands for the outside, where the policy declares no interface. */
  readonly impliedOutside: string | undefined;
}

/** What a policy says about a host; undefined parts where rules are judged without a policy. */
export interface Inhabitants {
  readonly model: CheckedModel;
  readonly host: Host;
}

/** What a host shares with others that are simulated with it. */
export interface Surroundings {
  /** The link-layer address of a container, or of an interface of the host, wherever it is spoken of. */
  readonly macOf: (owner: Endpoint | string) => MacAddress;
  /** Other hosts and their containers that are on a link of this one. */
  readonly neighbours: readonly NeighbourView[];
}

/** The places of a host. Without a policy, no container is known by name. */
export function placesOf(given: HostView, inhabitants: Inhabitants | undefined, surroundings?: Surroundings): Places {
  const implied = inhabitants === undefined ? undefined : impliedOutside(given, inhabitants.host);
  const bare = implied === undefined ? given : implied.view;
  const interfaces = bare.interfaces.map((held, index) =>
    held.mac !== undefined || held.kind === 'loopback'
      ? held
      : { ...held, mac: surroundings?.macOf(held.name) ?? madeMac(0x0a, index) },
  );
  const endpoints = inhabitants?.model.containers.flatMap((container) => container.endpoints) ?? [];
  const ports = assignPorts(endpoints, interfaces);
  const placed = endpoints.filter((endpoint) => ports.has(endpoint));
  const macs = new Map<Endpoint | string, MacAddress>();
  for (const [index, endpoint] of placed.entries())
    macs.set(endpoint, surroundings?.macOf(endpoint) ?? endpoint.mac ?? madeMac(0x02, index));
  for (const { name, mac } of interfaces) if (mac !== undefined) macs.set(name, mac);
  const neighbours = [
    ...(bare.neighbours ?? []),
    ...(surroundings?.neighbours ?? []),
    ...placed.flatMap((endpoint) => neighboursOf(endpoint, macs)),
  ];
  const byAddress = new Map(neighbours.map(({ address, mac }) => [addressKey(address), mac]));
  const byPort = new Map([...ports].map(([endpoint, port]) => [port, endpoint]));
  const owners = new Map(
    placed.flatMap((endpoint) =>
      Object.values(endpoint.addresses).map((address) => [ownerKey(endpoint.network.bridge, address), endpoint]),
    ),
  );
  const networks = inhabitants?.model.networks ?? [];
  const subnets = networks
    .filter((network) => !network.unmanaged && !isLan(network))
    .flatMap((network) => Object.values(network.subnets).map(({ prefix }) => prefix));
  const byName = new Map(interfaces.map((held) => [held.name, held]));
  const own = new Set(interfaces.flatMap((held) => held.addresses.map(({ address }) => addressKey(address))));
  return {
    view: { ...bare, interfaces, neighbours },
    interfaceNamed: (name) => byName.get(name),
    portOf: (endpoint) => ports.get(endpoint),
    endpointAt: (port) => byPort.get(port),
    endpoints: placed,
    ownerOf: (bridge, address) => owners.get(ownerKey(bridge, address)),
    macOf: (owner) => macs.get(owner),
    neighbourOf: (address) => byAddress.get(addressKey(address)),
    nicOf: nicsOf(networks, interfaces),
    holds: (address) => own.has(addressKey(address)),
    isOurs: (address) => own.has(addressKey(address)) || subnets.some((prefix) => prefixContains(prefix, address)),
    impliedOutside: implied?.name,
  };
}

function ownerKey(bridge: string, address: Address): string {
  return `${bridge} ${addressKey(address)}`;
}

function nicsOf(networks: readonly Network[], interfaces: readonly InterfaceView[]): ReadonlyMap<string, string> {
  const held = new Set(interfaces.filter(({ bridgePort }) => bridgePort !== undefined).map(({ name }) => name));
  return new Map(
    [...bridgesOfNics(networks)].flatMap(([nic, bridge]) => (held.has(nic) ? [[bridge, nic] as const] : [])),
  );
}

/** The machines of a LAN, its gateway among them: behind their NIC one is as good as another. */
export const lanMac = madeMac(0x06, 0);

/** Locally administered addresses, told apart by their number. */
export function madeMac(first: number, number: number): MacAddress {
  const octets = [first, 0, (number >>> 24) & 255, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];
  return octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':') as MacAddress;
}

/** The port of the name that the policy gives, else the ports of the bridge in their order. */
function assignPorts(
  endpoints: readonly Endpoint[],
  interfaces: readonly InterfaceView[],
): ReadonlyMap<Endpoint, string> {
  const free = new Map<string, string[]>();
  const named = new Set(endpoints.flatMap(({ port, network }) => [port ?? [], network.nic ?? []].flat()));
  const bridgeOf = new Map<string, string>();
  for (const { name, kind, bridgePort } of interfaces) {
    if (bridgePort === undefined) continue;
    bridgeOf.set(name, bridgePort.bridge);
    if (named.has(name) || kind === 'vxlan' || bridgePort.vlan?.kind === 'trunk') continue;
    const key = segmentKey(bridgePort.bridge, bridgePort.vlan?.tag);
    const list = free.get(key) ?? [];
    list.push(name);
    free.set(key, list);
  }
  for (const list of free.values()) list.reverse();
  const ports = new Map<Endpoint, string>();
  const names = new Set(interfaces.map(({ name }) => name));
  for (const endpoint of endpoints) {
    const { bridge, networkKind, vlan } = endpoint.network;
    if (networkKind === 'wire') {
      if (names.has(bridge)) ports.set(endpoint, bridge);
      continue;
    }
    const isThere = endpoint.port !== undefined && bridgeOf.get(endpoint.port) === bridge;
    const port = isThere
      ? endpoint.port
      : free.get(segmentKey(bridge, networkKind === 'switch' ? (vlan ?? 0) : undefined))?.pop();
    if (port !== undefined) ports.set(endpoint, port);
  }
  return ports;
}

/** On a switch, ports of one VLAN are alike. */
function segmentKey(bridge: string, tag: number | undefined): string {
  return tag === undefined ? bridge : `${bridge} ${tag}`;
}

function neighboursOf(endpoint: Endpoint, macs: ReadonlyMap<Endpoint | string, MacAddress>): NeighbourView[] {
  const mac = macs.get(endpoint);
  if (mac === undefined) return [];
  return Object.values(endpoint.addresses).map((address) => ({ address, interface: endpoint.network.bridge, mac }));
}

/** Documentation addresses (RFC 5737, RFC 3849): the host's own and its gateway's on a link that no policy mentions. */
const documentation: Readonly<Record<Family, readonly (readonly [own: string, gateway: string])[]>> = {
  ipv4: [
    ['192.0.2.1/24', '192.0.2.254'],
    ['198.51.100.1/24', '198.51.100.254'],
    ['203.0.113.1/24', '203.0.113.254'],
  ],
  ipv6: [
    ['2001:db8:ffff::1/64', '2001:db8:ffff::fffe'],
    ['2001:db8:fffe::1/64', '2001:db8:fffe::fffe'],
  ],
};

/** Where a declared host has no interface, any is outside: one is made up, with a default route. */
function impliedOutside(view: HostView, host: Host): { readonly name: string; readonly view: HostView } | undefined {
  if (host.interfaces.length > 0 || view.source === 'gathered') return undefined;
  const names = new Set(view.interfaces.map(({ name }) => name));
  let name = 'outside';
  for (let number = 0; names.has(name); number++) name = `outside${number}`;
  const taken = view.interfaces.flatMap(({ addresses }) =>
    addresses.map((held) => prefixOf(held.address, held.length)),
  );
  const ends = families.flatMap((family) => {
    for (const [own, gateway] of documentation[family]) {
      const held = parseInterfaceAddress(own);
      const via = parseAddress(gateway);
      if (held === undefined || via === undefined) continue;
      const subnet = prefixOf(held.address, held.length);
      if (!taken.some((prefix) => prefixesOverlap(prefix, subnet))) return [{ held, via, subnet }];
    }
    return [];
  });
  const route = (partial: Pick<RouteView, 'destination' | 'via'>): RouteView => ({
    ...partial,
    interface: name,
    kind: 'unicast',
    metric: 1024,
    table: 'main',
  });
  const made: InterfaceView = {
    name,
    kind: 'ethernet',
    mac: undefined,
    mtu: 1500,
    up: true,
    addresses: ends.map(({ held }) => ({ ...held, scope: 'universe', deprecated: false })),
    bridgePort: undefined,
  };
  const routes = ends.flatMap(({ via, subnet }) => [
    route({ destination: subnet, via: undefined }),
    ...(hasDefault(view, via) ? [] : [route({ destination: wholeFamily(via.family), via })]),
  ]);
  return { name, view: { ...view, interfaces: [...view.interfaces, made], routes: [...view.routes, ...routes] } };
}

function hasDefault(view: HostView, { family }: Address): boolean {
  return view.routes.some(({ destination }) => destination.length === 0 && destination.address.family === family);
}

/** The container's or made-up address that a frame from a network goes to: on its subnet the neighbour itself, else the bridge. */
export function nextMac(places: Places, sender: Endpoint, destination: Address): MacAddress | undefined {
  const { network } = sender;
  const subnet = network.subnets[destination.family];
  const onLink = subnet !== undefined && prefixContains(subnet.prefix, destination);
  const isBridge = places.view.interfaces
    .find(({ name }) => name === network.bridge)
    ?.addresses.some(({ address }) => addressKey(address) === addressKey(destination));
  if (
    !onLink &&
    places.nicOf.has(network.bridge) &&
    !isGateway(places, network, destination.family) &&
    !places.isOurs(destination)
  )
    return lanMac;
  if (!onLink || isBridge === true) return places.macOf(network.bridge);
  return places.neighbourOf(destination) ?? lanMac;
}

/** The name of the container behind a bridge port; behind a tunnel there are several. */
export function containerAt(places: Places): (port: string) => string | undefined {
  const tunnels = new Set(places.view.interfaces.flatMap(({ name, tunnel }) => (tunnel === undefined ? [] : [name])));
  return (port) => (tunnels.has(port) ? undefined : places.endpointAt(port)?.container);
}

/** Whether the host is the gateway of a network on the LAN for a family. */
function isGateway(places: Places, network: Network, family: Family): boolean {
  const subnet = network.subnets[family];
  return subnet !== undefined && places.isOurs(subnet.gateway);
}
