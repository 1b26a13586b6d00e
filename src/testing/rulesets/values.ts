/** Random values of every type, intervals and keys. */
import { type Address, addressBits, type Family } from '../../net/address.ts';
import { type MacAddress, parseMac } from '../../net/mac.ts';
import { prefixOf } from '../../net/prefix.ts';
import type { KeyedCollection } from '../../ruleset/set.ts';
import {
  addressValue,
  type DataType,
  type Interval,
  integer,
  interfaceName,
  rangeValue,
  type Scalar,
  type Value,
} from '../../ruleset/value.ts';
import { between, chance, type Draw, many, pick } from './draw.ts';

export const words: readonly string[] = ['eth0', 'br-a1b2c3', 'docker0', 'veth*', 'lo', 'wlan_1', 'ctfw.12'];

export function drawAddress(draw: Draw, family: Family): Address {
  const interesting = [0n, 1n, 2n, 255n, 256n, (1n << BigInt(addressBits(family))) - 1n];
  const offset = pick(draw, interesting);
  const base = pick(
    draw,
    family === 'ipv4' ? [0x0a00_0000n, 0xac11_0000n, 0xc0a8_0100n] : [0xfd17n << 112n, 0xfe80n << 112n],
  );
  const value = (base + offset) & ((1n << BigInt(addressBits(family))) - 1n);
  return { family, value };
}

export const integerLimits: Partial<Record<DataType, number>> = {
  inet_proto: 255,
  inet_service: 65535,
  icmp_type: 255,
  icmpv6_type: 255,
  icmp_code: 255,
  icmpv6_code: 255,
  mark: 0xffff_ffff,
  ct_dir: 1,
  fib_addrtype: 8,
  pkt_type: 4,
  nf_proto: 10,
  ether_type: 0xffff,
  tcp_flag: 255,
  boolean: 1,
  integer: 255,
};

export const singleBits: Partial<Record<DataType, readonly number[]>> = {
  ct_state: [1, 2, 4, 8, 64],
  ct_status: [1, 2, 4, 8, 16, 32, 512],
};

export function drawScalar(draw: Draw, type: DataType): Scalar {
  if (type === 'ipv4_addr') return addressValue(drawAddress(draw, 'ipv4'));
  if (type === 'ipv6_addr') return addressValue(drawAddress(draw, 'ipv6'));
  if (type === 'ether_addr') return { kind: 'mac', mac: drawMac(draw) };
  if (type === 'ifname') return interfaceName(pick(draw, words));
  if (type === 'iface_index') return integer(0);
  const bits = singleBits[type];
  if (bits !== undefined) return integer(pick(draw, bits));
  const limit = integerLimits[type] ?? 255;
  return integer(chance(draw, 2) ? between(draw, 0, Math.min(limit, 10)) : between(draw, 0, limit));
}

export function drawMac(draw: Draw): MacAddress {
  const text = `02:00:00:00:00:${between(draw, 16, 255).toString(16)}`;
  return parseMac(text) ?? (text as MacAddress);
}

export const orderedTypes: ReadonlySet<DataType> = new Set<DataType>([
  'ipv4_addr',
  'ipv6_addr',
  'inet_service',
  'inet_proto',
  'mark',
  'integer',
]);

export function drawInterval(draw: Draw, type: DataType): Interval {
  const first = drawScalar(draw, type);
  if (!orderedTypes.has(type) || chance(draw, 2)) return first;
  if (first.kind === 'address') {
    const bits = addressBits(first.address.family);
    if (chance(draw, 2))
      return { kind: 'prefix', prefix: prefixOf(first.address, pick(draw, [8, 16, 24, bits - 1, bits])) };
    const last = { ...first.address, value: first.address.value + BigInt(between(draw, 1, 300)) };
    return last.value < 1n << BigInt(bits) ? rangeValue(first, addressValue(last)) : first;
  }
  if (first.kind !== 'integer') return first;
  const limit = integerLimits[type] ?? 255;
  const last = Math.min(limit, first.value + between(draw, 1, 300));
  return last > first.value ? rangeValue(first, integer(last)) : first;
}

export function isAddress(type: DataType): boolean {
  return type === 'ipv4_addr' || type === 'ipv6_addr';
}

/** A wildcard among names is an interval that may cover others. */
export function distinct(values: readonly Scalar[]): readonly Scalar[] {
  const seen = new Set<string>();
  return values.filter((value) => {
    const key = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}` : part));
    if (seen.has(key) || (value.kind === 'name' && value.name.endsWith('*'))) return false;
    seen.add(key);
    return true;
  });
}

/** Keys of which no two have a value in common. */
export function drawKeys(draw: Draw, collection: KeyedCollection): readonly Value[] {
  const keys: Value[] = [];
  for (const key of many(draw, 0, 5, () => drawKey(draw, collection)))
    if (keys.every((other) => !overlap(key, other))) keys.push(key);
  return keys;
}

export function drawKey(draw: Draw, { keyTypes, interval }: KeyedCollection): Value {
  const parts = keyTypes.map((type): Interval => {
    const part = interval ? drawInterval(draw, type) : drawScalar(draw, type);
    return part.kind === 'name' && part.name.endsWith('*') ? interfaceName('eth9') : part;
  });
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind: 'concatenation', parts };
}

export function overlap(left: Value, right: Value): boolean {
  const leftParts = left.kind === 'concatenation' ? left.parts : [left];
  const rightParts = right.kind === 'concatenation' ? right.parts : [right];
  return leftParts.every((part, index) => {
    const other = rightParts[index];
    return other !== undefined && intervalsOverlap(part, other);
  });
}

export function intervalsOverlap(left: Interval, right: Interval): boolean {
  const [a, b] = [bounds(left), bounds(right)];
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a.first <= b.last && b.first <= a.last;
}

export function bounds(interval: Interval): string | { readonly first: bigint; readonly last: bigint } {
  switch (interval.kind) {
    case 'integer':
      return { first: BigInt(interval.value), last: BigInt(interval.value) };
    case 'address':
      return { first: interval.address.value, last: interval.address.value };
    case 'prefix': {
      const { address, length } = interval.prefix;
      const size = 1n << BigInt(addressBits(address.family) - length);
      return { first: address.value, last: address.value + size - 1n };
    }
    case 'range': {
      const [first, last] = [bounds(interval.first), bounds(interval.last)];
      return typeof first === 'string' || typeof last === 'string' ? '' : { first: first.first, last: last.last };
    }
    case 'name':
      return interval.name;
    case 'mac':
      return interval.mac;
  }
}
