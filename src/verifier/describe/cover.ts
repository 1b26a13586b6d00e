/**
 * A set of flows as few boxes (who, to whom, what) that together are exactly the set, as far as packets are asked about at
 * all. Boxes may overlap: "everyone to web 80/tcp" and "office to web 443/tcp" tell more than their disjoint pieces.
 */
import { type Diagrams, empty, type SetId } from '../sets/diagrams.ts';
import { type Axes, type Axis, axes } from './axes.ts';

export type Box = Readonly<Record<Axis, SetId>>;

/** A box as small as it may be for all to be covered, and as large; whatever lies between the two does as well. */
export interface Covering {
  readonly tight: Box;
  readonly wide: Box;
}

/** Beyond this many boxes nobody reads them; growing them would cost more than it tells. */
const mostGrown = 400;
const mostRows = 6000;

/** Boxes whose union, among the packets asked about, is exactly the set. Larger ones first. */
export function coverOf(space: Axes, set: SetId, asked: SetId): readonly Covering[] {
  const { diagrams } = space.space;
  if (set === empty) return [];
  const outside = diagrams.subtract(asked, set);
  let best: readonly Box[] | undefined;
  for (const order of orders) {
    const boxes = boxesAlong(space, set, order, best?.length ?? mostRows);
    if (boxes === undefined || (best !== undefined && boxes.length >= best.length)) continue;
    best = boxes;
    if (boxes.length === 1) break;
  }
  const found = best ?? [
    { from: space.along(set, 'from'), to: space.along(set, 'to'), service: space.along(set, 'service') },
  ];
  const alone = found.map((box): Covering => ({ tight: box, wide: box }));
  if (found.length > mostGrown) return alone;
  const grown = distinct(found.map((box) => grow(space, box, outside)));
  const overlapping = needed(space, grown, set);
  // Where growing saves no line, the boxes as they are say more plainly what is meant.
  return overlapping.length < found.length ? shrunk(space, overlapping, set) : alone;
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
  space: Axes,
  set: SetId,
  [first, second, third]: readonly [Axis, Axis, Axis],
  most: number,
): readonly Box[] | undefined {
  const outer = space.rows(set, first, most);
  if (outer === undefined) return undefined;
  const boxes: Box[] = [];
  const within = new Map<SetId, ReturnType<Axes['rows']>>();
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
function joined(space: Axes, boxes: readonly Box[]): readonly Box[] {
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
          known === undefined ? box : { ...known, [axis]: space.space.diagrams.unite(known[axis], box[axis]) },
        );
      }
      current = [...byOthers.values()];
    }
  }
  return current;
}

/** As large as it can get without covering a packet that is asked about and not in the set. */
function grow(space: Axes, box: Box, outside: SetId): Box {
  const { diagrams } = space.space;
  let grown = box;
  for (const axis of axes) {
    const others = axes.filter((other) => other !== axis).map((other) => grown[other]);
    const refused = space.along(diagrams.intersectAll(...others, outside), axis);
    grown = { ...grown, [axis]: diagrams.subtract(space.all(axis), refused) };
  }
  return grown;
}

export function boxSet(space: Axes, { from, to, service }: Box): SetId {
  return space.space.diagrams.intersectAll(service, from, to);
}

/** Leaves out what others cover, the narrowest first. */
function needed(space: Axes, boxes: readonly Box[], set: SetId): readonly Box[] {
  const { diagrams } = space.space;
  const parts = boxes.map((box) => diagrams.intersect(boxSet(space, box), set));
  const before = unitedBefore(diagrams, parts);
  const kept: Box[] = [];
  let keptParts: SetId = empty;
  for (const [index, box] of [...boxes.entries()].reverse()) {
    if (diagrams.includes(diagrams.unite(before[index] ?? empty, keptParts), set)) continue;
    kept.push(box);
    keptParts = diagrams.unite(keptParts, parts[index] ?? empty);
  }
  return kept.reverse();
}

/** For each set the union of those before it. */
function unitedBefore(diagrams: Diagrams, sets: readonly SetId[]): readonly SetId[] {
  const united: SetId[] = [];
  let all: SetId = empty;
  for (const set of sets) {
    united.push(all);
    all = diagrams.unite(all, set);
  }
  return united;
}

/**
 * Each box also without what others tell: "web to db" rather than "the host and web to the host and db", where the host is
 * open to everybody anyway.
 */
function shrunk(space: Axes, boxes: readonly Box[], set: SetId): readonly Covering[] {
  const { diagrams } = space.space;
  const sets = boxes.map((box) => boxSet(space, box));
  const after = unitedBefore(diagrams, sets.toReversed()).toReversed();
  let shrunkBefore: SetId = empty;
  return boxes.map((wide, index): Covering => {
    const others = diagrams.unite(shrunkBefore, after[index] ?? empty);
    const own = diagrams.subtract(diagrams.intersect(sets[index] ?? empty, set), others);
    const along = (axis: Axis): SetId => space.along(own, axis);
    const tight = { from: along('from'), to: along('to'), service: along('service') };
    shrunkBefore = diagrams.unite(shrunkBefore, boxSet(space, tight));
    return { tight, wide };
  });
}

function distinct(boxes: readonly Box[]): readonly Box[] {
  return [...new Map(boxes.map((box) => [`${box.from} ${box.to} ${box.service}`, box])).values()];
}
