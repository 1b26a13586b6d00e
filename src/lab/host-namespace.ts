/** The host under test: its bridges, addresses, routes and settings. */
import { isLan } from '../model/lan.ts';
import { loopbackAddresses } from '../model/loopback-addresses.ts';
import type { Host, Model, Network } from '../model/model.ts';
import { families } from '../net/address.ts';
import { prefixContains, prefixOf } from '../net/prefix.ts';
import { comesWithLoopback, loopbackName } from './loopback.ts';
import type { Wire } from './outside.ts';
import type { PointToPoint } from './point-to-point.ts';
import { type HostSettings, hostSysctls } from './sysctls.ts';
import {
  type HeldAddress,
  hostNamespace,
  type LabBridge,
  type LabNamespace,
  type LabRoute,
  type LabTunnel,
} from './topology.ts';
import { bridgeMac } from './wiring.ts';

/** What surrounds a host in the lab. */
export interface Surroundings {
  readonly networks: readonly Network[];
  readonly wires: readonly Wire[];
  readonly routes: readonly LabRoute[];
  readonly peers: PointToPoint;
  readonly switches: readonly LabBridge[];
  readonly tunnels: readonly LabTunnel[];
}

/** The namespace of the host whose rules are tested. */
export function hostUnderTest(
  model: Model,
  host: Host,
  { networks, wires, routes, peers, switches, tunnels }: Surroundings,
  settings: HostSettings,
): LabNamespace {
  const { early, late } = hostSysctls(model, host, networks, settings);
  const reachable: readonly HeldAddress[] = [
    ...wires.flatMap(({ name, bridge, addresses }) =>
      addresses.map((held) => ({ ...held, interface: bridge ?? name })),
    ),
    ...networks.flatMap(bridgeAddresses),
  ];
  return {
    name: hostNamespace,
    sysctls: early,
    interfaceSysctls: late,
    bridges: networks.map((network) => ({ name: network.bridge, mac: bridgeMac(network), mtu: network.mtu })),
    ...(switches.length === 0 ? {} : { switches }),
    ...(tunnels.length === 0 ? {} : { tunnels }),
    addresses: [...reachable, ...onLoopback(model, host), ...peers.addressesOf(hostNamespace)],
    routes: [...routes.map((route) => withInterface(route, reachable)), ...peers.routesOf(hostNamespace)],
    neighbours: [],
    answersOn: undefined,
  };
}

/** Further addresses of the loopback interface. */
function onLoopback(model: Model, host: Host): readonly HeldAddress[] {
  return loopbackAddresses(model, host)
    .filter(({ address }) => !comesWithLoopback(address))
    .map((held) => ({ ...held, interface: loopbackName }));
}

/** The gateway addresses; an isolated network's bridge has none, and on a LAN the gateway is another machine. */
function bridgeAddresses(network: Network): HeldAddress[] {
  if (network.gatewayMode === 'isolated' || isLan(network)) return [];
  return families.flatMap((family) => {
    const subnet = network.subnets[family];
    return subnet === undefined
      ? []
      : [{ address: subnet.gateway, length: subnet.prefix.length, interface: network.bridge }];
  });
}

/** A route that names no interface leaves by the one on whose link its next hop is, the longest prefix first. */
function withInterface(route: LabRoute, reachable: readonly HeldAddress[]): LabRoute {
  const { via } = route;
  if (via === undefined || route.interface !== undefined) return { ...route, onLink: true };
  let best: HeldAddress | undefined;
  for (const held of reachable) {
    if (!prefixContains(prefixOf(held.address, held.length), via)) continue;
    if (best === undefined || held.length > best.length) best = held;
  }
  return { ...route, interface: best?.interface };
}
