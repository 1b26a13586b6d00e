/** A set split by some of its levels: every value stands in the row of its rest, and rows come in the order of their lowest values. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Diagrams, empty, everything, type SetId } from '../../../src/verifier/sets/diagrams.ts';
import { Splitter } from '../../../src/verifier/sets/split.ts';

const levelCount = 8;
const levels = Array.from({ length: levelCount }, (_, level) => level);
/** A set as the list of its points, each point a number with one bit a level, the first level the most significant. */
const points = fc.uniqueArray(fc.nat({ max: 2 ** levelCount - 1 }), { maxLength: 2 ** levelCount });
const own = fc.subarray(levels);

const bitAt = (point: number, level: number): boolean => ((point >> (levelCount - 1 - level)) & 1) === 1;
const part = (point: number, of: readonly number[]): string =>
  of.map((level) => (bitAt(point, level) ? '1' : '0')).join('');

/** The union of points over some levels. */
function setOf(diagrams: Diagrams, members: readonly string[], of: readonly number[]): SetId {
  return diagrams.uniteAll(
    members.map((member) => {
      let set: SetId = everything;
      for (const [index, level] of [...of.entries()].reverse())
        set = member[index] === '1' ? diagrams.node(level, empty, set) : diagrams.node(level, set, empty);
      return set;
    }),
  );
}

/** The rows by their definition. */
function expectedRows(diagrams: Diagrams, members: readonly number[], ownLevels: readonly number[]) {
  const others = levels.filter((level) => !ownLevels.includes(level));
  const restOf = new Map<string, string[]>();
  for (const point of [...members].sort((one, other) => one - other))
    restOf.set(part(point, ownLevels), [...(restOf.get(part(point, ownLevels)) ?? []), part(point, others)]);
  const valuesOf = new Map<SetId, string[]>();
  for (const value of [...restOf.keys()].sort()) {
    const rest = setOf(diagrams, restOf.get(value) ?? [], others);
    valuesOf.set(rest, [...(valuesOf.get(rest) ?? []), value]);
  }
  return [...valuesOf].map(([rest, values]) => ({ values: setOf(diagrams, values, ownLevels), rest }));
}

test('rows are the values with the same rest', () => {
  fc.assert(
    fc.property(fc.array(points, { minLength: 1, maxLength: 3 }), own, (sets, ownLevels) => {
      const diagrams = new Diagrams();
      const splitter = new Splitter(diagrams, ownLevels);
      for (const members of sets) {
        const set = setOf(
          diagrams,
          members.map((point) => part(point, levels)),
          levels,
        );
        expect(splitter.rows(set)).toEqual(expectedRows(diagrams, members, ownLevels));
      }
    }),
    { numRuns: 300 },
  );
});

test('more rows than wanted are none', () => {
  const diagrams = new Diagrams();
  const set = setOf(diagrams, ['00', '01', '10'], [0, 1]);
  const splitter = new Splitter(diagrams, [0]);
  expect(splitter.fewRows(set, 1)).toBeUndefined();
  expect(splitter.fewRows(set, 2)).toHaveLength(2);
  expect(splitter.fewRows(empty, 0)).toEqual([]);
});
