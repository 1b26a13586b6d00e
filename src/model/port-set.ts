/** Sets of ports as sorted, disjoint, non-adjacent ranges. */
import { type PortRange, port } from '../net/port.ts';

export type PortSet = readonly PortRange[];

/** The ports in any of the ranges, which may overlap and come in any order. */
export function portSet(ranges: readonly PortRange[]): PortSet {
  const result: PortRange[] = [];
  for (const range of [...ranges].sort((left, right) => left.first - right.first)) {
    const previous = result.at(-1);
    if (previous === undefined || range.first > previous.last + 1) result.push(range);
    else if (range.last > previous.last) result[result.length - 1] = { first: previous.first, last: range.last };
  }
  return result;
}

/** Ports in `left` that are not in `right`; linear in the number of ranges. */
export function subtractPortSets(left: PortSet, right: PortSet): PortSet {
  const result: PortRange[] = [];
  let position = 0;
  for (const range of left) {
    let first: number = range.first;
    while ((right[position]?.last ?? Number.POSITIVE_INFINITY) < first) position++;
    for (let index = position; first <= range.last; index++) {
      const hole = right[index];
      if (hole === undefined || hole.first > range.last) {
        result.push({ first: port(first), last: range.last });
        break;
      }
      if (hole.first > first) result.push({ first: port(first), last: port(hole.first - 1) });
      first = Math.max(first, hole.last + 1);
    }
  }
  return result;
}
