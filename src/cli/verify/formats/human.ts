/** For people: what failed with the packet and its way, then one line a judge, then the sum. */
import { visible } from '../../../diagnostics/display.ts';
import { renderExcerpt } from '../../../diagnostics/render.ts';
import { type Paint, painter } from '../../trace/print-path.ts';
import { countOf, evidenceText, judgesOf, subjectOf, type VerifyReport } from '../report.ts';
import type { Result, ResultOutcome } from '../result.ts';

const words: Readonly<Record<ResultOutcome, readonly [text: string, format: Parameters<Paint>[0]]>> = {
  passed: ['ok', 'green'],
  failed: ['FAILED', ['bold', 'red']],
  unknown: ['UNKNOWN', ['bold', 'yellow']],
  warning: ['warning', 'yellow'],
  skipped: ['skipped', 'dim'],
};

export function humanFormat(report: VerifyReport, color: boolean): string {
  const paint = painter(color);
  const judgeOf = judgesOf(report);
  const told = report.results.filter(({ outcome }) => outcome !== 'passed');
  const blocks = told.map((result) => block(result, judgeOf, paint, color));
  return `${blocks.join('\n')}${blocks.length > 0 ? '\n' : ''}${passedLines(report, judgeOf, paint)}${sum(report)}\n`;
}

function block(result: Result, judgeOf: (result: Result) => string, paint: Paint, color: boolean): string {
  const [word, format] = words[result.outcome];
  const lines = [
    `${paint(format, word)} ${paint('bold', visible(result.name))} (${judgeOf(result)})\n`,
    `  ${visible(result.message)}\n`,
  ];
  if (result.span !== undefined) lines.push(indented(renderExcerpt(result.span, '', { color })));
  if (result.evidence !== undefined) lines.push('\n', indented(evidenceText(result.evidence)));
  if (result.help !== undefined) lines.push(`  ${paint('bold', 'help:')} ${visible(result.help)}\n`);
  return lines.join('');
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}

/** What passed is counted by rule and judge. */
function passedLines(report: VerifyReport, judgeOf: (result: Result) => string, paint: Paint): string {
  const groups = new Map<string, Result[]>();
  for (const result of report.results) {
    if (result.outcome !== 'passed') continue;
    const key =
      result.rule === 'expectation' ? `${judgeOf(result)} ${result.rule}` : `${judgeOf(result)} ${result.name}`;
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  return [...groups.values()]
    .map((group) => {
      const [first] = group;
      if (first === undefined) return '';
      const judge = judgeOf(first).padEnd(8);
      const text =
        first.rule === 'expectation'
          ? `${group.length} expectation${group.length === 1 ? ' holds' : 's hold'}`
          : `${first.name}: ${first.message}`;
      return `${paint(words.passed[1], words.passed[0])}  ${judge}  ${visible(text)}\n`;
    })
    .join('');
}

function sum(report: VerifyReport): string {
  const { results } = report;
  const parts = [
    `${countOf(results, 'passed')} passed`,
    `${countOf(results, 'failed')} failed`,
    ...(countOf(results, 'unknown') > 0 ? [`${countOf(results, 'unknown')} unknown`] : []),
    ...(countOf(results, 'warning') > 0 ? [`${countOf(results, 'warning')} with a warning`] : []),
    ...(countOf(results, 'skipped') > 0 ? [`${countOf(results, 'skipped')} skipped`] : []),
  ];
  return `${visible(subjectOf(report))}: ${parts.join(', ')}`;
}
