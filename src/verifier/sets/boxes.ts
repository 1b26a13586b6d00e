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
export function segmentsSet(diagrams: Diagrams, { level, bits }: FieldPlace, segments: readonly Segment[]): SetId {
  return within(diagrams, level, 0, 2 ** bits, segments, 0, segments.length);
}

/** Those of some segments that lie among `size` classes from `start` on, which the bits from `level` on tell apart. */
function within(
  diagrams: Diagrams,
  level: number,
  start: number,
  size: number,
  segments: readonly Segment[],
  from: number,
  to: number,
): SetId {
  if (from >= to) return empty;
  const one = segments[from] as Segment;
  if (to - from === 1) return interval(diagrams, level, size, one.first - start, one.last - start, one.set);
  const half = size / 2;
  const middle = start + half;
  let [low, high] = [from, to];
  while (low < high) {
    const between = (low + high) >> 1;
    if ((segments[between] as Segment).first < middle) low = between + 1;
    else high = between;
  }
  // The first segment that reaches into the upper half: it may begin in the lower one.
  const straddles = low > from && (segments[low - 1] as Segment).last >= middle;
  return diagrams.node(
    level,
    within(diagrams, level + 1, start, half, segments, from, low),
    within(diagrams, level + 1, middle, half, segments, straddles ? low - 1 : low, to),
  );
}

/** What lies in a set, and from `first` to `last` among `size` classes. */
function interval(diagrams: Diagrams, level: number, size: number, first: number, last: number, set: SetId): SetId {
  if (first <= 0 && last >= size - 1) return set;
  const half = size / 2;
  return diagrams.node(
    level,
    first < half ? interval(diagrams, level + 1, half, first, last, set) : empty,
    last >= half ? interval(diagrams, level + 1, half, first - half, last - half, set) : empty,
  );
}

/** One interval of a field, and in it a set that is below its levels. */
export function rangeSet(
  diagrams: Diagrams,
  { level, bits }: FieldPlace,
  first: number,
  last: number,
  set: SetId = everything,
): SetId {
  return interval(diagrams, level, 2 ** bits, first, last, set);
}

/** One box: an interval for each field, in the order of the fields. */
export type Box = readonly { readonly first: number; readonly last: number }[];

/** The union of boxes over fields, which are in the order of their levels. */
export function boxesSet(diagrams: Diagrams, fields: readonly FieldPlace[], boxes: readonly Box[]): SetId {
  const build = (rows: readonly Box[], field: number): SetId => {
    const place = fields[field];
    if (place === undefined) return rows.length === 0 ? empty : everything;
    const [only, another] = rows;
    if (only !== undefined && another === undefined) return boxSet(diagrams, fields, only, field);
    const layers = layersOf(groupsOf(rows, field)).map((groups) =>
      segmentsSet(
        diagrams,
        place,
        groups.map(({ first, last, rows: inside }) => ({ first, last, set: build(inside, field + 1) })),
      ),
    );
    return diagrams.uniteAll(layers);
  };
  return build(boxes, 0);
}

/** One box, from one of its fields on. */
function boxSet(diagrams: Diagrams, fields: readonly FieldPlace[], box: Box, from: number): SetId {
  let set: SetId = everything;
  for (let field = fields.length - 1; field >= from; field--) {
    const [place, side] = [fields[field], box[field]];
    if (place !== undefined && side !== undefined) set = rangeSet(diagrams, place, side.first, side.last, set);
  }
  return set;
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

/** Groups in as few layers of disjoint ones as their intervals allow; from the last layer on they stand alone. */
function layersOf(groups: readonly Group[]): readonly (readonly Group[])[] {
  const layers: Group[][] = [];
  for (const group of groups) {
    const layer = layers.slice(0, mostLayers).find((list) => (list.at(-1)?.last ?? -1) < group.first);
    if (layer === undefined) layers.push([group]);
    else layer.push(group);
  }
  return layers;
}

/** Prefixes are seldom nested deeper. */
const mostLayers = 16;
