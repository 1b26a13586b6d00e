/** Checks that no element of a set or map is there twice or covers another. */
import { addressBits } from '../../net/address.ts';
import type { Interval, Scalar, Value } from '../value.ts';
import { compareValues } from '../value-order.ts';
import type { Problems } from './problems.ts';

/**
 * Refuses equal keys, and overlapping intervals unless the kernel may merge them. Overlaps of concatenated intervals are not
 * looked for here beyond equal keys. Sorts and sweeps.
 */
export function checkDistinct(keys: readonly Value[], autoMerge: boolean, problems: Problems): void {
  const points: Value[] = [];
  const intervals: Interval[] = [];
  for (const key of keys)
    if (key.kind === 'concatenation') points.push(key);
    else if (!autoMerge) intervals.push(key);
  if (intervals.every(isPoint)) points.push(...intervals.splice(0));
  points.sort(compareValues);
  for (let index = 1; index < points.length; index++) {
    const previous = points[index - 1];
    const key = points[index];
    if (previous !== undefined && key !== undefined && compareValues(previous, key) === 0) problems.add(sameKey(key));
  }
  checkDisjoint(intervals.map(spanOf), problems);
}

/** Whether an interval is one value for sure, so that it overlaps what is equal to it and nothing else. */
function isPoint(interval: Interval): boolean {
  return interval.kind === 'address' || interval.kind === 'integer' || interval.kind === 'mac';
}

function sameKey(key: Value): string {
  if (key.kind !== 'concatenation') return `the elements ${keyOf(key)} and ${keyOf(key)} overlap`;
  return `two elements have the key ${key.parts.map(keyOf).join(' . ')}`;
}

/** An interval of numbers or words of one kind. */
interface Span {
  readonly kind: string;
  readonly first: bigint | string;
  readonly last: bigint | string;
  readonly text: string;
}

function checkDisjoint(spans: readonly Span[], problems: Problems): void {
  const sorted = [...spans].sort((left, right) => compare(left.kind, right.kind) || compare(left.first, right.first));
  for (const [index, span] of sorted.entries()) {
    const previous = sorted[index - 1];
    if (previous === undefined || previous.kind !== span.kind || compare(previous.last, span.first) < 0) continue;
    problems.add(`the elements ${previous.text} and ${span.text} overlap`);
  }
}

function compare(left: bigint | string, right: bigint | string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function spanOf(interval: Interval): Span {
  const text = keyOf(interval);
  switch (interval.kind) {
    case 'prefix': {
      const { address, length } = interval.prefix;
      const size = 1n << BigInt(addressBits(address.family) - length);
      return { kind: address.family, first: address.value, last: address.value + size - 1n, text };
    }
    case 'range':
      return { kind: kindOf(interval.first), first: boundOf(interval.first), last: boundOf(interval.last), text };
    case 'name': {
      const wildcard = interval.name.endsWith('*');
      const first = wildcard ? interval.name.slice(0, -1) : interval.name;
      return { kind: 'name', first, last: wildcard ? `${first}\uffff` : first, text };
    }
    default:
      return { kind: kindOf(interval), first: boundOf(interval), last: boundOf(interval), text };
  }
}

function kindOf(scalar: Scalar): string {
  return scalar.kind === 'address' ? scalar.address.family : scalar.kind;
}

function boundOf(scalar: Scalar): bigint | string {
  switch (scalar.kind) {
    case 'integer':
      return BigInt(scalar.value);
    case 'address':
      return scalar.address.value;
    case 'name':
      return scalar.name;
    case 'mac':
      return scalar.mac;
  }
}

function keyOf(interval: Interval): string {
  switch (interval.kind) {
    case 'prefix':
      return `${boundOf({ kind: 'address', address: interval.prefix.address })}/${interval.prefix.length}`;
    case 'range':
      return `${boundOf(interval.first)}-${boundOf(interval.last)}`;
    default:
      return `${boundOf(interval)}`;
  }
}
