/**
 * Scenarios: fixtures/compose/NAME/compose.yaml beside the policy made of it and the report. UPDATE_FIXTURES=1 rewrites them; read
 * the difference. A scenario without policy.ctfw is one that is refused; begin a new one with an empty policy.ctfw.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ComposeImport, importCompose } from '../../../src/import/compose/import-compose.ts';
import { emptyLock } from '../../../src/lock/lock.ts';
import { resolve } from '../../../src/model/resolve.ts';
import { printPolicy } from '../../../src/syntax/print.ts';
import { expectFile, fixturesFolder } from '../../support/fixtures.ts';
import { reportLine, reportText } from '../report-lines.ts';

const folder = join(fixturesFolder, 'compose');
const scenarios = readdirSync(folder).sort();

function importScenario(name: string): ComposeImport {
  const text = readFileSync(join(folder, name, 'compose.yaml'), 'utf8');
  return importCompose({ name: 'compose.yaml', text }, { environment: {}, projectName: name });
}

describe.each(scenarios)('%s', (name) => {
  const result = importScenario(name);
  const fixture = { name, folder: join(folder, name), policy: { name: 'compose.yaml', text: '' } };

  test('report', () => {
    expectFile(fixture, 'report.txt', reportText(result));
  });

  test('policy', () => {
    expect(result.file !== undefined).toBe(readdirSync(join(folder, name)).includes('policy.ctfw'));
    if (result.file !== undefined) expectFile(fixture, 'policy.ctfw', printPolicy(result.file));
  });

  if (result.file !== undefined)
    test('the policy resolves', () => {
      const { diagnostics } = resolve(result.file === undefined ? [] : [result.file], emptyLock);
      expect(diagnostics.filter(({ severity }) => severity === 'error').map(reportLine)).toEqual([]);
    });
});
