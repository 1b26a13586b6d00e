/**
 * Finding the element of a set or map that holds a key, in time that does not grow with the number of elements: hashes for
 * exact keys, binary search for intervals, and one hash a shape of concatenation (which fields are exact, prefixes of which
 * length, ranges). Law: the result is the first element, in the order of declaration, that a walk over all would find.
 */
import type { Value } from '../../ruleset/value.ts';
import type { Datum } from '../packet/datum.ts';
import { prefixDatum } from '../packet/datum.ts';
import { finishHash, mixDatum } from '../packet/hash.ts';
import { ExactTable } from './exact-table.ts';
import { bounds, type CompiledInterval, compileValue, intervalHolds } from './interval.ts';
import { compileRanges } from './ranges.ts';

export type Lookup<T> = (key: readonly Datum[]) => T | undefined;

interface Entry<T> {
  readonly intervals: readonly CompiledInterval[];
  readonly order: number;
  readonly element: T;
}

/** Compiles elements into a lookup. `keyOf` gives an element's key. */
export function compileLookup<T>(elements: readonly T[], keyOf: (element: T) => Value): Lookup<T> {
  const entries = elements.map((element, order) => ({ intervals: compileValue(keyOf(element)), order, element }));
  const width = entries[0]?.intervals.length ?? 1;
  if (width === 1) return compileSingle(entries);
  return compileConcatenation(entries);
}

/** The same by walking over all elements: what {@link compileLookup} must agree with. */
export function walkLookup<T>(elements: readonly T[], keyOf: (element: T) => Value): Lookup<T> {
  const entries = elements.map((element) => ({ intervals: compileValue(keyOf(element)), element }));
  return (key) =>
    entries.find(
      ({ intervals }) =>
        intervals.length === key.length &&
        intervals.every((interval, index) => intervalHolds(interval, key[index] ?? '')),
    )?.element;
}

function compileSingle<T>(entries: readonly Entry<T>[]): Lookup<T> {
  const exact = new Map<Datum, Entry<T>>();
  const ranges: Entry<T>[] = [];
  const starts: { start: string; entry: Entry<T> }[] = [];
  for (const entry of entries) {
    const interval = entry.intervals[0];
    if (interval === undefined) continue;
    if (interval.kind === 'exact') {
      if (!exact.has(interval.value)) exact.set(interval.value, entry);
    } else if (interval.kind === 'start') starts.push({ start: interval.start, entry });
    else ranges.push(entry);
  }
  if (ranges.length === 0 && starts.length === 0) {
    const elements = new Map([...exact].map(([value, { element }]) => [value, element]));
    return (key) => elements.get(key[0] ?? '');
  }
  const intervals = compileRanges(
    ranges.flatMap((entry) => {
      const limits = entry.intervals[0] && bounds(entry.intervals[0]);
      return limits === undefined ? [] : [{ ...limits, entry }];
    }),
  );
  return (key) => {
    const value = key[0];
    if (value === undefined) return undefined;
    let best = earlier(exact.get(value), intervals(value));
    if (typeof value === 'string') {
      for (const { start, entry } of starts) if (value.startsWith(start)) best = earlier(best, entry);
    }
    return best?.element;
  };
}

function earlier<T>(left: Entry<T> | undefined, right: Entry<T> | undefined): Entry<T> | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return left.order <= right.order ? left : right;
}

/** One hash of a concatenation's shape: exact fields and masked prefixes are hashed, other fields compared one by one. */
interface Shape<T> {
  /** For each field: hash it as it is (-1), hash this many leading bits, or do not hash it (undefined). */
  readonly fields: readonly (number | undefined)[];
  /** One entry or several of the same hash, in their order. */
  readonly buckets: Map<number, Entry<T> | Entry<T>[]>;
}

function compileConcatenation<T>(all: readonly Entry<T>[]): Lookup<T> {
  const width = all[0]?.intervals.length ?? 0;
  const isExact = ({ intervals }: Entry<T>): boolean =>
    intervals.length === width && intervals.every(({ kind }) => kind === 'exact');
  const exact = all.filter(isExact);
  if (exact.length === all.length) {
    const elements = exactTable(width, exact, ({ element }) => element);
    return (key) => elements.find(key);
  }
  const table = exactTable(width, exact, (entry) => entry);
  const shaped = compileShapes(all.filter((entry) => !isExact(entry)));
  return (key) => earlier(table.find(key), shaped(key))?.element;
}

function exactTable<T, U>(width: number, entries: readonly Entry<T>[], held: (entry: Entry<T>) => U): ExactTable<U> {
  const table = new ExactTable<U>(width, entries.length);
  for (const entry of entries)
    table.add(
      entry.intervals.map((interval) => bounds(interval)?.first ?? ''),
      held(entry),
    );
  return table;
}

function compileShapes<T>(entries: readonly Entry<T>[]): (key: readonly Datum[]) => Entry<T> | undefined {
  const shapes = new Map<string, Shape<T>>();
  for (const entry of entries) {
    const fields = entry.intervals.map(hashedBits);
    const name = fields.join(',');
    const shape = shapes.get(name) ?? { fields, buckets: new Map<number, Entry<T> | Entry<T>[]>() };
    shapes.set(name, shape);
    const starts = entry.intervals.map((interval) => bounds(interval)?.first ?? '');
    const hash = hashKey(fields, starts);
    const bucket = shape.buckets.get(hash);
    if (bucket === undefined) shape.buckets.set(hash, entry);
    else if (Array.isArray(bucket)) bucket.push(entry);
    else shape.buckets.set(hash, [bucket, entry]);
  }
  const known = [...shapes.values()];
  return (key) => {
    let best: Entry<T> | undefined;
    for (const { fields, buckets } of known) {
      if (fields.length === key.length) best = earlier(best, findIn(buckets.get(hashKey(fields, key)), key));
    }
    return best;
  };
}

function hashedBits(interval: CompiledInterval): number | undefined {
  if (interval.kind === 'exact') return -1;
  return interval.kind === 'prefix' ? interval.length : undefined;
}

function findIn<T>(bucket: Entry<T> | Entry<T>[] | undefined, key: readonly Datum[]): Entry<T> | undefined {
  if (bucket === undefined) return undefined;
  if (Array.isArray(bucket)) return bucket.find((entry) => entryHolds(entry, key));
  return entryHolds(bucket, key) ? bucket : undefined;
}

function entryHolds<T>(entry: Entry<T>, key: readonly Datum[]): boolean {
  const { intervals } = entry;
  for (let index = 0; index < intervals.length; index++) {
    const interval = intervals[index];
    if (interval === undefined || !intervalHolds(interval, key[index] ?? '')) return false;
  }
  return true;
}

function hashKey(fields: readonly (number | undefined)[], values: readonly Datum[]): number {
  let hash = 0;
  for (let index = 0; index < fields.length; index++) {
    const bits = fields[index];
    if (bits === undefined) continue;
    const value = values[index] ?? '';
    hash = mixDatum(hash, bits === -1 || typeof value === 'string' ? value : prefixDatum(value, bits));
  }
  return finishHash(hash);
}
