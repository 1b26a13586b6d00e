import { expect, test } from 'vitest';
import { complaints } from '../../support/parse-policy.ts';

test.each([
  ['""', 'CTFW1023 "\\"\\""'],
  ['"  "', 'CTFW1023 "\\"  \\""'],
  ['"größer"', 'CTFW1023 "ö"'],
  ['"a\\b"', 'CTFW1023 "\\\\"'],
  ['"a\tb"', 'CTFW1023 "\\t"'],
  ['"🦊"', 'CTFW1023 "🦊"'],
  ['"a\u202eb"', 'CTFW1002 "\u202e"'],
  ['"a\u0007b"', 'CTFW1001 "\\u0007"'],
])('log %s', (text, expected) => {
  expect(complaints(`deny a -> b log ${text}`)).toEqual([expected]);
});

test('sixty-four characters are logged, one more is not', () => {
  expect(complaints(`deny a -> b log "${'x'.repeat(64)}"`)).toEqual([]);
  expect(complaints(`deny a -> b log "${'x'.repeat(65)}"`)).toHaveLength(1);
});

test('paths may hold anything visible', () => {
  expect(complaints('include "zonen/büro {1}; #2.ctfw"')).toEqual([]);
  expect(complaints('include " "')).toEqual(['CTFW1023 "\\" \\""']);
});
