/** TAP 14: a test point a question; what failed carries a YAML block. */
import { evidenceText, judgesOf, type VerifyReport } from '../report.ts';
import { isFailure, type Result } from '../result.ts';

export function tapFormat(report: VerifyReport): string {
  const judgeOf = judgesOf(report);
  const points = report.results.map((result, index) => point(result, index + 1, judgeOf));
  return `TAP version 14\n1..${points.length}\n${points.join('')}`;
}

function point(result: Result, number: number, judgeOf: (result: Result) => string): string {
  const word = isFailure(result) ? 'not ok' : 'ok';
  const directive = result.outcome === 'skipped' ? ` # SKIP ${description(result.message)}` : '';
  const name = description(`${judgeOf(result)}: ${result.name}`);
  return `${word} ${number} - ${name}${directive}\n${isFailure(result) || result.outcome === 'warning' ? yaml(result) : ''}`;
}

/** One line, in which `#` would begin a directive. */
function description(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('#', '\\#').replace(/\s+/g, ' ').trim();
}

/** Strings in JSON are strings in YAML. */
function yaml(result: Result): string {
  const lines = [
    `message: ${JSON.stringify(result.message)}`,
    `severity: ${result.outcome === 'warning' ? 'warning' : 'fail'}`,
    `rule: ${JSON.stringify(result.rule)}`,
    ...(result.span === undefined ? [] : [`file: ${JSON.stringify(result.span.file.name)}`]),
    ...(result.evidence === undefined
      ? []
      : [
          'path: |',
          ...evidenceText(result.evidence)
            .trimEnd()
            .split('\n')
            .map((line) => `  ${line}`),
        ]),
  ];
  return `  ---\n${lines.map((line) => `  ${line}\n`).join('')}  ...\n`;
}
