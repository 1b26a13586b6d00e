/** One form for each constant value, and an order of values. */
import { addressBits, compareAddresses } from '../../net/address.ts';
import { addressSet, prefixesOf } from '../../net/address-set.ts';
import { prefixOf } from '../../net/prefix.ts';
import type { Interval, Scalar, Value } from '../../ruleset/value.ts';

/** Prefixes and ranges of one value are that value; an address range that is a prefix is written as one; host bits go. */
export function normalizeInterval(interval: Interval): Interval {
  if (interval.kind === 'prefix') {
    const { address, length } = interval.prefix;
    if (length === addressBits(address.family)) return { kind: 'address', address };
    return { kind: 'prefix', prefix: prefixOf(address, length) };
  }
  if (interval.kind !== 'range') return interval;
  const { first, last } = interval;
  if (sameScalar(first, last)) return first;
  return prefixOfRange(first, last) ?? interval;
}

function prefixOfRange(first: Scalar, last: Scalar): Interval | undefined {
  if (first.kind !== 'address' || last.kind !== 'address' || first.address.family !== last.address.family)
    return undefined;
  if (compareAddresses(first.address, last.address) > 0) return undefined;
  const { family } = first.address;
  const prefixes = prefixesOf(addressSet([{ family, first: first.address.value, last: last.address.value }]));
  const [prefix] = prefixes;
  return prefixes.length === 1 && prefix !== undefined ? { kind: 'prefix', prefix } : undefined;
}

export function normalizeValue(value: Value): Value {
  return value.kind === 'concatenation'
    ? { kind: 'concatenation', parts: value.parts.map(normalizeInterval) }
    : normalizeInterval(value);
}

export function sameScalar(left: Scalar, right: Scalar): boolean {
  return scalarKey(left) === scalarKey(right);
}

function scalarKey(scalar: Scalar): string {
  switch (scalar.kind) {
    case 'integer':
      return `${scalar.value}`.padStart(16, '0');
    case 'address':
      return `${scalar.address.family} ${scalar.address.value.toString(16).padStart(32, '0')}`;
    case 'name':
      return `"${scalar.name}`;
    case 'mac':
      return scalar.mac;
  }
}

function intervalKey(interval: Interval): string {
  switch (interval.kind) {
    case 'prefix':
      return `${scalarKey({ kind: 'address', address: interval.prefix.address })}/${interval.prefix.length}`;
    case 'range':
      return `${scalarKey(interval.first)}-${scalarKey(interval.last)}`;
    default:
      return scalarKey(interval);
  }
}

/** A string that is equal exactly for equal values in canonical form, and sorts them by their first value. */
export function valueKey(value: Value): string {
  return value.kind === 'concatenation' ? value.parts.map(intervalKey).join(' . ') : intervalKey(value);
}
