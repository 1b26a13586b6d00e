/** Constants of rules and sets in a form that is quick to compare with: one value, an interval, or names with a common start. */
import type { Interval, Value } from '../../ruleset/value.ts';
import { type AddressDatum, addressDatum, type Datum, maskDatum, prefixDatum, scalarDatum } from '../packet/datum.ts';

export type CompiledInterval =
  | { readonly kind: 'exact'; readonly value: Datum }
  | { readonly kind: 'prefix'; readonly base: AddressDatum; readonly length: number; readonly last: AddressDatum }
  | { readonly kind: 'range'; readonly first: Datum; readonly last: Datum }
  /** Any name that starts like this (`eth*`) [142]. */
  | { readonly kind: 'start'; readonly start: string };

/** The quick form of one interval. */
export function compileInterval(interval: Interval): CompiledInterval {
  switch (interval.kind) {
    case 'prefix': {
      const base = addressDatum(interval.prefix.address);
      const bits = typeof base === 'number' ? 32 : 128;
      const { length } = interval.prefix;
      if (length === bits) return { kind: 'exact', value: base };
      return { kind: 'prefix', base, length, last: lastOf(base, length) };
    }
    case 'range': {
      const first = scalarDatum(interval.first);
      const last = scalarDatum(interval.last);
      return first === last ? { kind: 'exact', value: first } : { kind: 'range', first, last };
    }
    case 'name':
      if (interval.name.endsWith('*')) return { kind: 'start', start: interval.name.slice(0, -1) };
      return { kind: 'exact', value: interval.name };
    default:
      return { kind: 'exact', value: scalarDatum(interval) };
  }
}

/** The quick form of a value: one interval, or one for each part of a concatenation. */
export function compileValue(value: Value): readonly CompiledInterval[] {
  return value.kind === 'concatenation' ? value.parts.map(compileInterval) : [compileInterval(value)];
}

function lastOf(base: AddressDatum, length: number): AddressDatum {
  if (typeof base === 'number') return (base | ~(maskDatum(base, length) as number)) >>> 0;
  return base | ((1n << BigInt(128 - length)) - 1n);
}

/** Whether a value lies in an interval. Values of different kinds never do. */
export function intervalHolds(interval: CompiledInterval, value: Datum): boolean {
  switch (interval.kind) {
    case 'exact':
      return interval.value === value;
    case 'prefix':
      return (
        typeof value !== 'string' &&
        typeof value === typeof interval.base &&
        value >= interval.base &&
        value <= interval.last
      );
    case 'range':
      return typeof value === typeof interval.first && value >= interval.first && value <= interval.last;
    case 'start':
      return typeof value === 'string' && value.startsWith(interval.start);
  }
}

/** The value as a member of a hash key; prefixes mask it first. */
export function hashPart(interval: CompiledInterval, value: Datum): Datum {
  return interval.kind === 'prefix' && typeof value !== 'string' ? prefixDatum(value, interval.length) : value;
}

/** First and last value of an interval of numbers or addresses; undefined for names. */
export function bounds(interval: CompiledInterval): { first: Datum; last: Datum } | undefined {
  switch (interval.kind) {
    case 'exact':
      return { first: interval.value, last: interval.value };
    case 'prefix':
      return { first: interval.base, last: interval.last };
    case 'range':
      return { first: interval.first, last: interval.last };
    case 'start':
      return undefined;
  }
}
