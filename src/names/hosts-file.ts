/**
 * The /etc/hosts of a container: localhost, its own names, the targets of its links, and the containers that it can call by
 * name. Docker answers the last of these from its embedded name server; a hosts file says the same without one.
 */

import type { Container, Endpoint, Model, Network } from '../model/model.ts';
import { type Address, addressKey, families, formatAddress } from '../net/address.ts';
import { namespaceOwner } from './namespace.ts';

/** One line: an address and its names, the canonical one first. */
export interface HostsLine {
  readonly address: string;
  readonly names: readonly string[];
}

/** What Docker writes at the head of each hosts file. */
const localLines: readonly HostsLine[] = [
  { address: '127.0.0.1', names: ['localhost'] },
  { address: '::1', names: ['localhost', 'ip6-localhost', 'ip6-loopback'] },
  { address: 'fe00::', names: ['ip6-localnet'] },
  { address: 'ff00::', names: ['ip6-mcastprefix'] },
  { address: 'ff02::1', names: ['ip6-allnodes'] },
  { address: 'ff02::2', names: ['ip6-allrouters'] },
];

/** The bridge of Docker's default network, on which containers know each other by links alone. */
const defaultBridge = 'docker0';

/**
 * The lines of a container's hosts file: localhost, links in file order, itself, then by network and in file order the
 * other containers of its user-defined networks (all but the one whose bridge is docker0). An address has one line.
 * The ends of a link are resolved already: one to or from a container that shares a network is its owner's.
 * A container without networks has the localhost lines alone. Not for mode `host`: such a container reads the host's file.
 */
export function hostsLines(model: Model, container: Container): readonly HostsLine[] {
  const owner = namespaceOwner(model, container);
  const lines = new Map<string, { readonly address: Address; readonly names: Set<string> }>();
  const say = (endpoint: Endpoint, names: readonly string[]): void => {
    for (const family of families) {
      const address = endpoint.addresses[family];
      if (address === undefined) continue;
      const line = lines.get(addressKey(address)) ?? { address, names: new Set<string>() };
      for (const name of names) line.names.add(name);
      lines.set(addressKey(address), line);
    }
  };

  const ownNetworks = new Set<Network>(owner.endpoints.map(({ network }) => network));
  for (const { from, to, alias } of model.links) {
    if (from !== owner || to === owner) continue;
    for (const endpoint of to.endpoints)
      if (ownNetworks.has(endpoint.network)) say(endpoint, [...(alias === undefined ? [] : [alias]), ...namesOf(to)]);
  }
  for (const endpoint of owner.endpoints)
    say(endpoint, isUserDefined(endpoint.network) ? namesOn(owner, endpoint) : hostnames(owner));
  const peers = peersByNetwork(model, ownNetworks);
  for (const { network } of owner.endpoints)
    if (isUserDefined(network))
      for (const { peer, endpoint } of peers.get(network) ?? []) say(endpoint, namesOn(peer, endpoint));

  const found = [...lines.values()].map(({ address, names }) => ({
    address: formatAddress(address),
    names: [...names],
  }));
  return [...localLines, ...found];
}

function isUserDefined({ bridge, networkKind }: Network): boolean {
  return bridge !== defaultBridge && networkKind !== 'wire';
}

function peersByNetwork(
  model: Model,
  networks: ReadonlySet<Network>,
): ReadonlyMap<Network, { readonly peer: Container; readonly endpoint: Endpoint }[]> {
  const result = new Map<Network, { readonly peer: Container; readonly endpoint: Endpoint }[]>();
  for (const peer of model.containers)
    for (const endpoint of peer.endpoints) {
      if (!networks.has(endpoint.network)) continue;
      const list = result.get(endpoint.network);
      if (list === undefined) result.set(endpoint.network, [{ peer, endpoint }]);
      else list.push({ peer, endpoint });
    }
  return result;
}

/** The hostname, and its first label where it has several: the names that Docker writes for the container itself. */
function hostnames({ hostname }: Container): readonly string[] {
  const [label] = hostname.split('.', 1);
  return label === undefined || label === '' || label === hostname ? [hostname] : [hostname, label];
}

function namesOf(container: Container): readonly string[] {
  return [...hostnames(container), container.name];
}

/** The names of a container on a user-defined network: hostname, name, and its aliases there. */
function namesOn(container: Container, endpoint: Endpoint): readonly string[] {
  return [...namesOf(container), ...endpoint.aliases, ...container.aliases];
}

/** A hosts file as Docker writes it: address, tab, names. */
export function formatHostsFile(lines: readonly HostsLine[]): string {
  return lines.map(({ address, names }) => `${address}\t${names.join(' ')}\n`).join('');
}
