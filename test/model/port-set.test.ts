import fc from 'fast-check';
import { expect, test } from 'vitest';
import { growingPortSet } from '../../src/model/port-set.ts';
import { type PortRange, port } from '../../src/net/port.ts';

test('what is new in each range is what a set of numbers says', () => {
  const bound = fc.integer({ min: 1, max: 60 });
  fc.assert(
    fc.property(fc.array(fc.tuple(bound, bound), { maxLength: 20 }), (pairs) => {
      const set = growingPortSet();
      const known = new Set<number>();
      for (const [left, right] of pairs) {
        const range: PortRange = { first: port(Math.min(left, right)), last: port(Math.max(left, right)) };
        const expected: number[] = [];
        for (let value: number = range.first; value <= range.last; value++) if (!known.has(value)) expected.push(value);
        for (const value of expected) known.add(value);
        const fresh = set
          .take(range)
          .flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, offset) => first + offset));
        expect(fresh).toEqual(expected);
      }
    }),
  );
});
