/** What differs between the element lines of two generations. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differingElements } from '../../src/apply/transaction/emitted-text.ts';

/** As emit-json lays them out: one element a line, a comma after all but the last. */
function linesOf(values: readonly string[]): string {
  return values.map((value) => JSON.stringify(value)).join(',\n');
}

const values = fc.uniqueArray(fc.string({ maxLength: 3, unit: fc.constantFrom('a', 'b', ',', '"') }), {
  maxLength: 12,
});

test('law: exactly what only the one or only the other has', () => {
  fc.assert(
    fc.property(values, values, (left, right) => {
      expect(differingElements(linesOf(left), linesOf(right))).toEqual({
        left: left.filter((value) => !right.includes(value)),
        right: right.filter((value) => !left.includes(value)),
      });
    }),
    { numRuns: 2000 },
  );
});

test('law: one more anywhere among many is that one', () => {
  const many = Array.from({ length: 40 }, (_, index) => `${index}`);
  fc.assert(
    fc.property(fc.nat(40), fc.constantFrom('x', '1', '39x', ''), (place, value) => {
      const more = [...many.slice(0, place), `new ${value}`, ...many.slice(place)];
      expect(differingElements(linesOf(many), linesOf(more))).toEqual({ left: [], right: [`new ${value}`] });
      expect(differingElements(linesOf(more), linesOf(many))).toEqual({ left: [`new ${value}`], right: [] });
    }),
  );
});
