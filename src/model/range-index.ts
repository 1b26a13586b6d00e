/** Finds which of many ranges (of ports, of addresses) overlap a given one, without looking at all of them. */

export interface IndexedRange<Bound extends number | bigint, T> {
  readonly first: Bound;
  readonly last: Bound;
  readonly value: T;
}

export interface RangeIndex<Bound extends number | bigint, T> {
  /** The values whose range overlaps `[first, last]`, in descending order of their beginnings. */
  readonly overlapping: (first: Bound, last: Bound) => Generator<T>;
}

/** Ranges that hardly overlap each other are found in logarithmic time each. */
export function rangeIndex<Bound extends number | bigint, T>(
  ranges: readonly IndexedRange<Bound, T>[],
): RangeIndex<Bound, T> {
  const sorted = [...ranges].sort((left, right) => (left.first < right.first ? -1 : left.first > right.first ? 1 : 0));
  const reach: Bound[] = [];
  for (const { last } of sorted) {
    const before = reach.at(-1);
    reach.push(before !== undefined && before > last ? before : last);
  }
  return {
    *overlapping(first, last) {
      let low = 0;
      let high = sorted.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        const range = sorted[middle];
        if (range !== undefined && range.first <= last) low = middle + 1;
        else high = middle;
      }
      for (let index = low - 1; index >= 0; index--) {
        const furthest = reach[index];
        if (furthest === undefined || furthest < first) return;
        const range = sorted[index];
        if (range !== undefined && range.last >= first) yield range.value;
      }
    },
  };
}
