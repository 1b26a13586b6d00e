/** Which address a host puts into packets of its own and into masqueraded ones [58, 59, 134]. */
import { ipv6Loopback, ipv6Scope, isLinkLocal, isMulticast } from '../packet/addresses.ts';
import { type AddressDatum, prefixDatum } from '../packet/datum.ts';
import { type NetworkInterface, scopeNumber } from './interfaces.ts';

type Interfaces = ReadonlyMap<string, NetworkInterface>;

/**
 * IPv4: the first primary address of the interface, of at most this scope, whose subnet holds `near`; else its first primary
 * address; else the first one of another interface [58, 59].
 */
export function selectIpv4Source(
  interfaces: Interfaces,
  output: NetworkInterface,
  near: AddressDatum | undefined,
  maximumScope: number,
): AddressDatum | undefined {
  let first: AddressDatum | undefined;
  for (const held of output.addresses) {
    if (typeof held.address !== 'number' || held.secondary || scopeNumber[held.scope] > maximumScope) continue;
    if (near === undefined || prefixDatum(held.address, held.length) === prefixDatum(near, held.length))
      return held.address;
    first ??= held.address;
  }
  if (first !== undefined) return first;
  for (const other of interfaces.values()) {
    if (!other.up) continue;
    const held = other.addresses.find(
      (entry) =>
        typeof entry.address === 'number' &&
        !entry.secondary &&
        entry.scope !== 'link' &&
        scopeNumber[entry.scope] <= maximumScope,
    );
    if (held !== undefined) return held.address;
  }
  return undefined;
}

interface Candidate {
  readonly address: bigint;
  readonly length: number;
  readonly deprecated: boolean;
  readonly interface: string;
}

/** IPv6: RFC 6724 for a destination, with a preference for the interface that the packet leaves by [134]. */
export function selectIpv6Source(
  interfaces: Interfaces,
  output: NetworkInterface,
  destination: bigint,
): bigint | undefined {
  const narrow = isMulticast(destination) || ipv6Scope(destination) <= 2;
  const candidates: Candidate[] = [];
  for (const held of interfaces.values()) {
    if (!held.up || (narrow && held.name !== output.name && destination !== ipv6Loopback)) continue;
    const own: Candidate[] = [];
    for (const { address, length, deprecated } of held.addresses) {
      if (typeof address === 'bigint') own.push({ address, length, deprecated, interface: held.name });
    }
    candidates.push(...inKernelOrder(own));
  }
  let best: Candidate | undefined;
  for (const candidate of candidates) {
    if (best === undefined || prefers(candidate, best, destination, output.name)) best = candidate;
  }
  return best?.address;
}

/** Wider scopes first; among equals the address added last comes first. */
function inKernelOrder(addresses: readonly Candidate[]): Candidate[] {
  return addresses
    .map((candidate, order) => ({ candidate, order }))
    .sort((a, b) => ipv6Scope(b.candidate.address) - ipv6Scope(a.candidate.address) || b.order - a.order)
    .map(({ candidate }) => candidate);
}

/** Whether `left` is strictly better than `right`: the first criterion in which they differ decides. */
function prefers(left: Candidate, right: Candidate, destination: bigint, output: string): boolean {
  const scope = ipv6Scope(destination);
  const criteria = [
    (candidate: Candidate) => (candidate.address === destination ? 1 : 0),
    (candidate: Candidate) => {
      const own = ipv6Scope(candidate.address);
      return own >= scope ? -own + 100 : own - 100;
    },
    (candidate: Candidate) => (candidate.deprecated ? 0 : 1),
    (candidate: Candidate) => (candidate.interface === output ? 1 : 0),
    (candidate: Candidate) => (label(candidate.address) === label(destination) ? 1 : 0),
    (candidate: Candidate) => Math.min(commonBits(candidate.address, destination), candidate.length),
  ];
  for (const criterion of criteria) {
    const difference = criterion(left) - criterion(right);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

function commonBits(left: bigint, right: bigint): number {
  const difference = left ^ right;
  return difference === 0n ? 128 : 128 - difference.toString(2).length;
}

/** The label of RFC 6724's policy table that the kernel has built in. */
function label(address: bigint): number {
  if (address === ipv6Loopback) return 0;
  if (address >> 32n === 0xffffn) return 4;
  if (address >> 32n === 0n) return 3;
  if (address >> 112n === 0x2002n) return 2;
  if (address >> 96n === 0x2001_0000n) return 6;
  if (address >> 100n === 0x200_1001n) return 7;
  if (address >> 118n === 0x3fbn) return 11;
  if (address >> 112n === 0x3ffen) return 12;
  if (address >> 121n === 0x7en) return 5;
  return 1;
}

/** The address that a host's own packet gets when it goes this way and the sender has named none. */
export function selectSource(
  interfaces: Interfaces,
  output: NetworkInterface,
  destination: AddressDatum,
  gateway: AddressDatum | undefined,
  scope: number,
): AddressDatum | undefined {
  if (typeof destination === 'bigint') return selectIpv6Source(interfaces, output, destination);
  return selectIpv4Source(interfaces, output, gateway, scope);
}

/** The first primary address of an interface: what `redirect` leads to [76]. */
export function firstAddress(
  held: NetworkInterface,
  family: 'ipv4' | 'ipv6',
  destination: AddressDatum,
): AddressDatum | undefined {
  if (family === 'ipv4')
    return held.addresses.find((entry) => typeof entry.address === 'number' && !entry.secondary)?.address;
  const wantsLinkLocal = isLinkLocal(destination);
  const own = held.addresses.filter(
    (entry) => typeof entry.address === 'bigint' && isLinkLocal(entry.address) === wantsLinkLocal,
  );
  return own.at(-1)?.address;
}
