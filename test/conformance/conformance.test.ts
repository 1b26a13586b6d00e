/** Holds the simulator to what a real kernel did, where the recorded scenarios are at hand (CTFW_CONFORMANCE_DIR). */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { reportLines, runFile, scenarioFiles } from './main.ts';

const folder = join(process.env.CTFW_CONFORMANCE_DIR ?? '', 'kernel/scenarios');
const files = process.env.CTFW_CONFORMANCE_DIR !== undefined && existsSync(folder) ? scenarioFiles(folder) : [];

describe.skipIf(files.length === 0)('recorded kernel scenarios', () => {
  test.each(files.map((file) => [basename(file, '.json'), file]))('%s', (_, file) => {
    const report = runFile(file);
    const disagreements = report.steps.filter(({ outcome }) => outcome === 'failed');
    expect(disagreements.length === 0 ? [] : reportLines({ ...report, steps: disagreements }, false)).toEqual([]);
  });
});
