import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editDistance, suggest } from '../../src/diagnostics/suggest.ts';

describe('suggest', () => {
  test.each([
    ['netwrok', ['host', 'network', 'container'], 'network'],
    ['frnt', ['front', 'back'], 'front'],
    ['FRONT', ['front', 'back'], 'front'],
    ['subnt', ['subnet', 'switch'], 'subnet'],
    ['pubish', ['publish', 'publish-address'], 'publish'],
    ['db', ['dc', 'web'], 'dc'],
  ])('%s', (word, candidates, expected) => {
    expect(suggest(word, candidates)).toBe(expected);
  });

  test.each([
    ['a', ['b', 'c']],
    ['xyz', ['front', 'back']],
    ['', ['a']],
    ['front', ['front']],
    ['x'.repeat(100), ['x'.repeat(99)]],
  ])('nothing is near %s', (word, candidates) => {
    expect(suggest(word, candidates)).toBe(undefined);
  });
});

/** The edit distance by its definition. */
function slowDistance(left: string, right: string): number {
  const rows = Array.from({ length: left.length + 1 }, () => new Array<number>(right.length + 1).fill(0));
  const cell = (row: number, column: number): number => rows[row]?.[column] ?? 0;
  for (let row = 0; row <= left.length; row++) {
    for (let column = 0; column <= right.length; column++) {
      const options = [
        row === 0 ? column : cell(row - 1, column) + 1,
        column === 0 ? row : cell(row, column - 1) + 1,
        ...(row > 0 && column > 0 ? [cell(row - 1, column - 1) + (left[row - 1] === right[column - 1] ? 0 : 1)] : []),
        ...(row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
          ? [cell(row - 2, column - 2) + 1]
          : []),
      ];
      const target = rows[row];
      if (target !== undefined) target[column] = Math.min(...options);
    }
  }
  return cell(left.length, right.length);
}

test('the bounded distance is the distance, or more than the bound', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
  fc.assert(
    fc.property(word, word, fc.nat({ max: 8 }), (left, right, bound) => {
      const exact = slowDistance(left, right);
      const bounded = editDistance(left, right, bound);
      if (exact <= bound) expect(bounded).toBe(exact);
      else expect(bounded).toBeGreaterThan(bound);
    }),
    { numRuns: 1000 },
  );
});
