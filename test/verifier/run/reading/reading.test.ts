import { expect, test } from 'vitest';
import { exactKey, type Reading, unknown } from '../../../../src/verifier/run/reading/reading.ts';

const field: Reading = {
  kind: 'field',
  key: 'k',
  has: 1,
  field: 'source',
  prefixLength: undefined,
  lowered: 0,
};

/** Readings under one short key that a space would take for different ones. */
const different: readonly Reading[] = [
  field,
  { ...field, has: 2 },
  { ...field, field: 'destination' },
  { ...field, prefixLength: 24 },
  { ...field, lowered: 1 },
  { kind: 'cases', key: 'k', has: 1, cases: [{ set: 1, value: 1 }] },
  { kind: 'cases', key: 'k', has: 1, cases: [{ set: 1, value: '1' }] },
  { kind: 'cases', key: 'k', has: 1, cases: [{ set: 2, value: 1 }] },
  { kind: 'cases', key: 'k', has: 2, cases: [{ set: 1, value: 1 }] },
  { kind: 'mark', key: 'k', has: 1, mask: 1 },
  { kind: 'mark', key: 'k', has: 1, mask: 2 },
  { kind: 'absent' },
];

test('the exact key tells readings apart that have the same words', () => {
  const alone = different.map((reading) => exactKey([reading]));
  const pairs = different.flatMap((one) => different.map((other) => exactKey([one, other])));
  expect(new Set([...alone, ...pairs]).size).toBe(different.length + different.length ** 2);
  expect(exactKey([field, { ...field, key: 'another' }])).toBe(exactKey([field, field]));
});

test('nothing is remembered of what is not known', () => {
  expect(exactKey([field, unknown('a match of others')])).toBeUndefined();
});
