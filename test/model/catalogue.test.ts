import { describe, expect, test } from 'vitest';
import { checkEntries } from '../../src/diagnostics/catalogue/checks.ts';
import { nameEntries } from '../../src/diagnostics/catalogue/names.ts';
import { codesOf } from './support.ts';

const entries = [...nameEntries, ...checkEntries];

describe('the example of every code', () => {
  for (const { code, title, example } of entries) {
    if (example === undefined) continue;
    test(`${code} ${title}: the wrong policy gives it and nothing else`, () => {
      expect([...new Set(codesOf(example.wrong))]).toEqual([code]);
    });
    test(`${code} ${title}: the right policy gives nothing`, () => {
      expect(codesOf(example.right)).toEqual([]);
    });
  }
});

test('codes are in order, and none is used twice', () => {
  const codes = entries.map(({ code }) => code);
  expect(codes).toEqual([...new Set(codes)].sort());
});
