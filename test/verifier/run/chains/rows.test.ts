import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Address } from '../../../../src/net/address.ts';
import { type Interval, integer, interfaceName, prefixValue, rangeValue } from '../../../../src/ruleset/value.ts';
import { type Row, rowsText } from '../../../../src/verifier/run/chains/rows.ts';

const arbitraryAddress: fc.Arbitrary<Address> = fc.record({
  family: fc.constantFrom('ipv4', 'ipv6'),
  value: fc.constantFrom(0n, 1n, 10n, 11n, 35n, 36n),
});

const arbitraryInterval: fc.Arbitrary<Interval> = fc.oneof(
  fc.constantFrom(0, 1, 10, 11).map(integer),
  fc.constantFrom('', 'a', 'b', 'a,b', '"', '">,"', '1', 'ipv4:1').map(interfaceName),
  arbitraryAddress.map((address): Interval => ({ kind: 'address', address })),
  fc.tuple(arbitraryAddress, fc.constantFrom(0, 1, 11)).map(([address, length]) => prefixValue({ address, length })),
  fc
    .tuple(fc.constantFrom(0, 1, 10), fc.constantFrom(0, 1, 10))
    .map(([first, last]) => rangeValue(integer(first), integer(last))),
);

const arbitraryRows: fc.Arbitrary<readonly Row[]> = fc.array(
  fc.record({
    key: fc.array(arbitraryInterval, { maxLength: 2 }),
    data: fc.array(arbitraryInterval, { maxLength: 1 }),
  }),
  { maxLength: 2 },
);

test('rows have the same words if they are the same, and only then', () => {
  const known = new Map<string, readonly Row[]>();
  fc.assert(
    fc.property(arbitraryRows, (rows) => {
      const text = rowsText(rows);
      const before = known.get(text);
      if (before !== undefined) expect(rows).toEqual(before);
      known.set(text, rows);
      expect(rowsText(structuredClone(rows))).toBe(text);
    }),
    { numRuns: 5000 },
  );
  expect(known.size).toBeLessThan(5000);
});
