/** What sets have in common, against their members one by one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Diagrams, empty, everything, type SetId } from '../../../src/verifier/sets/diagrams.ts';
import { Shares } from '../../../src/verifier/sets/shares.ts';

const levelCount = 5;
const points = fc.uniqueArray(fc.nat({ max: 2 ** levelCount - 1 }), { maxLength: 12 });

function setOf(diagrams: Diagrams, members: readonly number[]): SetId {
  return diagrams.uniteAll(
    members.map((member) => {
      let set: SetId = everything;
      for (let level = levelCount - 1; level >= 0; level--)
        set = ((member >> level) & 1) === 1 ? diagrams.node(level, empty, set) : diagrams.node(level, set, empty);
      return set;
    }),
  );
}

test('two sets meet where they have a member in common', () => {
  fc.assert(
    fc.property(fc.array(points, { minLength: 2, maxLength: 6 }), (lists) => {
      const diagrams = new Diagrams();
      const sets = lists.map((list) => setOf(diagrams, list));
      for (const [index, left] of sets.entries())
        for (const [other, right] of sets.entries()) {
          const common = (lists[index] ?? []).some((member) => lists[other]?.includes(member));
          expect(diagrams.meets(left, right)).toBe(common);
        }
    }),
    { numRuns: 200 },
  );
});

test('what several sets hold, and which of them meet another one', () => {
  fc.assert(
    fc.property(fc.array(points, { maxLength: 7 }), points, (lists, asked) => {
      const diagrams = new Diagrams();
      const shares = new Shares(
        diagrams,
        lists.map((list) => setOf(diagrams, list)),
      );
      const all = Array.from({ length: 2 ** levelCount }, (_, member) => member);
      const several = all.filter((member) => lists.filter((list) => list.includes(member)).length > 1);
      expect(shares.several).toBe(setOf(diagrams, several));
      const meeting = lists.flatMap((list, index) => (list.some((member) => asked.includes(member)) ? [index] : []));
      expect([...shares.meeting(setOf(diagrams, asked))]).toEqual(meeting);
    }),
    { numRuns: 300 },
  );
});
