/** The host view that a policy describes: what the host must look like for the policy to mean what it says. */
import { bridgesOfNics, isBridgedLan } from '../model/lan.ts';
import { loopbackAddresses } from '../model/loopback-addresses.ts';
import type { Endpoint, Host, HostInterface, Model, Network } from '../model/model.ts';
import { isOnHost, runsOn, switchesOfNics } from '../model/placement.ts';
import { tunnelsOf } from '../model/tunnel.ts';
import { type Address, addressBits } from '../net/address.ts';
import { formatPrefix, type InterfaceAddress, parseInterfaceAddress, prefixContains, prefixOf } from '../net/prefix.ts';
import type { AddressView, HostView, InterfaceView, RouteView } from './host-view.ts';
import { accessPort, switches, tunnel } from './link-layer.ts';
import { portNames } from './port-name.ts';
import { isLoopback } from './route.ts';

/** The kernel's MTU of the loopback interface, and Ethernet's. */
const loopbackMtu = 65536;
const ethernetMtu = 1500;

/**
 * The view of one host of a policy (source `declared`): its interfaces, a bridge for each of its bridge networks (also the
 * unmanaged ones), a port for each endpoint, the host's end of each wire. A NIC that a `physical` network takes over is a
 * port of its bridge, which has its addresses. What a policy cannot say is as on a host that is set up for it: bridged
 * packets meet the rules (br_netfilter), hairpin mode is on.
 */
export function hostViewOf(model: Model, host: Host): HostView {
  const here = model.networks.filter((network) => isOnHost(network, host));
  const networks = here.filter(({ networkKind }) => networkKind === 'bridge');
  const lans = here.filter(isBridgedLan);
  // a wire between two containers is on no host
  const wires = here.filter(({ networkKind, hosts }) => networkKind === 'wire' && hosts.length > 0);
  const switched = here.filter(({ networkKind }) => networkKind === 'switch');
  const present = new Set([...networks, ...lans, ...switched]);
  const endpoints = model.containers
    .filter((container) => runsOn(container, host))
    .flatMap(({ endpoints: all }) => all.filter(({ network }) => present.has(network)));
  const taken = new Set(lans.flatMap(({ nic, bridge: name }) => [nic, name]));
  const nics = host.interfaces.filter(({ name }) => name !== 'lo' && !taken.has(name)).map(ethernet);
  const interfaces = [
    loopback(loopbackAddresses(model, host)),
    ...switches(nics, switched, host),
    ...lans.flatMap((network) => lanInterfaces(network, host)),
    ...networks.map(bridge),
    ...tunnelsOf(model, host).map(tunnel),
    ...wires.map(wireEnd),
  ];
  return {
    source: 'declared',
    name: host.name,
    interfaces: [...interfaces, ...ports(endpoints, interfaces)],
    routes: [
      ...connectedRoutes(interfaces),
      ...wires.flatMap(wireRoutes),
      ...declaredRoutes(host, interfaces, new Map([...bridgesOfNics(lans), ...switchesOfNics(model, host)])),
    ],
    rules: [
      { priority: 0, mark: undefined, source: undefined, table: 'local' },
      { priority: 32766, mark: undefined, source: undefined, table: 'main' },
      { priority: 32767, mark: undefined, source: undefined, table: 'default' },
    ],
    neighbours: undefined,
    sysctls: sysctls(host, loopbackBridges(model, host, present)),
    capabilities: { brNetfilter: true, bridgeConntrack: false, bridgeName: false },
  };
}

/** The bridge with the addresses that are written on the NIC (or on the bridge itself), and the NIC as its port. */
function lanInterfaces({ bridge: name, nic, mtu }: Network, host: Host): readonly InterfaceView[] {
  const written = host.interfaces.filter((entry) => entry.name === nic || entry.name === name);
  const declared = written.find((entry) => entry.name === nic);
  const common = { mac: undefined, up: true };
  return [
    {
      ...common,
      name,
      kind: 'bridge',
      mtu,
      addresses: kernelOrder(written.flatMap(({ addresses }) => addresses)),
      bridgePort: undefined,
    },
    {
      ...common,
      name: nic ?? '',
      kind: 'ethernet',
      mtu: declared?.mtu ?? ethernetMtu,
      addresses: [],
      bridgePort: { bridge: name, hairpin: false, isolated: false },
    },
  ];
}

/** The host's end of a wire: one address, alone, and a route to the other end. */
function wireEnd({ bridge: name, mtu, subnets }: Network): InterfaceView {
  const addresses = Object.values(subnets).map(({ gateway }) => hostAddress(gateway));
  return {
    name,
    kind: 'veth',
    mac: undefined,
    mtu,
    up: true,
    addresses: kernelOrder(addresses),
    bridgePort: undefined,
  };
}

function hostAddress(address: Address): InterfaceAddress {
  return { address, length: addressBits(address.family) };
}

function wireRoutes({ bridge: name, subnets }: Network): readonly RouteView[] {
  return Object.values(subnets).map(({ prefix }) => ({
    destination: prefix,
    via: undefined,
    interface: name,
    kind: 'unicast',
    metric: prefix.address.family === 'ipv6' ? staticMetric6 : 0,
    table: 'main',
  }));
}

function loopback(further: readonly InterfaceAddress[]): InterfaceView {
  const own = [parseInterfaceAddress('127.0.0.1/8'), parseInterfaceAddress('::1/128')].filter(
    (address) => address !== undefined,
  );
  return {
    name: 'lo',
    kind: 'loopback',
    mac: undefined,
    mtu: loopbackMtu,
    up: true,
    addresses: kernelOrder([...own, ...further]),
    bridgePort: undefined,
  };
}

