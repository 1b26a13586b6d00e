/**
 * Scenarios: fixtures/docker/NAME/inspect.json beside the policy made of it and the report. UPDATE_FIXTURES=1 rewrites them; read
 * the difference. A scenario without policy.ctfw is one that is refused; begin a new one with an empty policy.ctfw.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../../../src/compile.ts';
import { type DockerImport, importDocker } from '../../../src/import/docker/import-docker.ts';
import { emptyLock } from '../../../src/lock/lock.ts';
import { emittedRules, ruleTargets } from '../../../src/proving/emitted-rules.ts';
import { printPolicy } from '../../../src/syntax/print.ts';
import { prove } from '../../../src/verifier/verifier.ts';
import { expectFile, fixturesFolder } from '../../support/fixtures.ts';
import { reportLine, reportText } from '../report-lines.ts';

const folder = join(fixturesFolder, 'docker');
const scenarios = readdirSync(folder).sort();

function importScenario(name: string): DockerImport {
  const text = readFileSync(join(folder, name, 'inspect.json'), 'utf8');
  return importDocker({ name: 'inspect.json', text });
}

describe.each(scenarios)('%s', (name) => {
  const result = importScenario(name);
  const fixture = { name, folder: join(folder, name), policy: { name: 'inspect.json', text: '' } };

  test('report', () => {
    expectFile(fixture, 'report.txt', reportText(result));
  });

  test('policy', () => {
    expect(result.file !== undefined).toBe(readdirSync(join(folder, name)).includes('policy.ctfw'));
    if (result.file !== undefined) expectFile(fixture, 'policy.ctfw', printPolicy(result.file));
  });

  const { file } = result;
  if (file !== undefined)
    test('the policy compiles, to rules that are proved', () => {
      const policy = { name: 'policy.ctfw', text: printPolicy(file) };
      const { diagnostics, compiled } = compile(policy, () => ({ error: 'nothing is included' }), emptyLock);
      expect(diagnostics.filter(({ severity }) => severity === 'error').map(reportLine)).toEqual([]);
      expect(compiled.length).toBe(1);
      for (const host of compiled)
        for (const target of ruleTargets)
          expect(prove(host.meaning, emittedRules(host, target).rulesets).kind, `${target} rules`).toBe('proved');
    });
});
