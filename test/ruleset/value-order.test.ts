/** The order of values is one: sorting brings equal values together, and only them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/net/address.ts';
import { parseMac } from '../../src/net/mac.ts';
import { parsePrefix } from '../../src/net/prefix.ts';
import {
  addressValue,
  concatenation,
  type Interval,
  integer,
  interfaceName,
  prefixValue,
  rangeValue,
  type Scalar,
  type Value,
} from '../../src/ruleset/value.ts';
import { compareValues } from '../../src/ruleset/value-order.ts';

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the text of a sample is wrong');
  return value;
}

const addresses = ['10.0.0.1', '10.0.0.2', '9.255.255.255', '::a00:1', 'fd00::1'].map((text) =>
  addressValue(known(parseAddress(text))),
);
const prefixes = ['10.0.0.0/8', '10.0.0.0/16', 'fd00::/8'].map((text) => prefixValue(known(parsePrefix(text))));
const scalar: fc.Arbitrary<Scalar> = fc.oneof(
  fc.integer({ min: 0, max: 20 }).map(integer),
  fc.constantFrom(...addresses),
  fc.constantFrom('br-a', 'br-ab', 'br-b').map(interfaceName),
  fc
    .constantFrom('02:00:00:00:00:01', '02:00:00:00:00:02')
    .map((text): Scalar => ({ kind: 'mac', mac: known(parseMac(text)) })),
);
const interval: fc.Arbitrary<Interval> = fc.oneof(
  scalar,
  fc.constantFrom(...prefixes),
  fc.tuple(scalar, scalar).map(([first, last]) => rangeValue(first, last)),
);
const value: fc.Arbitrary<Value> = fc.oneof(
  interval,
  fc.array(interval, { minLength: 2, maxLength: 3 }).map((parts) => concatenation(...parts)),
);
const textOf = (of: Value): string =>
  JSON.stringify(of, (_key, part: unknown) => (typeof part === 'bigint' ? `${part}` : part));

describe('the order of values', () => {
  test('only equal values are equal in it', () => {
    fc.assert(
      fc.property(value, value, (left, right) => {
        expect(compareValues(left, right) === 0).toBe(textOf(left) === textOf(right));
        expect(Math.sign(compareValues(left, right)) + Math.sign(compareValues(right, left))).toBe(0);
      }),
    );
  });

  test('it is transitive: equal values are neighbours wherever they stood', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 30 }), (values) => {
        const sorted = [...values].sort(compareValues).map(textOf);
        const changes = sorted.filter((text, index) => text !== sorted[index - 1]).length;
        expect(changes).toBe(new Set(sorted).size);
      }),
    );
  });

  test('numbers by size, addresses by value, names by their text', () => {
    const order = (...values: readonly Value[]): readonly string[] => [...values].sort(compareValues).map(textOf);
    expect(order(integer(10), integer(9))).toEqual([textOf(integer(9)), textOf(integer(10))]);
    expect(order(...addresses.slice(0, 3))).toEqual(
      [addresses[2], addresses[0], addresses[1]].map((of) => textOf(known(of))),
    );
    expect(order(interfaceName('br-ab'), interfaceName('br-a'))).toEqual([
      textOf(interfaceName('br-a')),
      textOf(interfaceName('br-ab')),
    ]);
  });
});
