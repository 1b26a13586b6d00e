import fc from 'fast-check';
import { expect, test } from 'vitest';
import { failureOffset } from '../../../src/backends/nftables/json-failure.ts';

test.each([
  ['', 0],
  ['{', 1],
  ['{"a": 1', 7],
  ['[1, 2,]', 6],
  ['{"a" 1}', 5],
  ['{a: 1}', 1],
  ['[1 2]', 3],
  ['[01]', 2],
  ['{"a": nonsense}', 6],
  ['[1}', 2],
  ['{} {}', 3],
  ['["\n"]', 1],
  ["{'a': 1}", 1],
])('%j stops at %i', (text, offset) => {
  expect(failureOffset(text)).toBe(offset);
});

test('whatever stands before the failure is the start of some JSON, and what JSON.parse takes has none', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), (text, place) => {
      const length = place % (text.length + 1);
      expect(failureOffset(text)).toBe(text.length);
      expect(failureOffset(`${text.slice(0, length)}\u0001`)).toBeLessThanOrEqual(length);
    }),
  );
});
