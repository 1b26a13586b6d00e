/** Sets of packets told to people: the values of a field, and what the rest of a set is for each of them. */

import { rangeSet } from '../sets/boxes.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import type { Value } from '../sets/partition.ts';
import type { Field } from './fields.ts';
import type { Space } from './space.ts';

/** Values of a field, ends included. */
export interface ValueRange {
  readonly first: Value;
  readonly last: Value;
}

/** Values of a field that a set treats alike. */
export interface Group {
  readonly values: readonly ValueRange[];
  /** The packets of the set with these values, without the field. */
  readonly rest: SetId;
}

/** What is left of a set when everything but some fields is forgotten. */
export function onlyFields(space: Space, set: SetId, kept: readonly Field[]): SetId {
  return space.diagrams.project(set, space.allBut(kept));
}

/** The values that a field has in a set. */
export function valuesOf(space: Space, set: SetId, field: Field): readonly ValueRange[] {
  return rangesOf(space, onlyFields(space, set, [field]), field);
}

/** The packets with these values of a field. The ranges are whole classes, as `valuesOf` gives them. */
export function having(space: Space, field: Field, values: readonly ValueRange[]): SetId {
  const partition = space.partitionOf(field);
  return space.diagrams.uniteAll(
    values.map(({ first, last }) =>
      rangeSet(space.diagrams, space.places[field], partition.classOf(first), partition.classOf(last)),
    ),
  );
}

/** Splits a set by a field: as many groups as there are different rests. */
export function groupsBy(space: Space, set: SetId, field: Field): readonly Group[] {
  const { diagrams } = space;
  const place = space.places[field];
  const own = diagrams.mask(space.levelsOf(field));
  const groups: Group[] = [];
  let left = set;
  while (left !== empty) {
    const [first] = rangesOf(space, onlyFields(space, left, [field]), field);
    if (first === undefined) break;
    const index = space.partitionOf(field).classOf(first.first);
    const rest = diagrams.project(diagrams.intersect(left, rangeSet(diagrams, place, index, index)), own);
    // Values whose rest is another one: something is in the one and not in the other.
    const different = diagrams.unite(diagrams.subtract(rest, left), diagrams.subtract(left, rest));
    const alike = diagrams.subtract(space.wellFormed([field]), onlyFields(space, different, [field]));
    groups.push({ values: rangesOf(space, alike, field), rest });
    left = diagrams.subtract(left, alike);
  }
  return groups;
}

/** The ranges of a set that depends on one field alone; neighbouring classes are told as one. */
function rangesOf(space: Space, set: SetId, field: Field): readonly ValueRange[] {
  const partition = space.partitionOf(field);
  const { diagrams } = space;
  const { level, bits } = space.places[field];
  const ranges: { first: number; last: number }[] = [];
  const visit = (node: SetId, bit: number, start: number): void => {
    if (node === empty) return;
    const size = 2 ** (bits - bit);
    if (bit === bits || (node > 1 ? diagrams.levelOf(node) >= level + bits : true)) {
      const before = ranges.at(-1);
      const last = Math.min(start + size, partition.size) - 1;
      if (start > last) return;
      if (before !== undefined && before.last === start - 1) before.last = last;
      else ranges.push({ first: start, last });
      return;
    }
    const here = diagrams.levelOf(node) === level + bit;
    visit(here ? diagrams.lowOf(node) : node, bit + 1, start);
    visit(here ? diagrams.highOf(node) : node, bit + 1, start + size / 2);
  };
  visit(set, 0, 0);
  return ranges.map(({ first, last }) => ({ first: partition.firstOf(first), last: partition.lastOf(last) }));
}
