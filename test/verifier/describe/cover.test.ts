/** Lines that tell a set of flows: together they are exactly the set, and what is seen along an axis is what its definition says. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Axes, axes, type Box } from '../../../src/verifier/describe/axes.ts';
import { boxSet, coverOf } from '../../../src/verifier/describe/cover.ts';
import { SeenParts } from '../../../src/verifier/describe/seen.ts';
import { empty, type SetId } from '../../../src/verifier/sets/diagrams.ts';
import { assertSeeing } from '../../support/assert-seeing.ts';
import { exampleSpace, setOf, shapes } from './shapes.ts';

const runs = Number(process.env.CTFW_COVER_RUNS ?? 60);

function directly(space: Axes, set: SetId, box: Box, axis: (typeof axes)[number]): SetId {
  const others = axes.filter((other) => other !== axis).map((other) => box[other]);
  return space.along(space.diagrams.intersectAll(...others, set), axis);
}

test('lines are exactly the set, and no line says more than is true', () => {
  let overlapping = 0;
  const property = fc.property(shapes, shapes, (list, others) => {
    const space = exampleSpace();
    const { diagrams } = space;
    const along = new Axes(space);
    const set = setOf(space, list);
    const asked = diagrams.unite(set, setOf(space, others));
    const parts = new SeenParts(along, asked);
    const coverings = coverOf(along, set, parts);
    const told = coverings.map(({ tight }) => diagrams.intersect(boxSet(along, tight), asked));
    expect(diagrams.uniteAll(told)).toBe(set);
    for (const { tight, wide } of coverings) {
      expect(diagrams.includes(set, diagrams.intersect(boxSet(along, wide), asked))).toBe(true);
      for (const axis of axes) {
        expect(diagrams.includes(wide[axis], tight[axis])).toBe(true);
        // a line that depends on what no axis tells is seen without that
        if (!along.tellAll(set)) continue;
        expect(parts.all.along(tight, axis)).toBe(directly(along, asked, tight, axis));
        const rest = diagrams.subtract(asked, set);
        expect(parts.besides(set).along(wide, axis)).toBe(directly(along, rest, wide, axis));
      }
    }
    const pairs = told.some((one, index) =>
      told.slice(index + 1).some((other) => diagrams.intersect(one, other) !== empty),
    );
    if (pairs) overlapping++;
  });
  assertSeeing(property, { numRuns: runs, endOnFailure: true }, () => overlapping > 0);
}, 120_000);
