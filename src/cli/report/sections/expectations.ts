/** The expectations with their verdict, by the meaning of the policy and by the rules of both targets. */
import type { Span } from '../../../source/span.ts';
import { evidenceText } from '../../verify/report.ts';
import type { Result } from '../../verify/result.ts';
import type { Anchors } from '../markup/anchors.ts';
import { type Html, html } from '../markup/html.ts';
import { outcomeBadge } from '../markup/outcome.ts';
import { section, table } from '../markup/table.ts';

export function expectationsSection(results: readonly Result[], anchors: Anchors): Html {
  const own = results.filter(({ rule }) => rule === 'expectation');
  const judges = [...new Set(own.map(judgeOf))];
  const questions = groupBySpan(own);
  const rows = questions.map((answers) => {
    const [first] = answers;
    return [
      html`<code>${statementText(first?.span)}</code>${answers.map(problem)}`,
      ...judges.map((judge) => {
        const answer = answers.find((one) => judgeOf(one) === judge);
        return answer === undefined ? '' : outcomeBadge(answer.outcome);
      }),
      anchors.link(first?.span),
    ];
  });
  const columns = [
    { title: 'Expectation' },
    ...judges.map((judge) => ({ title: `by ${judge}` })),
    { title: 'Line', kind: 'line' as const },
  ];
  return section(
    'expectations',
    'Expectations',
    table('What is expected, and whether it holds for every packet', columns, rows, 'The policy expects nothing.'),
  );
}

/** The rules of several hosts judge the whole way of a packet together. */
function judgeOf({ host, judge }: Result): string {
  if (judge === 'policy') return 'the policy';
  return host === '' ? `the ${judge} rules` : `${judge} rules of ${host}`;
}

/** The answers to each question, in the order of the policy. */
function groupBySpan(results: readonly Result[]): readonly (readonly Result[])[] {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const { span, name } = result;
    const key = span === undefined ? name : `${span.file.name} ${span.start}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [result]);
    else group.push(result);
  }
  return [...groups.values()];
}

export function statementText(span: Span | undefined): string {
  return span === undefined ? '' : span.file.text.slice(span.start, span.end).replace(/\s+/g, ' ').trim();
}

/** What is wrong, with the packet that shows it. */
function problem(result: Result): Html | undefined {
  if (result.outcome === 'passed') return undefined;
  return html`<div>${result.message}</div>${evidenceDetails(result)}`;
}

/** A packet and its way through the rules, folded away. */
export function evidenceDetails({ evidence, judge }: Result): Html | undefined {
  if (evidence === undefined || evidence.ways.length === 0) return undefined;
  return html`<details><summary>its way through the rules (${judge})</summary><pre>${evidenceText(evidence)}</pre></details>`;
}
