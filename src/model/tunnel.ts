/** The tunnels of overlay networks (`vxlan N`): one a network on each of its hosts, to all of its other hosts. */
import { type Address, sameAddress } from '../net/address.ts';
import { prefixContains, prefixOf } from '../net/prefix.ts';
import type { Host, HostInterface, Model, Network, Tunnel } from './model.ts';

/** The port of VXLAN (RFC 7348, section 5). */
export const tunnelPort = 4789;

/** The tunnels that end on a host. A network that is on one host alone has none. */
export function tunnelsOf(model: Model, host: Host): readonly Tunnel[] {
  return model.networks.flatMap((network) => {
    const { vxlan: identifier } = network;
    if (identifier === undefined || network.hosts.length < 2) return [];
    if (!network.hosts.some((place) => place.host === host.name)) return [];
    const ends = tunnelEnds(model, network);
    const peers = [...ends].flatMap(([name, address]) => (name === host.name ? [] : [{ host: name, address }]));
    return [{ network, identifier, interface: tunnelInterface(identifier), local: ends.get(host.name), peers }];
  });
}

/** At most 13 characters, whatever the identifier. */
export function tunnelInterface(identifier: number): string {
  return `vxlan${identifier}`;
}

/**
 * The address of each host in the tunnel, by host: of the interface that the placement names (`on a via eth0`), else of the
 * first that is on a link with an interface of another host, else its first. All of one family, IPv4 where everyone has it.
 */
export function tunnelEnds(model: Model, network: Network): ReadonlyMap<string, Address> {
  for (const family of ['ipv4', 'ipv6'] as const) {
    const candidates = new Map(
      network.hosts.map(({ host, via }) => [host, candidatesOf(model, host, via, family)] as const),
    );
    const every = [...candidates.values()];
    if (every.some((list) => list.length === 0)) continue;
    return new Map(
      [...candidates].map(([host, list]) => [host, nearest(list, every.filter((other) => other !== list).flat())]),
    );
  }
  return new Map();
}

interface Candidate {
  readonly address: Address;
  readonly length: number;
}

function candidatesOf(model: Model, name: string, via: string | undefined, family: Address['family']): Candidate[] {
  const host = model.hosts.find((one) => one.name === name);
  const usable = ({ name: own }: HostInterface): boolean => own !== 'lo' && (via === undefined || own === via);
  return (host?.interfaces ?? [])
    .filter(usable)
    .flatMap(({ addresses }) => addresses)
    .filter(({ address }) => address.family === family);
}

function nearest(list: readonly Candidate[], others: readonly Candidate[]): Address {
  const onOneLink = list.find(({ address, length }) =>
    others.some(
      (other) => !sameAddress(other.address, address) && prefixContains(prefixOf(address, length), other.address),
    ),
  );
  const chosen = onOneLink ?? list[0];
  if (chosen === undefined) throw new RangeError('a host without candidates was passed over before');
  return chosen.address;
}
