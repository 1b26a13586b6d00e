import fc from 'fast-check';
import { expect, test } from 'vitest';
import { occupiedPrefixes } from '../../src/model/occupied-prefixes.ts';
import { type Prefix, prefixesOverlap, prefixOf } from '../../src/net/prefix.ts';

/** Prefixes close to each other, so that they often overlap. */
const prefix: fc.Arbitrary<Prefix> = fc
  .tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 24, max: 32 }))
  .map(([low, length]) => prefixOf({ family: 'ipv4', value: 0x0a000000n + BigInt(low * 4) }, length));

test('an overlap is found exactly where there is one', () => {
  fc.assert(
    fc.property(fc.array(prefix, { maxLength: 12 }), prefix, (held, wanted) => {
      expect(occupiedPrefixes(held).overlaps(wanted)).toBe(held.some((other) => prefixesOverlap(other, wanted)));
    }),
  );
});
