/** Unions of boxes that are built field by field hold what lies in one of the boxes, however their intervals overlap. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Box, boxesSet } from '../../../src/verifier/sets/boxes.ts';
import { Diagrams, everything, type SetId } from '../../../src/verifier/sets/diagrams.ts';

const places = [
  { level: 1, bits: 3 },
  { level: 4, bits: 4 },
  { level: 8, bits: 2 },
] as const;

const interval = (bits: number) =>
  fc
    .tuple(fc.nat({ max: 2 ** bits - 1 }), fc.nat({ max: 2 ** bits - 1 }), fc.boolean())
    .map(([one, other, whole]) =>
      whole ? { first: 0, last: Number.MAX_SAFE_INTEGER } : { first: Math.min(one, other), last: Math.max(one, other) },
    );
const box: fc.Arbitrary<Box> = fc.tuple(...places.map(({ bits }) => interval(bits)));

test('a point lies in the union if it lies in a box', () => {
  fc.assert(
    fc.property(fc.array(box, { maxLength: 40 }), (boxes) => {
      const diagrams = new Diagrams();
      const set = boxesSet(diagrams, places, boxes);
      for (let one = 0; one < 8; one++)
        for (let two = 0; two < 16; two++)
          for (let three = 0; three < 4; three++) {
            const point = [one, two, three];
            const inside = boxes.some((sides) =>
              sides.every(({ first, last }, field) => first <= (point[field] ?? 0) && (point[field] ?? 0) <= last),
            );
            expect(holds(diagrams, set, point)).toBe(inside);
          }
    }),
    { numRuns: 60 },
  );
});

test('a store in the room of another one makes the same nodes', () => {
  fc.assert(
    fc.property(fc.array(box, { maxLength: 10 }), fc.array(box, { maxLength: 10 }), (before, boxes) => {
      const first = new Diagrams();
      boxesSet(first, places, before);
      const second = new Diagrams(first);
      expect(boxesSet(second, places, boxes)).toBe(boxesSet(new Diagrams(), places, boxes));
    }),
  );
});

function holds(diagrams: Diagrams, set: SetId, point: readonly number[]): boolean {
  let node = set;
  for (const [field, { level, bits }] of places.entries())
    for (let bit = 0; bit < bits; bit++) {
      if (diagrams.levelOf(node) !== level + bit) continue;
      const one = (((point[field] ?? 0) >> (bits - 1 - bit)) & 1) === 1;
      node = one ? diagrams.highOf(node) : diagrams.lowOf(node);
    }
  return node === everything;
}
