/** Every diagnostic that a policy text can cause has a fixture that shows its exact words. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { catalogue } from '../src/diagnostics/catalogue/index.ts';
import { fixturesFolder } from './support/fixtures.ts';

/** Too large for a file in the repository (test/syntax/parse.test.ts), about the lock file (test/lock), or mistakes of ctfw itself (test/proving/proof.test.ts). */
const elsewhere = [
  'CTFW1007',
  'CTFW1008',
  'CTFW1009',
  'CTFW2041',
  'CTFW2042',
  'CTFW2043',
  'CTFW2044',
  'CTFW2045',
  'CTFW5003',
  'CTFW5004',
];

test('every code of the stages that read a policy has a folder in fixtures/invalid', () => {
  const shown = new Set(readdirSync(join(fixturesFolder, 'invalid')).map((name) => name.slice(0, 'CTFW0000'.length)));
  const codes = catalogue.map(({ code }) => code).filter((code) => /^CTFW[1-5]/.test(code));
  expect(codes.filter((code) => !shown.has(code))).toEqual(
    elsewhere.filter((code) => codes.some((one) => one === code)),
  );
});