function ethernet({ name, mtu, addresses }: HostInterface): InterfaceView {
  return {
    name,
    kind: 'ethernet',
    mac: undefined,
    mtu: mtu ?? ethernetMtu,
    up: true,
    addresses: kernelOrder(addresses),
    bridgePort: undefined,
  };
}

/** The bridge holds the gateway addresses, except in gateway mode `isolated`. */
function bridge({ bridge: name, mtu, subnets, gatewayMode }: Network): InterfaceView {
  const gateways =
    gatewayMode === 'isolated'
      ? []
      : Object.values(subnets).map(({ gateway, prefix }) => ({ address: gateway, length: prefix.length }));
  return {
    name,
    kind: 'bridge',
    mac: undefined,
    mtu,
    up: true,
    addresses: kernelOrder(gateways),
    bridgePort: undefined,
  };
}

function ports(endpoints: readonly Endpoint[], interfaces: readonly InterfaceView[]): InterfaceView[] {
  const names = portNames(
    endpoints,
    interfaces.map(({ name }) => name),
  );
  return endpoints.map((endpoint, index) => ({
    name: names[index] ?? '',
    kind: 'veth',
    mac: undefined,
    mtu: endpoint.network.mtu,
    up: true,
    addresses: [],
    bridgePort: { bridge: endpoint.network.bridge, hairpin: true, isolated: false, ...accessPort(endpoint.network) },
  }));
}

/** IPv4 addresses in the order they are added; of IPv6 addresses the kernel puts the newest first. */
function kernelOrder(addresses: readonly InterfaceAddress[]): AddressView[] {
  const views = addresses.map(({ address, length }) => ({
    address,
    length,
    scope: scopeOf(address),
    deprecated: false,
  }));
  const isIpv4 = ({ address }: InterfaceAddress): boolean => address.family === 'ipv4';
  return [...views.filter(isIpv4), ...views.filter((view) => !isIpv4(view)).reverse()];
}

/** As iproute2 and the kernel set it: loopback is for the host, fe80::/10 for the link, all else is universe. */
function scopeOf(address: Address): AddressView['scope'] {
  if (isLoopback(address)) return 'host';
  return address.family === 'ipv6' && address.value >> 118n === 0x3fan ? 'link' : 'universe';
}

/** The kernel's metric for IPv6 routes to a link, and for those that a user adds. */
const connectedMetric6 = 256;
const staticMetric6 = 1024;

/** One route a subnet of an interface, however many addresses it has there; a single address is on no link. */
function connectedRoutes(interfaces: readonly InterfaceView[]): RouteView[] {
  const routes = new Map<string, RouteView>();
  for (const { name, kind, addresses } of interfaces) {
    if (kind === 'loopback') continue;
    for (const { address, length } of addresses) {
      if (length === addressBits(address.family)) continue;
      const destination = prefixOf(address, length);
      const metric = address.family === 'ipv6' ? connectedMetric6 : 0;
      const route: RouteView = { destination, via: undefined, interface: name, kind: 'unicast', metric, table: 'main' };
      routes.set(`${name} ${formatPrefix(destination)}`, route);
    }
  }
  return [...routes.values()];
}

/** A route without `on` leaves by the interface on whose link the next hop is. */
function declaredRoutes(
  host: Host,
  interfaces: readonly InterfaceView[],
  bridges: ReadonlyMap<string, string>,
): RouteView[] {
  return host.routes.map(({ destination, via, interface: on }) => ({
    destination,
    via,
    interface: on === undefined ? interfaceTowards(via, interfaces) : (bridges.get(on) ?? on),
    kind: 'unicast',
    metric: via.family === 'ipv6' ? staticMetric6 : 0,
    table: 'main',
  }));
}

function interfaceTowards(nextHop: Address, interfaces: readonly InterfaceView[]): string | undefined {
  let best: { readonly name: string; readonly length: number } | undefined;
  for (const { name, kind, addresses } of interfaces)
    for (const { address, length } of kind === 'loopback' ? [] : addresses)
      if ((best === undefined || length > best.length) && prefixContains(prefixOf(address, length), nextHop))
        best = { name, length };
  return best?.name;
}

/** Bridges towards which packets with a source in 127.0.0.0/8 are routed: for ports published on loopback [95]. */
function loopbackBridges(model: Model, host: Host, present: ReadonlySet<Network>): ReadonlySet<string> {
  const bridges = new Set<string>();
  for (const { publications } of model.containers.filter((container) => runsOn(container, host)))
    for (const { listener, target } of publications) {
      const answersOnLoopback =
        listener.kind === 'all'
          ? host.loopbackPublish && listener.families.includes('ipv4')
          : listener.address.family === 'ipv4' && isLoopback(listener.address);
      const isTranslated = target.network.gatewayMode === 'nat';
      if (answersOnLoopback && isTranslated && present.has(target.network)) bridges.add(target.network.bridge);
    }
  return bridges;
}

function sysctls(host: Host, routeLocalnet: ReadonlySet<string>): Record<string, string> {
  const forward = host.ipForward ? '1' : '0';
  return {
    'net.ipv4.ip_forward': forward,
    'net.ipv6.conf.all.forwarding': forward,
    'net.bridge.bridge-nf-call-iptables': '1',
    'net.bridge.bridge-nf-call-ip6tables': '1',
    ...Object.fromEntries([...routeLocalnet].map((name) => [`net.ipv4.conf.${name}.route_localnet`, '1'])),
  };
}
