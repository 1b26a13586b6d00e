/** The law of lookups: the compiled form finds what a walk over all elements finds. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { prefixOf } from '../../src/net/prefix.ts';
import {
  addressValue,
  concatenation,
  type Interval,
  integer,
  interfaceName,
  prefixValue,
  rangeValue,
  type Value,
} from '../../src/ruleset/value.ts';
import type { Datum } from '../../src/simulator/packet/datum.ts';
import { compileLookup, walkLookup } from '../../src/simulator/rules/lookup.ts';

const port = fc.integer({ min: 0, max: 12 });
const ipv4 = fc
  .integer({ min: 0, max: 40 })
  .map((low) => ({ family: 'ipv4' as const, value: 0x0a00_0000n + BigInt(low) }));
const ipv6 = fc
  .integer({ min: 0, max: 40 })
  .map((low) => ({ family: 'ipv6' as const, value: (0xfdn << 120n) + BigInt(low) }));

const portInterval: fc.Arbitrary<Interval> = fc.oneof(
  port.map(integer),
  fc.tuple(port, port).map(([a, b]) => rangeValue(integer(Math.min(a, b)), integer(Math.max(a, b)))),
);
const addressInterval: fc.Arbitrary<Interval> = fc.oneof(
  fc.oneof(ipv4, ipv6).map(addressValue),
  ipv4.chain((address) => fc.integer({ min: 24, max: 32 }).map((length) => prefixValue(prefixOf(address, length)))),
  ipv6.chain((address) => fc.integer({ min: 118, max: 128 }).map((length) => prefixValue(prefixOf(address, length)))),
);
const nameInterval: fc.Arbitrary<Interval> = fc.constantFrom('eth0', 'eth1', 'br0', 'eth*', 'br*').map(interfaceName);

const portDatum: fc.Arbitrary<Datum> = port;
const addressDatum: fc.Arbitrary<Datum> = fc.oneof(
  ipv4.map(({ value }) => Number(value)),
  ipv6.map(({ value }) => value),
);
const nameDatum: fc.Arbitrary<Datum> = fc.constantFrom('eth0', 'eth1', 'eth2', 'br0', 'lo');

function agree(elements: fc.Arbitrary<readonly Value[]>, key: fc.Arbitrary<readonly Datum[]>): void {
  fc.assert(
    fc.property(elements, fc.array(key, { minLength: 1, maxLength: 20 }), (values, keys) => {
      const numbered = values.map((value, order) => ({ value, order }));
      const compiled = compileLookup(numbered, ({ value }) => value);
      const walked = walkLookup(numbered, ({ value }) => value);
      for (const one of keys) expect(compiled(one)?.order).toBe(walked(one)?.order);
    }),
    { numRuns: 300 },
  );
}

const list = <T extends Value>(value: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> =>
  fc.array(value, { maxLength: 12 });

test('single ports and ranges, overlapping or not', () => {
  agree(
    list(portInterval),
    portDatum.map((value) => [value]),
  );
});

test('single addresses and prefixes of both families', () => {
  agree(
    list(addressInterval),
    addressDatum.map((value) => [value]),
  );
});

test('interface names with wildcards', () => {
  agree(
    list(nameInterval),
    nameDatum.map((value) => [value]),
  );
});

test('concatenations of every shape', () => {
  agree(
    list(fc.tuple(addressInterval, portInterval, nameInterval).map((parts) => concatenation(...parts))),
    fc.tuple(addressDatum, portDatum, nameDatum),
  );
});
