/** Well-known addresses, ICMP types and kernel constants that our rules name. */
import { type Address, parseAddress } from '../net/address.ts';
import { parsePrefix } from '../net/prefix.ts';
import { addressValue, type Interval, integer, prefixValue, type Scalar } from '../ruleset/value.ts';

function knownAddress(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return address;
}

function knownPrefix(text: string): Interval {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(`not a prefix: ${text}`);
  return prefixValue(prefix);
}

export const loopbackPrefix = { ipv4: knownPrefix('127.0.0.0/8'), ipv6: knownPrefix('::1/128') } as const;
export const firstLoopback: Scalar = addressValue(knownAddress('127.0.0.1'));
export const multicastPrefix = knownPrefix('ff00::/8');
/** IPv4: multicast, and the limited broadcast address. */
export const multicastAndBroadcast = knownPrefix('224.0.0.0/3');
export const linkLocalPrefix = knownPrefix('fe80::/10');
export const unspecified = {
  ipv4: addressValue(knownAddress('0.0.0.0')),
  ipv6: addressValue(knownAddress('::')),
} as const;

/** RTN_LOCAL, RTN_BROADCAST and RTN_MULTICAST of rtnetlink(7), as `fib ... type` gives them. */
export const localAddressType = 2;
export const broadcastAddressType = 3;
export const multicastAddressType = 5;

/** The bits of `ct state` [33]. */
export const conntrackState = { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 } as const;

/** Router and neighbour solicitation and advertisement, redirect: valid only with hop limit 255, that is, from the link itself (RFC 4861). */
export const neighbourDiscoveryTypes = [133, 134, 135, 136, 137].map(integer);
/** Multicast listener query, reports and done (RFC 2710, RFC 3810), which switches need for neighbour discovery. */
export const multicastListenerTypes = [130, 131, 132, 143].map(integer);
/** Destination unreachable, time exceeded, parameter problem; for ICMPv6 also packet too big. */
export const icmpErrorTypes = { ipv4: [3, 11, 12].map(integer), ipv6: [1, 2, 3, 4].map(integer) } as const;
/** 802.1Q, 802.1ad and the older QinQ: what still stands in front of a packet whose outer tag the kernel has taken off. */
export const vlanProtocols = [0x8100, 0x88a8, 0x9100].map(integer);
