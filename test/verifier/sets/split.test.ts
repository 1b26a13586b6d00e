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

test('classes are the values that no set tells apart, and stretches have the rest of each of them', () => {
  let several = 0;
  fc.assert(
    fc.property(fc.array(points, { minLength: 1, maxLength: 6 }), own, (lists, ownLevels) => {
      const diagrams = new Diagrams();
      const splitter = new Splitter(diagrams, ownLevels);
      const others = levels.filter((level) => !ownLevels.includes(level));
      const sets = lists.map((members) =>
        setOf(
          diagrams,
          members.map((point) => part(point, levels)),
          levels,
        ),
      );
      const values = [...new Set(Array.from({ length: 2 ** levelCount }, (_, point) => part(point, ownLevels)))].sort();
      const restOf = (list: readonly number[], value: string): SetId =>
        setOf(
          diagrams,
          list.filter((point) => part(point, ownLevels) === value).map((point) => part(point, others)),
          others,
        );
      const byRests = new Map<string, string[]>();
      for (const value of values) {
        const rests = lists.map((list) => restOf(list, value));
        if (rests.every((rest) => rest === empty)) continue;
        byRests.set(rests.join(), [...(byRests.get(rests.join()) ?? []), value]);
      }
      const expected = [...byRests.values()].map((members) => setOf(diagrams, members, ownLevels));
      const classes = splitter.classesOf(sets, expected.length);
      expect([...(classes ?? [])].sort()).toEqual([...expected].sort());
      if (expected.length > 1) expect(splitter.classesOf(sets, expected.length - 1)).toBeUndefined();
      if (expected.length > 6) several++;
      for (const [index, set] of sets.entries()) {
        const told = splitter
          .restsAt(set, values)
          .flatMap(({ first, last, rest }) => Array.from({ length: last - first + 1 }, () => rest));
        expect(told).toEqual(values.map((value) => restOf(lists[index] ?? [], value)));
      }
    }),
    { numRuns: 200 },
  );
  expect(several).toBeGreaterThan(0);
});

/** Two halves that give the same pairs in another order: (p, q, p, q) is not (p, p, q, q). */
test('what is told apart by pairs stays told apart', () => {
  const diagrams = new Diagrams();
  const [p, q] = [setOf(diagrams, ['0'], [2]), setOf(diagrams, ['1'], [2])];
  const at = (value: string, rest: SetId): SetId => diagrams.intersect(setOf(diagrams, [value], [0, 1]), rest);
  const sets = [
    [p, p],
    [q, p],
    [p, q],
    [q, q],
  ].map(([one = empty, other = empty]) => diagrams.unite(at('00', one), at('01', other)));
  expect(new Splitter(diagrams, [0, 1]).classesOf(sets, 9)).toHaveLength(2);
});

test('more rows than wanted are none', () => {
  const diagrams = new Diagrams();
  const set = setOf(diagrams, ['00', '01', '10'], [0, 1]);
  const splitter = new Splitter(diagrams, [0]);
  expect(splitter.fewRows(set, 1)).toBeUndefined();
  expect(splitter.fewRows(set, 2)).toHaveLength(2);
  expect(splitter.fewRows(empty, 0)).toEqual([]);
});
