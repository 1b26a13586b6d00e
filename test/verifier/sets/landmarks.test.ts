/** Which of many sets have their lowest member in another, against their members one by one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Diagrams, empty, everything, type SetId } from '../../../src/verifier/sets/diagrams.ts';
import { Landmarks } from '../../../src/verifier/sets/landmarks.ts';

/** Some levels between others that no set is over. */
const levels = [1, 2, 4, 7, 8];
const count = 2 ** levels.length;
const some = fc.uniqueArray(fc.nat({ max: count - 1 }), { minLength: 1, maxLength: count });

function setOf(diagrams: Diagrams, members: readonly number[]): SetId {
  return diagrams.uniteAll(
    members.map((member) => {
      let set: SetId = everything;
      for (const [index, level] of [...levels.entries()].reverse())
        set =
          ((member >> (levels.length - 1 - index)) & 1) === 1
            ? diagrams.node(level, empty, set)
            : diagrams.node(level, set, empty);
      return set;
    }),
  );
}

test('the sets whose lowest member is in a set, in the order of these members', () => {
  fc.assert(
    fc.property(fc.array(some, { maxLength: 9 }), fc.oneof(some, fc.constant<number[]>([])), (lists, asked) => {
      const diagrams = new Diagrams();
      const sets = lists.map((list) => setOf(diagrams, list));
      const landmarks = new Landmarks(diagrams, sets, levels);
      const lowest = lists.map((list) => Math.min(...list));
      const ascending = [...lists.keys()].sort(
        (one, other) => (lowest[one] ?? 0) - (lowest[other] ?? 0) || one - other,
      );
      expect(landmarks.order).toEqual(ascending);
      const expected = ascending.filter((index) => asked.includes(lowest[index] ?? -1));
      expect(landmarks.in(setOf(diagrams, asked))).toEqual(expected);
      expect(landmarks.in(everything)).toEqual(ascending);
      expect(landmarks.in(empty)).toEqual([]);
      const places = landmarks.placesIn(setOf(diagrams, asked));
      for (const [index, { first }] of places.entries())
        expect(first).toBeGreaterThan((places[index - 1]?.last ?? -2) + 1);
    }),
    { numRuns: 300 },
  );
});
