/** How many classes of packets a set holds: the product of the classes of every field. */

import { empty, everything, type SetId } from '../sets/diagrams.ts';
import type { Field } from './fields.ts';
import type { Space } from './space.ts';

/** Counts over these fields; the set must not depend on others. */
export function countClasses(space: Space, set: SetId, fields: readonly Field[]): bigint {
  const { diagrams } = space;
  const counted = diagrams.intersect(set, space.firstNumbers(fields));
  const levels = fields.flatMap((field) => space.levelsOf(field)).sort((left, right) => left - right);
  const position = new Map(levels.map((level, index) => [level, index]));
  const known = new Map<SetId, bigint>();
  const placeOf = (node: SetId): number =>
    node === everything || node === empty ? levels.length : (position.get(diagrams.levelOf(node)) ?? levels.length);
  // The number of members, over the levels from the node's own on.
  const count = (node: SetId): bigint => {
    if (node === empty) return 0n;
    if (node === everything) return 1n;
    const before = known.get(node);
    if (before !== undefined) return before;
    const place = placeOf(node);
    const side = (child: SetId): bigint => count(child) << BigInt(placeOf(child) - place - 1);
    const result = side(diagrams.lowOf(node)) + side(diagrams.highOf(node));
    known.set(node, result);
    return result;
  };
  return count(counted) << BigInt(placeOf(counted));
}
