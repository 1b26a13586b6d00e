/** Flows over numbers of kinds are told in the same lines as in the fields of packets. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Axes, axes, type Box } from '../../../src/verifier/describe/axes.ts';
import { BoxPoints } from '../../../src/verifier/describe/box-points.ts';
import { Coarse, CoarseStore } from '../../../src/verifier/describe/coarse.ts';
import { boxSet, coverOf } from '../../../src/verifier/describe/cover.ts';
import { SeenParts } from '../../../src/verifier/describe/seen.ts';
import { packetAt, pointOf, restsOn } from '../../../src/verifier/proof/example.ts';
import { empty, everything, type SetId } from '../../../src/verifier/sets/diagrams.ts';
import { assertSeeing } from '../../support/assert-seeing.ts';
import { exampleSpace, marked, setOf, shapes, shapesAlongAxes } from './shapes.ts';

const runs = Number(process.env.CTFW_COVER_RUNS ?? 60);

const fineBox = (space: Coarse, box: Box): Box => ({
  from: space.fine('from', box.from),
  to: space.fine('to', box.to),
  service: space.fine('service', box.service),
});

test('lines over kinds are the lines over fields', () => {
  let many = 0;
  const store = new CoarseStore();
  const property = fc.property(shapesAlongAxes, shapesAlongAxes, (list, others) => {
    const space = exampleSpace();
    const fine = new Axes(space);
    const set = setOf(space, list);
    const asked = space.diagrams.unite(set, setOf(space, others));
    const coarse = Coarse.of(store, fine, { ends: set, rest: everything }, asked);
    if (coarse === undefined) throw new Error('the axes tell everything');
    const expected = coverOf(fine, set, new SeenParts(fine, asked));
    const seen = new SeenParts(fine, asked).all;
    const coarseSeen = new SeenParts(coarse, coarse.asked);
    const found = coverOf(coarse, coarse.wanted, coarseSeen);
    expect(
      found.map(({ tight, wide, exact }) => ({ tight: fineBox(coarse, tight), wide: fineBox(coarse, wide), exact })),
    ).toEqual(expected);
    for (const [index, { tight }] of found.entries())
      for (const axis of axes)
        expect(coarse.fine(axis, coarseSeen.all.along(tight, axis))).toBe(
          seen.along(expected[index]?.tight as Box, axis),
        );
    if (found.length > 3) many++;
  });
  assertSeeing(property, { numRuns: runs, endOnFailure: true }, () => many > 0);
}, 120_000);

test('a product is the same as its set', () => {
  const store = new CoarseStore();
  const property = fc.property(shapesAlongAxes, shapesAlongAxes, shapesAlongAxes, (list, services, others) => {
    const space = exampleSpace();
    const { diagrams } = space;
    const fine = new Axes(space);
    const ends = diagrams.intersect(
      fine.along(setOf(space, list), 'from'),
      fine.along(setOf(space, [...list].reverse()), 'to'),
    );
    const mixed = diagrams.unite(ends, sendersAndReceivers(fine, setOf(space, others)));
    const rest = fine.along(setOf(space, services), 'service');
    const set = diagrams.intersect(mixed, rest);
    const asked = diagrams.unite(set, setOf(space, others));
    const [product, whole] = [
      { ends: mixed, rest },
      { ends: set, rest: everything },
    ].map((one) => Coarse.of(store, fine, one, asked));
    if (product === undefined || whole === undefined) throw new Error('the axes tell everything');
    const lines = (one: Coarse): readonly Box[] =>
      coverOf(one, one.wanted, new SeenParts(one, one.asked)).map(({ tight }) => fineBox(one, tight));
    expect(lines(product)).toEqual(lines(whole));
  });
  fc.assert(property, { numRuns: runs, endOnFailure: true });
}, 120_000);

/** A set without what is sent. */
function sendersAndReceivers(fine: Axes, set: SetId): SetId {
  return fine.diagrams.project(set, fine.diagrams.mask(fine.levels.service));
}

test('what the axes do not tell has no kinds', () => {
  const space = exampleSpace();
  const fine = new Axes(space);
  const all = setOf(space, [[undefined, undefined, undefined, undefined, undefined, undefined]]);
  const told = setOf(space, [[undefined, undefined, undefined, undefined, undefined, [0, 0]]]);
  expect(Coarse.of(new CoarseStore(), fine, { ends: told, rest: everything }, all)).toBeUndefined();
});

test('an example of a box is an example of each axis', () => {
  const property = fc.property(shapes, fc.array(shapes, { maxLength: 1 }), fc.boolean(), (list, others, wishing) => {
    const space = exampleSpace();
    const { diagrams } = space;
    const fine = new Axes(space);
    const unmarked = others.map((other) => diagrams.subtract(setOf(space, other), marked(space)));
    const set = diagrams.unite(diagrams.intersect(setOf(space, list), marked(space)), diagrams.uniteAll(unmarked));
    const box = { from: fine.along(set, 'from'), to: fine.along(set, 'to'), service: fine.along(set, 'service') };
    const all = boxSet(fine, box);
    if (!fine.tellAll(all)) return;
    expect(all).not.toBe(empty);
    const wishes = wishing ? ([['protocol', 17]] as const) : [];
    const point = pointOf(space, all, wishes);
    expect(new BoxPoints(space, wishes).inBox(box)).toEqual({ packet: packetAt(point), restsOn: restsOn(point) });
  });
  fc.assert(property, { numRuns: runs });
}, 120_000);
