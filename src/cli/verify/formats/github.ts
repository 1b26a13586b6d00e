/** Annotations of GitHub Actions: workflow commands, one line each, then the sum. */
import { positionAt } from '../../../source/span.ts';
import { countOf, evidenceText, judgesOf, subjectOf, type VerifyReport } from '../report.ts';
import type { Result } from '../result.ts';

export function githubFormat(report: VerifyReport): string {
  const judgeOf = judgesOf(report);
  const told = report.results.filter(({ outcome }) => outcome !== 'passed' && outcome !== 'skipped');
  const { results } = report;
  const failed = countOf(results, 'failed', 'unknown');
  const passed = countOf(results, 'passed');
  return `${told.map((result) => annotation(result, judgeOf)).join('')}${data(subjectOf(report))}: ${passed} passed, ${failed} failed\n`;
}

function annotation(result: Result, judgeOf: (result: Result) => string): string {
  const command = result.outcome === 'warning' ? 'warning' : 'error';
  const title = `ctfw ${result.rule} (${judgeOf(result)})`;
  const properties = [...place(result), `title=${property(title)}`].join(',');
  const evidence = result.evidence === undefined ? '' : `\n\n${evidenceText(result.evidence)}`;
  return `::${command} ${properties}::${data(`${result.name}\n${result.message}${evidence}`)}\n`;
}

function place({ span }: Result): readonly string[] {
  if (span === undefined) return [];
  const start = positionAt(span.file, span.start);
  const end = positionAt(span.file, span.end);
  const lines = [`file=${property(span.file.name)}`, `line=${start.line}`, `endLine=${end.line}`];
  // columns are taken within one line only
  return start.line === end.line ? [...lines, `col=${start.column}`, `endColumn=${end.column}`] : lines;
}

/** The escapes of the runner for what stands behind `::`. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** Properties end at a comma or colon as well. */
function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
