import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rangeIndex } from '../../src/model/range-index.ts';

test('finds exactly the ranges that overlap', () => {
  const range = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 12 }));
  fc.assert(
    fc.property(fc.array(range, { maxLength: 25 }), range, (ranges, [from, length]) => {
      const entries = ranges.map(([first, size], value) => ({ first, last: first + size, value }));
      const found = [...rangeIndex(entries).overlapping(from, from + length)].sort((left, right) => left - right);
      const expected = entries
        .filter(({ first, last }) => first <= from + length && from <= last)
        .map(({ value }) => value);
      expect(found).toEqual(expected);
    }),
  );
});
