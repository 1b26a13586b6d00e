/**
 * `connect` as the rest of the model sees it: a network of its own kind with one end, or two. Between a host and a container
 * the host's end is the bridge of a network whose only address is the container's. Between two containers the wire is on no
 * host: both ends are on one network that nobody else can reach.
 */

import { type Address, addressKey, formatAddress } from '../net/address.ts';
import { hostPrefix } from '../net/prefix.ts';
import type { Span } from '../source/span.ts';
import type { ConnectStatement } from '../syntax/tree.ts';
import type { Endpoint, Network } from './model.ts';
import { noNameServers } from './name-servers.ts';

/** What is at one end: a host, or the container that owns the namespace. */
export interface WireEnd {
  readonly kind: 'host' | 'container';
  readonly name: string;
  readonly address: Address;
}

/** The networks of all wires, and the endpoints that they give to containers, by container name. */
export interface Wires {
  readonly networks: readonly Network[];
  readonly endpointsOf: ReadonlyMap<string, readonly Endpoint[]>;
}

/**
 * Wires of statements whose two ends are known and different; two hosts are left out (nothing of that is compiled).
 * `endOf` gives the namespace that a name stands for; `taken` are interface names that the policy uses.
 */
export function makeWires(
  statements: readonly ConnectStatement[],
  endOf: (name: string) => Pick<WireEnd, 'kind' | 'name'> | undefined,
  taken: ReadonlySet<string>,
): Wires {
  const networks: Network[] = [];
  const endpoints = new Map<string, Endpoint[]>();
  const wires = statements.flatMap(({ left, right, span }): readonly Wire[] => {
    const ends = [left, right].map(({ name, address }) => {
      const end = endOf(name.text);
      return end && { ...end, address: address.value };
    });
    const [first, second] = ends;
    if (first === undefined || second === undefined || first.address.family !== second.address.family) return [];
    if (first.name === second.name || (first.kind === 'host' && second.kind === 'host')) return [];
    return [{ first, second, span }];
  });
  for (const { wire, bridge } of namedWires(wires, taken)) {
    const { first, second, span } = wire;
    const network = wireNetwork(wire, bridge);
    networks.push(network);
    for (const [own, other] of [
      [first, second],
      [second, first],
    ] as const) {
      if (own.kind !== 'container') continue;
      const list = endpoints.get(own.name) ?? [];
      endpoints.set(own.name, list);
      list.push(wireEndpoint(network, own, other, span));
    }
  }
  return { networks, endpointsOf: endpoints };
}

interface Wire {
  readonly first: WireEnd;
  readonly second: WireEnd;
  readonly span: Span;
}

/** The end at the host, if there is one, and the other. */
function endsOf({ first, second }: Wire): readonly [WireEnd, WireEnd] {
  return first.kind === 'host' ? [first, second] : [second, first];
}

/** With names of interfaces: the order of statements has no meaning, so where several would have one name their addresses decide. */
function namedWires(
  wires: readonly Wire[],
  taken: ReadonlySet<string>,
): readonly { readonly wire: Wire; readonly bridge: string }[] {
  const used = new Set(taken);
  const keyed = wires.map((wire, order) => {
    const [host, container] = endsOf(wire);
    const key = `${container.name} ${addressKey(container.address)} ${addressKey(host.address)}`;
    return { wire, order, container, key };
  });
  return keyed
    .toSorted((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0))
    .map(({ wire, order, container }) => ({ wire, order, bridge: freeName(container.name, used) }))
    .toSorted((one, other) => one.order - other.order);
}

function wireNetwork(wire: Wire, bridge: string): Network {
  const { first, second, span } = wire;
  const [host, container] = endsOf(wire);
  const isOnHost = host.kind === 'host';
  return {
    kind: 'network',
    name: `${formatAddress(first.address)} <-> ${formatAddress(second.address)}`,
    networkKind: 'wire',
    bridge,
    nic: undefined,
    vlan: undefined,
    vxlan: undefined,
    hosts: isOnHost ? [{ host: host.name, via: undefined }] : [],
    subnets: isOnHost
      ? { [container.address.family]: { prefix: hostPrefix(container.address), gateway: host.address } }
      : {},
    mtu: 1500,
    icc: true,
    internal: !isOnHost,
    masquerade: isOnHost,
    gatewayMode: isOnHost ? 'nat' : 'isolated',
    spoofingAllowed: false,
    unmanaged: false,
    dns: noNameServers,
    span,
  };
}

function wireEndpoint(network: Network, own: WireEnd, other: WireEnd, span: Span): Endpoint {
  return {
    container: own.name,
    network,
    addresses: { [own.address.family]: own.address },
    port: undefined,
    mac: undefined,
    gateways: [],
    aliases: [],
    wired: { interface: network.bridge, peer: other.address },
    span,
  };
}

/** `wire-NAME`, cut to what an interface name may have, with a number where it is taken. */
function freeName(container: string, used: Set<string>): string {
  const plain = `wire-${container.replaceAll(/[^A-Za-z0-9_-]/g, '-')}`;
  let name = plain.slice(0, 15);
  for (let number = 2; used.has(name); number++) name = `${plain.slice(0, 15 - `${number}`.length)}${number}`;
  used.add(name);
  return name;
}
