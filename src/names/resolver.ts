/** The /etc/resolv.conf of a container: the name servers it can reach, search domains and options. */

import type { Container, Model } from '../model/model.ts';
import { parseAddress } from '../net/address.ts';
import { parsePrefix, prefixContains } from '../net/prefix.ts';
import { namespaceOwner } from './namespace.ts';

export interface Resolver {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
  /** Servers of the policy that were left out: on a loopback address, which inside the container is the container itself. */
  readonly leftOut: readonly string[];
  /** Whether no server of the policy was left, so that `servers` are the ones that Docker falls back to. */
  readonly isFallback: boolean;
}

/** Docker's servers of last resort. */
const fallbackServers = ['8.8.8.8', '8.8.4.4'];
const fallbackServers6 = ['2001:4860:4860::8888', '2001:4860:4860::8844'];

const loopback = ['127.0.0.0/8', '::1/128', '::ffff:127.0.0.0/104'].flatMap((text) => parsePrefix(text) ?? []);

/**
 * The resolver settings of a container, as Docker makes them: loopback servers are left out; where none is left, its public
 * servers stand in, those with IPv6 addresses only for a container that has one. A search list of `.` alone is no list.
 * Not for mode `host`: such a container reads the host's file.
 */
export function resolverOf(model: Model, container: Container): Resolver {
  const owner = namespaceOwner(model, container);
  const { servers, search, options } = owner.dns;
  const reachable = servers.filter((server) => !isLoopback(server));
  const hasIpv6 = owner.endpoints.some(({ addresses }) => addresses.ipv6 !== undefined);
  return {
    servers: reachable.length > 0 ? reachable : hasIpv6 ? [...fallbackServers, ...fallbackServers6] : fallbackServers,
    search: search.filter((domain) => domain !== '.'),
    options,
    leftOut: servers.filter(isLoopback),
    isFallback: reachable.length === 0,
  };
}

function isLoopback(server: string): boolean {
  const address = parseAddress(server);
  return address !== undefined && loopback.some((prefix) => prefixContains(prefix, address));
}

/** resolv.conf as Docker lays it out: servers, search, options. */
export function formatResolver({ servers, search, options }: Resolver): string {
  const list = (word: string, values: readonly string[]): string =>
    values.length === 0 ? '' : `${word} ${values.join(' ')}\n`;
  return `${servers.map((server) => `nameserver ${server}\n`).join('')}${list('search', search)}${list('options', options)}`;
}
