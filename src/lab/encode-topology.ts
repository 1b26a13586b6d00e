/** A topology in the agent's language. */
import type { PortVlan } from '../host-view/host-view.ts';
import { formatAddress } from '../net/address.ts';
import type { AgentRequests, WireLink, WireMacvlan, WireNamespace, WireSysctl } from './agent-protocol.ts';
import { sysctlPath } from './sysctls.ts';
import type { HeldAddress, LabNames, LabNamespace, LabRoute, Sysctl, Topology } from './topology.ts';

/** What the `build` request of the agent says for a topology. */
export function encodeTopology(topology: Topology): {
  readonly namespaces: readonly WireNamespace[];
  readonly links: readonly WireLink[];
  readonly macvlans: readonly WireMacvlan[];
} {
  const ends = [...topology.links.flatMap((link) => link.ends), ...topology.macvlans];
  const moved = new Set(topology.moves.map(({ namespace, nic }) => `${namespace} ${nic}`));
  const interfaces = new Map<string, { readonly name: string; readonly mac: string }[]>();
  for (const { namespace, interface: name, mac } of ends) {
    const list = interfaces.get(namespace);
    if (list === undefined) interfaces.set(namespace, [{ name, mac }]);
    else list.push({ name, mac });
  }
  return {
    namespaces: topology.namespaces.map((namespace) =>
      encodeNamespace(
        beforeMoves(namespace, nicsOfBridges(topology, namespace.name)),
        interfaces.get(namespace.name) ?? [],
      ),
    ),
    links: topology.links.map(({ ends: both, mtu }) => ({
      mtu,
      ends: both.map(({ namespace, interface: name, mac, bridge, vlan }) => ({
        namespace,
        interface: name,
        mac,
        bridge: vlan !== undefined || moved.has(`${namespace} ${name}`) ? null : (bridge ?? null),
        switch: vlan === undefined || bridge === undefined ? null : { name: bridge, vlan: encodeVlan(vlan) },
        // a published port is reached from its own container [91]; the world's bridge is a cable, which reflects nothing
        hairpin: bridge !== undefined && !namespace.startsWith('outside/'),
      })),
    })),
    macvlans: topology.macvlans,
  };
}

function nicsOfBridges({ moves }: Topology, name: string): ReadonlyMap<string, string> {
  return new Map(moves.filter(({ namespace }) => namespace === name).map(({ nic, bridge }) => [bridge, nic]));
}

function encodeVlan(vlan: PortVlan): { readonly access: number } | { readonly trunk: readonly number[] } {
  if (vlan.kind === 'access') return { access: vlan.tag };
  if (vlan.tags === 'all') throw new RangeError('the lab has no ports for every VLAN there is');
  return { trunk: vlan.tags };
}

/** The host as it is before its NICs are taken over: they have the addresses, and the routes go through them. */
function beforeMoves(host: LabNamespace, nicOfBridge: ReadonlyMap<string, string>): LabNamespace {
  if (nicOfBridge.size === 0) return host;
  return {
    ...host,
    addresses: host.addresses.map((held) => ({
      ...held,
      interface: nicOfBridge.get(held.interface) ?? held.interface,
    })),
    routes: host.routes.map((route) => ({
      ...route,
      interface: route.interface && (nicOfBridge.get(route.interface) ?? route.interface),
    })),
  };
}

/** What the `move` requests of the agent say, one a NIC; `pauseMs` is waited between steps. */
export function encodeMoves(topology: Topology, pauseMs = 0): readonly AgentRequests['move']['request'][] {
  const namespaces = new Map(topology.namespaces.map((namespace) => [namespace.name, namespace]));
  return topology.moves.map(({ namespace, nic, bridge }) => {
    const host = namespaces.get(namespace);
    return {
      namespace,
      nic,
      bridge,
      addresses: (host?.addresses ?? []).filter((held) => held.interface === bridge).map(encodeHeld),
      routes: (host?.routes ?? []).filter((route) => route.interface === bridge).map(encodeRoute),
      pauseMs,
    };
  });
}

function encodeNames(names: LabNames | undefined): WireNamespace['names'] {
  if (names === undefined) return null;
  return { hostname: names.hostname, files: { '/etc/hosts': names.hosts, '/etc/resolv.conf': names.resolver } };
}

function encodeHeld({ interface: name, address, length }: HeldAddress): WireNamespace['addresses'][number] {
  return { interface: name, address: formatAddress(address), length };
}

function encodeRoute({ destination, via, interface: name, onLink }: LabRoute): WireNamespace['routes'][number] {
  return {
    destination: formatAddress(destination.address),
    length: destination.length,
    via: via === undefined ? null : formatAddress(via),
    interface: name ?? null,
    onlink: onLink ?? false,
  };
}

function encodeNamespace(
  namespace: LabNamespace,
  interfaces: readonly { readonly name: string; readonly mac: string }[],
): WireNamespace {
  const answering = [...interfaces, ...namespace.bridges].find(({ name }) => name === namespace.answersOn);
  return {
    name: namespace.name,
    names: encodeNames(namespace.names),
    sysctls: namespace.sysctls.map(encodeSysctl),
    interfaceSysctls: namespace.interfaceSysctls.map(encodeSysctl),
    bridges: namespace.bridges,
    switches: namespace.switches ?? [],
    tunnels: (namespace.tunnels ?? []).map((tunnel) => ({
      ...tunnel,
      local: formatAddress(tunnel.local),
      remotes: tunnel.remotes.map(formatAddress),
    })),
    interfaces: interfaces.map(({ name }) => name),
    addresses: namespace.addresses.map(encodeHeld),
    routes: namespace.routes.map(encodeRoute),
    neighbours: namespace.neighbours.map(({ interface: name, address, mac }) => ({
      interface: name,
      address: formatAddress(address),
      mac,
    })),
    answers:
      answering === undefined
        ? null
        : {
            interface: answering.name,
            mac: answering.mac,
            except: (namespace.notAnswered ?? []).map(formatAddress),
          },
  };
}

/** A setting in the agent's language. */
export function encodeSysctl({ name, value, optional }: Sysctl): WireSysctl {
  return [sysctlPath(name), value, optional ?? false];
}
