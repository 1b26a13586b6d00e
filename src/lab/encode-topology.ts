/** A topology in the agent's language. */
import { formatAddress } from '../net/address.ts';
import type { WireLink, WireNamespace, WireSysctl } from './agent-protocol.ts';
import { sysctlPath } from './sysctls.ts';
import type { LabNamespace, Sysctl, Topology } from './topology.ts';

/** What the `build` request of the agent says for a topology. */
export function encodeTopology(topology: Topology): {
  readonly namespaces: readonly WireNamespace[];
  readonly links: readonly WireLink[];
} {
  const ends = topology.links.flatMap((link) => link.ends);
  const interfaces = new Map<string, { readonly name: string; readonly mac: string }[]>();
  for (const { namespace, interface: name, mac } of ends) {
    const list = interfaces.get(namespace);
    if (list === undefined) interfaces.set(namespace, [{ name, mac }]);
    else list.push({ name, mac });
  }
  return {
    namespaces: topology.namespaces.map((namespace) =>
      encodeNamespace(namespace, interfaces.get(namespace.name) ?? []),
    ),
    links: topology.links.map(({ ends: both, mtu }) => ({
      mtu,
      ends: both.map(({ namespace, interface: name, mac, bridge }) => ({
        namespace,
        interface: name,
        mac,
        bridge: bridge ?? null,
        hairpin: bridge !== undefined, // a published port is reached from its own container [91]
      })),
    })),
  };
}

function encodeNamespace(
  namespace: LabNamespace,
  interfaces: readonly { readonly name: string; readonly mac: string }[],
): WireNamespace {
  const answering = interfaces.find(({ name }) => name === namespace.answersOn);
  return {
    name: namespace.name,
    sysctls: namespace.sysctls.map(encodeSysctl),
    interfaceSysctls: namespace.interfaceSysctls.map(encodeSysctl),
    bridges: namespace.bridges,
    interfaces: interfaces.map(({ name }) => name),
    addresses: namespace.addresses.map(({ interface: name, address, length }) => ({
      interface: name,
      address: formatAddress(address),
      length,
    })),
    routes: namespace.routes.map(({ destination, via, interface: name, onLink }) => ({
      destination: formatAddress(destination.address),
      length: destination.length,
      via: via === undefined ? null : formatAddress(via),
      interface: name ?? null,
      onlink: onLink ?? false,
    })),
    neighbours: namespace.neighbours.map(({ interface: name, address, mac }) => ({
      interface: name,
      address: formatAddress(address),
      mac,
    })),
    answers: answering === undefined ? null : { interface: answering.name, mac: answering.mac },
  };
}

/** A setting in the agent's language. */
export function encodeSysctl({ name, value, optional }: Sysctl): WireSysctl {
  return [sysctlPath(name), value, optional ?? false];
}
