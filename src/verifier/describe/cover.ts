/**
 * A set of flows as few boxes (who, to whom, what) that together are exactly the set, as far as packets are asked about at
 * all. Boxes may overlap: "everyone to web 80/tcp" and "office to web 443/tcp" tell more than their disjoint pieces.
 */
import { type Diagrams, empty, type SetId } from '../sets/diagrams.ts';
import { type Axis, axes, type Box, type FlowSpace } from './axes.ts';
import type { Seen, SeenParts } from './seen.ts';

/** A box as small as it may be for all to be covered, and as large; whatever lies between the two does as well. */
export interface Covering {
  readonly tight: Box;
  readonly wide: Box;
  /** Whether all of the smaller one is in the set. */
  readonly exact: boolean;
}

/** Beyond this many boxes nobody reads them; growing them would cost more than it tells. */
const mostGrown = 400;
const mostRows = 6000;

/** Boxes whose union, among the packets asked about, is exactly the set. Larger ones first. */
export function coverOf(space: FlowSpace, set: SetId, asked: SeenParts): readonly Covering[] {
  if (set === empty) return [];
  const around = boxAlong(space, set);
  const boxes = boxSet(space, around) === set ? [around] : boxesOf(space, set);
  const found = boxes ?? [around];
  const alone = found.map((box): Covering => ({ tight: box, wide: box, exact: boxes !== undefined }));
  if (found.length === 1 || found.length > mostGrown) return alone;
  const outside = asked.besides(set);
  const grown = distinct(found.map((box) => grow(space, box, outside)));
  const overlapping = needed(space, grown, set);
  // Where growing saves no line, the boxes as they are say more plainly what is meant.
  return overlapping.length < found.length ? shrunk(space, overlapping, set) : alone;
}

/** The fewest boxes that some order of the axes gives. Undefined: too many in each. */
function boxesOf(space: FlowSpace, set: SetId): readonly Box[] | undefined {
  let best: readonly Box[] | undefined;
  for (const order of orders) {
    const boxes = boxesAlong(space, set, order, best?.length ?? mostRows);
    if (boxes === undefined || (best !== undefined && boxes.length >= best.length)) continue;
    best = boxes;
    if (boxes.length === 1) break;
  }
  return best;
}

const orders: readonly (readonly [Axis, Axis, Axis])[] = [
  ['from', 'to', 'service'],
  ['service', 'to', 'from'],
  ['to', 'service', 'from'],
  ['from', 'service', 'to'],
  ['to', 'from', 'service'],
  ['service', 'from', 'to'],
];

/** Rows of rows, joined where two axes agree. Undefined: more than `most`. */
function boxesAlong(
  space: FlowSpace,
  set: SetId,
  [first, second, third]: readonly [Axis, Axis, Axis],
  most: number,
): readonly Box[] | undefined {
  const outer = space.rows(set, first, most);
  if (outer === undefined) return undefined;
  const boxes: Box[] = [];
  const within = new Map<SetId, ReturnType<FlowSpace['rows']>>();
  for (const { values, rest } of outer) {
    const rows = within.get(rest) ?? space.rows(rest, second, mostRows);
    within.set(rest, rows);
    if (rows === undefined) return undefined;
    for (const row of rows) boxes.push({ [first]: values, [second]: row.values, [third]: row.rest } as unknown as Box);
    if (boxes.length > mostRows) return undefined;
  }
  return joined(space, boxes);
}

/** Boxes that differ along one axis alone are one. */
function joined(space: FlowSpace, boxes: readonly Box[]): readonly Box[] {
  let current = boxes;
  for (let before = -1; before !== current.length; ) {
    before = current.length;
    for (const axis of axes) {
      const others = axes.filter((other) => other !== axis);
      const byOthers = new Map<string, Box>();
      for (const box of current) {
        const key = others.map((other) => box[other]).join(' ');
        const known = byOthers.get(key);
        byOthers.set(
          key,
          known === undefined ? box : { ...known, [axis]: space.diagrams.unite(known[axis], box[axis]) },
        );
      }
      current = [...byOthers.values()];
    }
  }
  return current;
}

