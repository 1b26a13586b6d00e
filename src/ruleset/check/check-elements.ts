/** Checks that no element of a set or map is there twice or covers another. */
import { addressBits } from '../../net/address.ts';
import type { Interval, Scalar, Value } from '../value.ts';
import type { Problems } from './problems.ts';

/**
 * Refuses equal keys, and overlapping intervals unless the kernel may merge them. Overlaps of concatenated intervals are not
 * looked for here beyond equal keys. Sorts and sweeps.
 */
export function checkDistinct(keys: readonly Value[], autoMerge: boolean, problems: Problems): void {
  const concatenated = keys.filter((key) => key.kind === 'concatenation');
  const seen = new Set<string>();
  for (const key of concatenated) {
    const text = key.parts.map(keyOf).join(' . ');
    if (seen.has(text)) problems.add(`two elements have the key ${text}`);
    seen.add(text);
  }
  if (!autoMerge)
    checkDisjoint(
      keys.flatMap((key) => (key.kind === 'concatenation' ? [] : [spanOf(key)])),
      problems,
    );
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
