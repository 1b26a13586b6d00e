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
      rangeSet(space.diagrams, space.places[field], partition.classOf(first), partition.lastClassOf(last)),
    ),
  );
}

/** Splits a set by a field: as many groups as there are different rests. */
export function groupsBy(space: Space, set: SetId, field: Field): readonly Group[] {
  const values = valuesOf(space, set, field);
  if (isOneClass(space, values, field)) return [{ values, rest: space.without(set, [field]) }];
  const valid = space.wellFormed([field]);
  return space
    .splitter(field)
    .rows(set)
    .map((row) => ({ values: rangesOf(space, space.diagrams.intersect(row.values, valid), field), rest: row.rest }));
}

/** Whether a field of a set, which has these values, has but one class. */
export function isOneClass(space: Space, [range, ...others]: readonly ValueRange[], field: Field): boolean {
  const partition = space.partitionOf(field);
  return range !== undefined && others.length === 0 && partition.classOf(range.first) === partition.classOf(range.last);
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
