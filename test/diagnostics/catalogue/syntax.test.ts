import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { syntaxCatalogue } from '../../../src/diagnostics/catalogue/syntax.ts';
import { checkSyntax } from '../../support/check-policy.ts';

const codes = syntaxCatalogue.map(({ code }) => code);
const fixtures = readdirSync(new URL('../../../fixtures/invalid', import.meta.url));

test('codes are those of the syntax, each once and in order', () => {
  expect(codes).toEqual([...new Set(codes)].sort());
  expect(codes.filter((code) => !/^CTFW1\d{3}$/.test(code))).toEqual([]);
});

test('titles are one line without a full stop', () => {
  expect(syntaxCatalogue.map(({ title }) => title).filter((title) => /[.\n]$|\n/.test(title))).toEqual([]);
});

test('what takes a file of a megabyte to show has no example, everything else has one and a fixture', () => {
  const withoutExample = syntaxCatalogue.filter(({ example }) => example === undefined).map(({ code }) => code);
  expect(withoutExample).toEqual(['CTFW1007', 'CTFW1008', 'CTFW1009']);
  const shown = codes.filter((code) => !withoutExample.includes(code));
  expect(shown.filter((code) => !fixtures.some((folder) => folder.startsWith(`${code}-`)))).toEqual([]);
});

describe.each(syntaxCatalogue.filter(({ example }) => example !== undefined))('$code', ({ code, example }) => {
  test('the wrong example gives just this code', () => {
    expect(checkSyntax(example?.wrong ?? '').map((diagnostic) => diagnostic.code)).toEqual([code]);
  });

  test('the right example gives none', () => {
    expect(checkSyntax(example?.right ?? '').map((diagnostic) => diagnostic.code)).toEqual([]);
  });
});
