import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Regions } from '../../src/syntax/findings.ts';

test('regions contain the offsets of each of them, their ends included', () => {
  const region = fc
    .tuple(fc.nat({ max: 60 }), fc.nat({ max: 10 }))
    .map(([start, length]) => ({ start, end: start + length }));
  fc.assert(
    fc.property(fc.array(region, { maxLength: 8 }), (regions) => {
      const asked = new Regions(regions);
      for (let offset = 0; offset <= 75; offset++) {
        expect(asked.contains(offset)).toBe(regions.some(({ start, end }) => start <= offset && offset <= end));
      }
    }),
  );
});
