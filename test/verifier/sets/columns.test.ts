/** Rows told the other way round are what splitting the set by its other levels gives. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnsOf } from '../../../src/verifier/sets/columns.ts';
import { Diagrams, empty, everything, type SetId } from '../../../src/verifier/sets/diagrams.ts';
import { type Row, Splitter } from '../../../src/verifier/sets/split.ts';

const levelCount = 8;
const levels = Array.from({ length: levelCount }, (_, level) => level);
const points = fc.uniqueArray(fc.nat({ max: 2 ** levelCount - 1 }), { maxLength: 2 ** levelCount });

function setOf(diagrams: Diagrams, members: readonly number[]): SetId {
  return diagrams.uniteAll(
    members.map((member) => {
      let set: SetId = everything;
      for (const level of [...levels].reverse())
        set = ((member >> level) & 1) === 1 ? diagrams.node(level, empty, set) : diagrams.node(level, set, empty);
      return set;
    }),
  );
}

const ascending = (rows: readonly Row[]): readonly Row[] => [...rows].sort((one, other) => one.values - other.values);

test('columns are the rows by the other levels', () => {
  fc.assert(
    fc.property(points, fc.subarray(levels), (members, own) => {
      const diagrams = new Diagrams();
      const set = setOf(diagrams, members);
      const others = levels.filter((level) => !own.includes(level));
      const columns = columnsOf(diagrams, new Splitter(diagrams, own).rows(set));
      expect(ascending(columns)).toEqual(ascending(new Splitter(diagrams, others).rows(set)));
    }),
    { numRuns: 300 },
  );
});
