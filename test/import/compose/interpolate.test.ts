// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of compose files are written so
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interpolate, maximumNesting } from '../../../src/import/compose/interpolate.ts';

const environment = { FULL: 'full', EMPTY: '', DOLLAR: '$FULL', _a1: 'under' };

const cases: readonly [string, string][] = [
  ['plain', 'plain'],
  ['$FULL', 'full'],
  ['a${FULL}b', 'afullb'],
  ['$FULL.$_a1', 'full.under'],
  ['${FULL:-x}', 'full'],
  ['${EMPTY:-x}', 'x'],
  ['${NONE:-x}', 'x'],
  ['${EMPTY-x}', ''],
  ['${NONE-x}', 'x'],
  ['${NONE:-}', ''],
  ['${FULL:+x}', 'x'],
  ['${EMPTY:+x}', ''],
  ['${EMPTY+x}', 'x'],
  ['${NONE+x}', ''],
  ['${FULL:?why}', 'full'],
  ['${EMPTY?why}', ''],
  ['${NONE:-${FULL}}', 'full'],
  ['${NONE:-${NONE:-${NONE-deep}}}!', 'deep!'],
  ['${NONE:-a-b:c}', 'a-b:c'],
  ['$$FULL', '$FULL'],
  ['$$$FULL', '$full'],
  ['$${FULL}', '${FULL}'],
  ['${NONE:-$$}', '$'],
  ['${DOLLAR}', '$FULL'],
  ['${FULL}${NONE:-}${FULL}', 'fullfull'],
  ['${toString:-own}', 'own'],
];

test.each(cases)('%s becomes %s', (text, expected) => {
  expect(interpolate(text, environment)).toEqual({ text: expected, unset: [] });
});

test('a variable without value and default is empty and named', () => {
  expect(interpolate('$NONE/${OTHER}', environment)).toEqual({ text: '/', unset: ['NONE', 'OTHER'] });
  expect(interpolate('${NONE:-$OTHER}', environment)).toEqual({ text: '', unset: ['OTHER'] });
  expect(interpolate('${FULL:-$OTHER}', environment)).toEqual({ text: 'full', unset: [] });
});

test.each(['$', 'a $ b', '${', '${}', '${FULL', '${1}', '$1', '${FULL!x}', '${FULL:x}', '${ FULL}', '${NONE:-$}'])(
  '%s is malformed',
  (text) => {
    expect(interpolate(text, environment)).toMatchObject({ problem: 'malformed' });
  },
);

describe('required variables', () => {
  test.each(['${NONE:?why not}', '${NONE?why not}', '${EMPTY:?why not}'])('%s has no value', (text) => {
    const result = interpolate(text, environment);
    expect(result).toMatchObject({ problem: 'required' });
    expect('message' in result && result.message).toContain('why not');
  });
});

test('nesting is bounded', () => {
  const nested = (levels: number): string => `${'${A:-'.repeat(levels)}x${'}'.repeat(levels)}`;
  expect(interpolate(nested(maximumNesting), {})).toEqual({ text: 'x', unset: [] });
  expect(interpolate(nested(maximumNesting + 1), {})).toMatchObject({ problem: 'malformed' });
  expect(interpolate(nested(50_000), {})).toMatchObject({ problem: 'malformed' });
});

test('text without variables stays as it is, and `$$` is the way to any text', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(interpolate(text.replaceAll('$', '$$$$'), {})).toEqual({ text, unset: [] });
    }),
  );
});

test('never throws', () => {
  const pieces = fc.constantFrom('$', '{', '}', ':', '-', '?', '+', 'A', 'B', '1', ' ', '${', '$$');
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      const result = interpolate(parts.join(''), { A: 'a', B: '' });
      expect('text' in result || 'problem' in result).toBe(true);
    }),
  );
});
