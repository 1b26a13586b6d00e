/**
 * The host view with what a policy leaves open filled in, so that every packet of the universe has a way: zones and LANs say where
 * addresses live that no route knows; what not even a zone knows leaves by an interface that nobody names. Every bridge has
 * a port that nobody names: whoever is attached next.
 */

import type { HostView, InterfaceView, RouteView } from '../../host-view/host-view.ts';
import { isBridgedLan } from '../../model/lan.ts';
import { families } from '../../net/address.ts';
import { type AddressRange, addressSet, rangeOfAddress } from '../../net/address-set.ts';
import { parseMac } from '../../net/mac.ts';
import { wholeFamily } from '../../net/prefix.ts';
import { isLan, leavesByLan } from '../../policy/atlas.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { BoundPort, Wiring } from '../space/space.ts';
import { givenOn } from './inside.ts';

/** Stands for any outside interface that the policy does not name. */
export const unnamedInterface = 'any outside interface';

const zoneTable = 'zones of the policy';
const restTable = 'anywhere else';

export function completedView({ atlas }: Meaning): HostView {
  const { view } = atlas;
  if (view.source === 'gathered') return view;
  const lans = atlas.networks
    .filter(isLan)
    .flatMap(({ bridge, subnets }) =>
      Object.values(subnets).map(({ prefix }) => ({ destination: prefix, interface: bridge })),
    );
  const zones = [
    ...lans,
    ...atlas.model.zones.flatMap((zone) =>
      zone.interface === undefined
        ? []
        : zone.prefixes.map((destination) => ({ destination, interface: zone.interface })),
    ),
  ];
  const present = new Set(view.interfaces.map(({ name }) => name));
  const named = [...new Set(zones.map((zone) => zone.interface))].filter(
    (name) => name !== undefined && !present.has(name),
  );
  const bridges = view.interfaces.filter(({ kind }) => kind === 'bridge');
  const route = (destination: RouteView['destination'], name: string | undefined, table: string): RouteView => ({
    destination,
    via: undefined,
    interface: name,
    kind: 'unicast',
    metric: 0,
    table,
  });
  return {
    ...view,
    interfaces: withMacs([
      ...view.interfaces,
      ...[...named, unnamedInterface].map((name) => emptyInterface(name ?? unnamedInterface, 'ethernet', undefined)),
      ...bridges.map(({ name }) => emptyInterface(`another port of ${name}`, 'veth', name)),
    ]),
    routes: [
      ...view.routes,
      ...zones.map((zone) => route(zone.destination, zone.interface, zoneTable)),
      ...families.map((family) => route(wholeFamily(family), unnamedInterface, restTable)),
    ],
    rules: [
      ...view.rules,
      { priority: 0x1_0000_0000, mark: undefined, source: undefined, table: zoneTable },
      { priority: 0x1_0000_0001, mark: undefined, source: undefined, table: restTable },
    ],
  };
}

/** Frames to the host are told from others by its link-layer addresses: any will do, if they differ. */
function withMacs(interfaces: readonly InterfaceView[]): readonly InterfaceView[] {
  return interfaces.map((entry, index) => {
    if (entry.mac !== undefined || entry.kind === 'loopback') return entry;
    const digits = (index + 1).toString(16).padStart(8, '0').match(/../g)?.join(':');
    return { ...entry, mac: parseMac(`02:00:${digits}`) };
  });
}

/** What the policy says about what is behind its bridges: subnets, containers with a port of their own, and LANs. */
export function wiringOf(meaning: Meaning): Wiring {
  const { atlas } = meaning;
  return {
    lans: lanBridges(meaning),
    links: new Map(
      atlas.networks.map(({ bridge, subnets }) => [bridge, Object.values(subnets).map(({ prefix }) => prefix)]),
    ),
    ports: boundPorts(meaning),
  };
}

/** Containers with a port of their own; behind the end of a tunnel there may be several, or none. */
function boundPorts({ atlas }: Meaning): readonly BoundPort[] {
  const ports = new Map<string, AddressRange[]>();
  for (const tunnel of atlas.model.elsewhere?.tunnels ?? []) ports.set(tunnel.interface, []);
  for (const { endpoints } of atlas.model.containers)
    for (const { port, addresses, network } of endpoints) {
      if (port === undefined || network.unmanaged) continue;
      const known = ports.get(port) ?? [];
      known.push(...Object.values(addresses).map(rangeOfAddress));
      ports.set(port, known);
    }
  return [...ports].map(([port, ranges]) => ({ port, addresses: addressSet(ranges) }));
}

function lanBridges(meaning: Meaning): NonNullable<Wiring['lans']> {
  const { atlas } = meaning;
  const ours = atlas.networks
    .filter((network) => !isLan(network))
    .flatMap(({ subnets }) => Object.values(subnets).map(({ prefix }) => prefix));
  return new Map(
    atlas.networks.flatMap((network) => {
      const { nic, bridge } = network;
      if (!isBridgedLan(network) || nic === undefined) return [];
      const gatewayBeyond = { ipv4: leavesByLan(atlas, network, 'ipv4'), ipv6: leavesByLan(atlas, network, 'ipv6') };
      return [[bridge, { nic, given: givenOn(meaning, network), gatewayBeyond, ours }] as const];
    }),
  );
}

function emptyInterface(name: string, kind: InterfaceView['kind'], bridge: string | undefined): InterfaceView {
  return {
    name,
    kind,
    mac: undefined,
    mtu: 1500,
    up: true,
    addresses: [],
    bridgePort: bridge === undefined ? undefined : { bridge, hairpin: true, isolated: false },
  };
}
