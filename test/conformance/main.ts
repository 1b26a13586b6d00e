/** `npm run test:conformance -- DIR...`: runs every scenario of the folders and prints each disagreement. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runScenario, type ScenarioReport } from './scenario/run.ts';
import type { Scenario } from './scenario/types.ts';

/** The scenario files of a folder, or the file itself. */
export function scenarioFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(path, name));
}

export function runFile(file: string): ScenarioReport {
  return runScenario(JSON.parse(readFileSync(file, 'utf8')) as Scenario, basename(file, '.json'));
}

/** A report in lines: disagreements with their traces, and steps that a simulator cannot judge, by name. */
export function reportLines(report: ScenarioReport, withTrace: boolean): string[] {
  const lines: string[] = [];
  for (const step of report.steps) {
    if (step.outcome === 'not applicable')
      lines.push(`  step ${step.index} (${step.note}): not applicable: ${String(step.got)}`);
    if (step.outcome !== 'failed') continue;
    lines.push(`  step ${step.index} (${step.note})`);
    lines.push(`    expected   ${show(step.expected)}`);
    lines.push(`    simulated  ${show(step.got)}`);
    if (withTrace) for (const entry of step.trace) lines.push(`      ${JSON.stringify(entry)}`);
  }
  return lines;
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Runs everything; the exit code is 1 when anything disagrees. */
export function main(args: readonly string[]): number {
  const withTrace = !args.includes('--no-trace');
  const paths = args.filter((arg) => !arg.startsWith('--'));
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const file of paths.flatMap(scenarioFiles)) {
    const report = runFile(file);
    const outcome = report.failed ? 'FAIL' : report.compared ? 'PASS' : 'SKIP';
    if (report.failed) failed++;
    else if (report.compared) passed++;
    else skipped++;
    process.stdout.write(`${[`${outcome} ${report.id}`, ...reportLines(report, withTrace)].join('\n')}\n`);
  }
  process.stdout.write(`${skipped} not applicable as a whole\n${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}
