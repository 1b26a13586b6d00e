/** A growing set of ports that tells what was new in each range put into it. */
import { type PortRange, port } from '../net/port.ts';

export interface PortSet {
  /** Puts a range into the set and gives the parts of it that were not in there, in ascending order. */
  readonly take: (range: PortRange) => readonly PortRange[];
}

/** The set is kept as sorted, disjoint ranges; a range costs as much as it touches. */
export function growingPortSet(): PortSet {
  const ranges: PortRange[] = [];

  /** The place of the first range that ends at or behind a port. */
  function place(value: number): number {
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ranges[middle]?.last ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    take(range) {
      const start = place(range.first);
      const fresh: PortRange[] = [];
      let next: number = range.first;
      let end = start;
      for (; end < ranges.length; end++) {
        const known = ranges[end];
        if (known === undefined || known.first > range.last) break;
        if (known.first > next) fresh.push({ first: port(next), last: port(known.first - 1) });
        next = known.last + 1;
      }
      if (next <= range.last) fresh.push({ first: port(next), last: range.last });
      const touched = ranges.slice(start, end);
      ranges.splice(start, end - start, {
        first: port(Math.min(range.first, touched[0]?.first ?? range.first)),
        last: port(Math.max(range.last, touched.at(-1)?.last ?? range.last)),
      });
      return fresh;
    },
  };
}
