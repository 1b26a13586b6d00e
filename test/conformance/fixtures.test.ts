/** Scenarios of our own, played on a kernel once and kept with what it did: one or more for every numbered kernel fact. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { reportLines, runFile, scenarioFiles } from './main.ts';
import type { Scenario } from './scenario/types.ts';

const root = join(import.meta.dirname, '../..');
const files = scenarioFiles(join(root, 'fixtures/kernel'));

/** What tools refuse to load and which forms they read: the business of the readers' and writers' tests. */
const notOfPackets = [22, 23];

describe('what a kernel did with scenarios of our own', () => {
  test.each(files.map((file) => [basename(file, '.json'), file]))('%s', (_, file) => {
    const report = runFile(file);
    const others = report.steps.filter(({ outcome }) => outcome !== 'passed' && outcome !== 'nothing expected');
    expect(others.length === 0 ? [] : reportLines({ ...report, steps: others }, false)).toEqual([]);
    expect(report.compared).toBe(true);
  });

  test('every fact about packets is shown by some scenario', () => {
    const shown = new Set(files.flatMap((file) => (JSON.parse(readFileSync(file, 'utf8')) as Scenario).facts ?? []));
    const facts = [...readFileSync(join(root, 'docs/kernel-facts.md'), 'utf8').matchAll(/^(\d+)\. /gm)].map(
      ([, number]) => Number(number),
    );
    expect(facts.length).toBeGreaterThan(140);
    expect(facts.filter((fact) => !shown.has(fact) && !notOfPackets.includes(fact))).toEqual([]);
  });
});
