import { expect, test } from 'vitest';
import { catalogue } from '../../src/diagnostics/catalogue/index.ts';

test('each code appears once and has the digits of its stage', () => {
  const codes = catalogue.map(({ code }) => code);
  expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  expect(codes.filter((code) => !/^CTFW[1-8]\d{3}$/.test(code))).toEqual([]);
});

test('each entry says something: a title without a full stop, an explanation of whole sentences', () => {
  const poor = catalogue.filter(
    ({ title, explanation }) => title === '' || title.endsWith('.') || !/[.`)]$/.test(explanation.trim()),
  );
  expect(poor.map(({ code }) => code)).toEqual([]);
});
