/** Finding the interval that holds a value: binary search where intervals are disjoint, as nftables keeps them; a walk where they overlap. */
import type { Datum } from '../packet/datum.ts';

interface Range<T> {
  readonly first: Datum;
  readonly last: Datum;
  readonly entry: T;
}

type Search<T> = (value: Datum) => T | undefined;

/** A search in intervals of any kinds; values of one kind are in no interval of another. */
export function compileRanges<T>(ranges: readonly Range<T>[]): Search<T> {
  const numbers = compileSearch(ranges.filter(({ first }) => typeof first === 'number'));
  const bigints = compileSearch(ranges.filter(({ first }) => typeof first === 'bigint'));
  const texts = compileSearch(ranges.filter(({ first }) => typeof first === 'string'));
  return (value) => (typeof value === 'number' ? numbers : typeof value === 'bigint' ? bigints : texts)(value);
}

function compileSearch<T>(group: readonly Range<T>[]): Search<T> {
  if (group.length === 0) return () => undefined;
  const sorted = [...group].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const disjoint = sorted.every((range, index) => index === 0 || range.first > (sorted[index - 1]?.last ?? ''));
  if (!disjoint) return (value) => group.find((range) => value >= range.first && value <= range.last)?.entry;
  const firsts = flat(sorted.map(({ first }) => first));
  const lasts = flat(sorted.map(({ last }) => last));
  return (value) => {
    const place = lastNotAfter(firsts, value);
    return place < 0 || value > (lasts[place] ?? '') ? undefined : sorted[place]?.entry;
  };
}

/** Numbers next to each other in memory, other values as they are. */
function flat(values: readonly Datum[]): ArrayLike<Datum> {
  return values.every((value) => typeof value === 'number') ? Float64Array.from(values) : values;
}

/** The place of the last start that is not greater than the value, or -1. */
function lastNotAfter(firsts: ArrayLike<Datum>, value: Datum): number {
  let low = 0;
  let high = firsts.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (value < (firsts[middle] ?? '')) high = middle - 1;
    else low = middle + 1;
  }
  return high;
}
