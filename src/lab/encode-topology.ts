/** A topology in the agent's language. */
import { formatAddress } from '../net/address.ts';
import type { AgentRequests, WireLink, WireMacvlan, WireNamespace, WireSysctl } from './agent-protocol.ts';
import { sysctlPath } from './sysctls.ts';
import {
  type HeldAddress,
  hostNamespace,
  type LabNames,
  type LabNamespace,
  type LabRoute,
  type Sysctl,
  type Topology,
} from './topology.ts';

/** What the `build` request of the agent says for a topology. */
export function encodeTopology(topology: Topology): {
  readonly namespaces: readonly WireNamespace[];
  readonly links: readonly WireLink[];
  readonly macvlans: readonly WireMacvlan[];
} {
  const ends = [...topology.links.flatMap((link) => link.ends), ...topology.macvlans];
  const nicOfBridge = new Map(topology.moves.map(({ nic, bridge }) => [bridge, nic]));
  const nics = new Set(nicOfBridge.values());
  const isMoved = (namespace: string, name: string): boolean => namespace === hostNamespace && nics.has(name);
  const interfaces = new Map<string, { readonly name: string; readonly mac: string }[]>();
  for (const { namespace, interface: name, mac } of ends) {
    const list = interfaces.get(namespace);
    if (list === undefined) interfaces.set(namespace, [{ name, mac }]);
    else list.push({ name, mac });
  }
  return {
    namespaces: topology.namespaces.map((namespace) =>
      encodeNamespace(
        namespace.name === hostNamespace ? beforeMoves(namespace, nicOfBridge) : namespace,
        interfaces.get(namespace.name) ?? [],
      ),
    ),
    links: topology.links.map(({ ends: both, mtu }) => ({
      mtu,
      ends: both.map(({ namespace, interface: name, mac, bridge }) => ({
        namespace,
        interface: name,
        mac,
        bridge: isMoved(namespace, name) ? null : (bridge ?? null),
        hairpin: bridge !== undefined, // a published port is reached from its own container [91]
      })),
    })),
    macvlans: topology.macvlans.map((device) => ({ ...device, parentNamespace: hostNamespace })),
  };
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
  const host = topology.namespaces.find(({ name }) => name === hostNamespace);
  return topology.moves.map(({ nic, bridge }) => ({
    namespace: hostNamespace,
    nic,
    bridge,
    addresses: (host?.addresses ?? []).filter((held) => held.interface === bridge).map(encodeHeld),
    routes: (host?.routes ?? []).filter((route) => route.interface === bridge).map(encodeRoute),
    pauseMs,
  }));
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
  const answering = interfaces.find(({ name }) => name === namespace.answersOn);
  return {
    name: namespace.name,
    names: encodeNames(namespace.names),
    sysctls: namespace.sysctls.map(encodeSysctl),
    interfaceSysctls: namespace.interfaceSysctls.map(encodeSysctl),
    bridges: namespace.bridges,
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
