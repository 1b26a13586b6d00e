/** JUnit XML: a suite a judge, a case a question. Times are left out: the same input gives the same bytes. */
import { evidenceText, judgesOf, subjectOf, type VerifyReport } from '../report.ts';
import type { Result } from '../result.ts';

export function junitFormat(report: VerifyReport): string {
  const judgeOf = judgesOf(report);
  const suites = new Map<string, Result[]>();
  for (const result of report.results) {
    const name = judgeOf(result);
    suites.set(name, [...(suites.get(name) ?? []), result]);
  }
  const all = report.results;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    `<testsuites name="${attribute(`ctfw verify ${subjectOf(report)}`)}" ${counts(all)}>\n`,
    ...[...suites].map(([name, results]) => suite(name, results)),
    '</testsuites>\n',
  ].join('');
}

function counts(results: readonly Result[]): string {
  const count = (...outcomes: readonly Result['outcome'][]): number =>
    results.filter(({ outcome }) => outcomes.includes(outcome)).length;
  return `tests="${results.length}" failures="${count('failed')}" errors="${count('unknown')}" skipped="${count('skipped')}"`;
}

function suite(name: string, results: readonly Result[]): string {
  const cases = results.map((result) => testCase(name, result));
  return `  <testsuite name="${attribute(name)}" ${counts(results)}>\n${cases.join('')}  </testsuite>\n`;
}

function testCase(suiteName: string, result: Result): string {
  const file = result.span === undefined ? '' : ` file="${attribute(result.span.file.name)}"`;
  const head = `    <testcase name="${attribute(result.name)}" classname="${attribute(`${result.rule}.${suiteName}`)}"${file}`;
  const inner = content(result);
  return inner === '' ? `${head}/>\n` : `${head}>\n${inner}    </testcase>\n`;
}

function content(result: Result): string {
  const evidence = result.evidence === undefined ? '' : `\n\n${evidenceText(result.evidence)}`;
  const body = text(`${result.message}${evidence}`);
  switch (result.outcome) {
    case 'passed':
      return '';
    case 'failed':
      return `      <failure message="${attribute(result.message)}" type="${attribute(result.rule)}">${body}</failure>\n`;
    case 'unknown':
      return `      <error message="${attribute(result.message)}" type="${attribute(result.rule)}">${body}</error>\n`;
    case 'skipped':
      return `      <skipped message="${attribute(result.message)}"/>\n`;
    case 'warning':
      return `      <system-out>${text(`warning: ${result.message}`)}</system-out>\n`;
  }
}

/** Characters that XML 1.0 has no place for, in any form; half a surrogate pair is one. */
const forbidden =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function text(value: string): string {
  return value.replace(forbidden, '\ufffd').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Line breaks in attributes would be read as spaces. */
function attribute(value: string): string {
  return text(value)
    .replaceAll('"', '&quot;')
    .replaceAll('\t', '&#9;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\r', '&#13;');
}