/** As large as it can get without covering a packet that is asked about and not in the set. */
function grow(space: FlowSpace, box: Box, outside: Seen): Box {
  const { diagrams } = space;
  let grown = box;
  for (const axis of axes) grown = { ...grown, [axis]: diagrams.subtract(space.all(axis), outside.along(grown, axis)) };
  return grown;
}

/** The smallest box around a set. */
export function boxAlong(space: FlowSpace, set: SetId): Box {
  return { from: space.along(set, 'from'), to: space.along(set, 'to'), service: space.along(set, 'service') };
}

export function boxSet(space: FlowSpace, { from, to, service }: Box): SetId {
  return space.diagrams.intersectAll(service, from, to);
}

/** Leaves out what others cover, the narrowest first. */
function needed(space: FlowSpace, boxes: readonly Box[], set: SetId): readonly Box[] {
  const { diagrams } = space;
  const parts = halved(
    diagrams,
    boxes.map((box) => diagrams.intersect(boxSet(space, box), set)),
  );
  /** `need`: what neither those before nor those kept behind cover. */
  const keep = (
    { any, first, halves }: Half,
    need: SetId,
  ): { readonly kept: readonly Box[]; readonly covers: SetId } => {
    const box = boxes[first];
    if (need === empty || box === undefined) return { kept: [], covers: empty };
    if (halves === undefined) return { kept: [box], covers: any };
    const [before, behind] = halves;
    const later = keep(behind, diagrams.subtract(need, before.any));
    const earlier = keep(before, diagrams.subtract(need, later.covers));
    return { kept: [...earlier.kept, ...later.kept], covers: diagrams.unite(earlier.covers, later.covers) };
  };
  return keep(parts, set).kept;
}

/**
 * Each box also without what others tell: "web to db" rather than "the host and web to the host and db", where the host is
 * open to everybody anyway.
 */
function shrunk(space: FlowSpace, boxes: readonly Box[], set: SetId): readonly Covering[] {
  const { diagrams } = space;
  const coverings: Covering[] = [];
  /** `left`: what neither those behind nor, shrunk, those before tell. Gives what these tell when they are shrunk. */
  const shrink = ({ any, first, halves }: Half, left: SetId): SetId => {
    const wide = boxes[first];
    if (halves !== undefined) {
      const [before, behind] = halves;
      const told = shrink(before, diagrams.subtract(left, behind.any));
      return diagrams.unite(told, shrink(behind, diagrams.subtract(left, told)));
    }
    if (wide === undefined) return empty;
    const own = diagrams.intersect(any, left);
    const tight = boxAlong(space, own);
    coverings.push({ tight, wide, exact: false });
    return boxSet(space, tight);
  };
  const sets = boxes.map((box) => boxSet(space, box));
  shrink(halved(diagrams, sets), set);
  return coverings;
}

/** Some of many sets that are united halves first. */
interface Half {
  readonly any: SetId;
  /** The number of its first set. */
  readonly first: number;
  readonly halves: readonly [Half, Half] | undefined;
}

function halved(diagrams: Diagrams, sets: readonly SetId[], first = 0, last = sets.length - 1): Half {
  if (first >= last) return { any: sets[first] ?? empty, first, halves: undefined };
  const middle = (first + last) >> 1;
  const halves = [halved(diagrams, sets, first, middle), halved(diagrams, sets, middle + 1, last)] as const;
  return { any: diagrams.unite(halves[0].any, halves[1].any), first, halves };
}

function distinct(boxes: readonly Box[]): readonly Box[] {
  return [...new Map(boxes.map((box) => [`${box.from} ${box.to} ${box.service}`, box])).values()];
}
