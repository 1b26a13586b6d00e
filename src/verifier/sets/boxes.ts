/**
 * Large unions of boxes (an interval of classes in each of some fields: the elements of a set, the ports that are
 * published) as diagrams, built from sorted intervals in one pass instead of by one union an element.
 */
import { type Diagrams, empty, everything, type SetId } from './diagrams.ts';

/** The levels that a field takes: `bits` from `level` on, the most significant first. */
export interface FieldPlace {
  readonly level: number;
  readonly bits: number;
}

/** An interval of a field's classes, and the set in which what lies in it must lie besides. Sets are below the field's levels. */
export interface Segment {
  readonly first: number;
  readonly last: number;
  readonly set: SetId;
}

/** The union of segments, which are disjoint and ascending. */
export function segmentsSet(diagrams: Diagrams, place: FieldPlace, segments: readonly Segment[]): SetId {
  const build = (bit: number, start: number, low: number, high: number): SetId => {
    if (low > high) return empty;
    const size = 2 ** (place.bits - bit);
    const only = segments[low] as Segment;
    if (low === high && only.first <= start && only.last >= start + size - 1) return only.set;
    const middle = start + size / 2;
    let lastLow = low;
    while (lastLow <= high && (segments[lastLow] as Segment).first < middle) lastLow++;
    // The first segment that reaches into the upper half: it may begin in the lower one.
    const straddles = lastLow > low && (segments[lastLow - 1] as Segment).last >= middle;
    return diagrams.node(
      place.level + bit,
      build(bit + 1, start, low, lastLow - 1),
      build(bit + 1, middle, straddles ? lastLow - 1 : lastLow, high),
    );
  };
  return build(0, 0, 0, segments.length - 1);
}

/** One interval of a field. */
export function rangeSet(diagrams: Diagrams, place: FieldPlace, first: number, last: number): SetId {
  return segmentsSet(diagrams, place, [{ first, last, set: everything }]);
}

/** One box: an interval for each field, in the order of the fields. */
export type Box = readonly { readonly first: number; readonly last: number }[];

/** The union of boxes over fields, which are in the order of their levels. */
export function boxesSet(diagrams: Diagrams, fields: readonly FieldPlace[], boxes: readonly Box[]): SetId {
  const build = (rows: readonly Box[], field: number): SetId => {
    const place = fields[field];
    if (place === undefined) return rows.length === 0 ? empty : everything;
    const groups = groupsOf(rows, field);
    if (areDisjoint(groups)) {
      const segments = groups.map(({ first, last, rows: inside }) => ({ first, last, set: build(inside, field + 1) }));
      return segmentsSet(diagrams, place, segments);
    }
    const parts = groups.map(({ first, last, rows: inside }) =>
      segmentsSet(diagrams, place, [{ first, last, set: build(inside, field + 1) }]),
    );
    return diagrams.uniteAll(parts);
  };
  return build(boxes, 0);
}

interface Group {
  readonly first: number;
  readonly last: number;
  readonly rows: Box[];
}

/** Rows with the same interval in a field, ascending by it. */
function groupsOf(rows: readonly Box[], field: number): readonly Group[] {
  const groups = new Map<number, Group>();
  for (const row of rows) {
    const interval = row[field];
    if (interval === undefined) continue;
    const { first, last } = interval;
    const key = first * 0x40_0000 + last;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first, last, rows: [row] });
    else group.rows.push(row);
  }
  return [...groups.values()].sort((left, right) => left.first - right.first || left.last - right.last);
}

function areDisjoint(groups: readonly Group[]): boolean {
  return groups.every((group, index) => index === 0 || group.first > (groups[index - 1]?.last ?? -1));
}
