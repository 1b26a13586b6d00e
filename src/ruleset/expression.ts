/** What a rule reads from a packet, its connection or the host. nft(8) names; iptables matches are expressed in the same terms. */
import type { MapReference } from './set.ts';
import type { Scalar } from './value.ts';

export type Expression =
  | PayloadExpression
  | RawPayloadExpression
  | MetaExpression
  | ConntrackExpression
  | FibExpression
  | ConcatExpression
  | BitwiseExpression
  | MapExpression
  | NumberGeneratorExpression
  | HashExpression
  | ExtensionHeaderExpression
  | PhysicalDeviceExpression
  | ConstantExpression;

/** A header field, `ip saddr`, `tcp dport`, `th dport`, `icmp type`, `ether saddr`, `ip6 hoplimit`. Implies that the packet has that header [20, 145]. */
export interface PayloadExpression {
  readonly kind: 'payload';
  readonly protocol: PayloadProtocol;
  readonly field: string;
}

export type PayloadProtocol =
  | 'ether'
  | 'vlan'
  | 'arp'
  | 'ip'
  | 'ip6'
  | 'icmp'
  | 'icmpv6'
  | 'igmp'
  | 'tcp'
  | 'udp'
  | 'udplite'
  | 'sctp'
  | 'dccp'
  | 'ah'
  | 'esp'
  | 'comp'
  /** Any transport header with ports. */
  | 'th';

/** `@th,16,16`. */
export interface RawPayloadExpression {
  readonly kind: 'raw-payload';
  readonly base: 'll' | 'nh' | 'th' | 'ih';
  readonly offset: number;
  readonly length: number;
}

export interface MetaExpression {
  readonly kind: 'meta';
  readonly key: MetaKey;
}

export type MetaKey =
  | 'iifname'
  | 'oifname'
  | 'iif'
  | 'oif'
  | 'iiftype'
  | 'oiftype'
  | 'iifgroup'
  | 'oifgroup'
  | 'ibrname'
  | 'obrname'
  | 'mark'
  | 'l4proto'
  | 'nfproto'
  | 'protocol'
  | 'pkttype'
  | 'length'
  | 'priority'
  | 'skuid'
  | 'skgid'
  | 'cgroup'
  | 'cpu'
  | 'random'
  | 'nftrace'
  | 'rtclassid'
  | 'time'
  | 'day'
  | 'hour';

/** A property of the packet's connection. `direction` selects a tuple for address and port keys [51]. */
export interface ConntrackExpression {
  readonly kind: 'ct';
  readonly key: ConntrackKey;
  readonly direction: 'original' | 'reply' | undefined;
}

export type ConntrackKey =
  | 'state'
  | 'status'
  | 'direction'
  | 'mark'
  | 'expiration'
  | 'helper'
  | 'l3proto'
  | 'protocol'
  | 'ip saddr'
  | 'ip daddr'
  | 'ip6 saddr'
  | 'ip6 daddr'
  | 'proto-src'
  | 'proto-dst'
  | 'zone'
  | 'label'
  | 'bytes'
  | 'packets'
  | 'avgpkt'
  | 'id';

/** A look into the routing tables [138, 139]. */
export interface FibExpression {
  readonly kind: 'fib';
  readonly flags: readonly ('saddr' | 'daddr' | 'mark' | 'iif' | 'oif')[];
  readonly result: 'type' | 'oif' | 'oifname';
}

export interface ConcatExpression {
  readonly kind: 'concat';
  readonly parts: readonly Expression[];
}

export interface BitwiseExpression {
  readonly kind: 'bitwise';
  readonly operation: 'and' | 'or' | 'xor' | 'lshift' | 'rshift';
  readonly left: Expression;
  readonly right: Expression;
}

/** The data that a map holds for a key; a miss means that the rule does not match [16]. */
export interface MapExpression {
  readonly kind: 'map';
  readonly key: Expression;
  readonly map: MapReference;
}

export interface NumberGeneratorExpression {
  readonly kind: 'numgen';
  readonly mode: 'inc' | 'random';
  readonly modulus: number;
  readonly offset: number;
}

export interface HashExpression {
  readonly kind: 'jhash' | 'symhash';
  readonly expression: Expression | undefined;
  readonly modulus: number;
  readonly seed: number | undefined;
  readonly offset: number;
}

/** IPv6 extension headers, IP options, TCP options: presence or a field. */
export interface ExtensionHeaderExpression {
  readonly kind: 'exthdr' | 'ip-option' | 'tcp-option';
  readonly name: string;
  readonly field: string | undefined;
}

/** iptables' physdev: the bridge port that a bridged packet came in by or leaves by [98]. */
export interface PhysicalDeviceExpression {
  readonly kind: 'physdev';
  readonly key: 'in' | 'out' | 'is-in' | 'is-out' | 'is-bridged';
}

export interface ConstantExpression {
  readonly kind: 'constant';
  readonly value: Scalar;
}

export const payload = (protocol: PayloadProtocol, field: string): PayloadExpression => ({
  kind: 'payload',
  protocol,
  field,
});
export const meta = (key: MetaKey): MetaExpression => ({ kind: 'meta', key });
export const ct = (key: ConntrackKey, direction?: 'original' | 'reply'): ConntrackExpression => ({
  kind: 'ct',
  key,
  direction,
});
export const concat = (...parts: readonly Expression[]): ConcatExpression => ({ kind: 'concat', parts });
export const constant = (value: Scalar): ConstantExpression => ({ kind: 'constant', value });
export const masked = (left: Expression, mask: Scalar): BitwiseExpression => ({
  kind: 'bitwise',
  operation: 'and',
  left,
  right: constant(mask),
});
export const withBits = (left: Expression, bits: Scalar): BitwiseExpression => ({
  kind: 'bitwise',
  operation: 'or',
  left,
  right: constant(bits),
});
