/** Constant values in rules, sets and maps. */
import type { Address } from '../net/address.ts';
import type { MacAddress } from '../net/mac.ts';
import type { Prefix } from '../net/prefix.ts';

/** The data types of set and map keys and of map data, by their nftables names. */
export type DataType =
  | 'ipv4_addr'
  | 'ipv6_addr'
  | 'ether_addr'
  | 'ether_type'
  | 'inet_proto'
  | 'inet_service'
  | 'icmp_type'
  | 'icmpv6_type'
  | 'icmp_code'
  | 'icmpv6_code'
  | 'icmpx_code'
  | 'ifname'
  | 'iface_index'
  | 'mark'
  | 'ct_state'
  | 'ct_status'
  | 'ct_dir'
  | 'fib_addrtype'
  | 'pkt_type'
  | 'nf_proto'
  | 'tcp_flag'
  | 'boolean'
  | 'integer';

/** One value. Ports, protocol numbers, marks, types, states and flags are integers (state and flags: the kernel's bits). */
export type Scalar =
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'address'; readonly address: Address }
  /** An interface name; a trailing `*` matches any name that starts with the rest. */
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'mac'; readonly mac: MacAddress };

/** One value, or an interval of them. */
export type Interval =
  | Scalar
  | { readonly kind: 'prefix'; readonly prefix: Prefix }
  | { readonly kind: 'range'; readonly first: Scalar; readonly last: Scalar };

/** What a set element or the right side of a comparison may be. */
export type Value = Interval | { readonly kind: 'concatenation'; readonly parts: readonly Interval[] };

export const integer = (value: number): Scalar => ({ kind: 'integer', value });
export const addressValue = (address: Address): Scalar => ({ kind: 'address', address });
export const interfaceName = (name: string): Scalar => ({ kind: 'name', name });
export const prefixValue = (prefix: Prefix): Interval => ({ kind: 'prefix', prefix });
export const rangeValue = (first: Scalar, last: Scalar): Interval => ({ kind: 'range', first, last });
export const concatenation = (...parts: readonly Interval[]): Value => ({ kind: 'concatenation', parts });
