/** Statements that decide about no packet, what is open without an expectation, and what the checks of the policy warn of. */
import type { Result, ResultOutcome } from '../../verify/result.ts';
import type { Anchors } from '../markup/anchors.ts';
import { type Html, html } from '../markup/html.ts';
import { outcomeBadge } from '../markup/outcome.ts';
import { section, table } from '../markup/table.ts';
import { statementText } from './expectations.ts';

const elsewhere: ReadonlySet<string> = new Set(['expectation', 'proof']);
const words: Readonly<Partial<Record<ResultOutcome, string>>> = { passed: 'fine' };

export function findingsSection(results: readonly Result[], anchors: Anchors): Html {
  const own = results.filter(({ rule }) => !elsewhere.has(rule));
  const hosts = new Set(own.flatMap(({ host }) => (host === '' ? [] : [host])));
  const rows = own.map((result) => [
    `${titleOf(result)}${hosts.size > 1 && result.host !== '' ? `, on ${result.host}` : ''}`,
    outcomeBadge(result.outcome, words[result.outcome]),
    html`${statementOf(result)}${messageOf(result)}${result.help === undefined ? undefined : html`<div class="help">${result.help}</div>`}`,
    anchors.link(result.span),
  ]);
  const columns = [
    { title: 'About' },
    { title: 'Result' },
    { title: 'What' },
    { title: 'Line', kind: 'line' },
  ] as const;
  return section('findings', 'Findings', table('Findings and warnings', columns, rows, 'There is nothing to say.'));
}

function isDiagnostic({ rule }: Result): boolean {
  return rule.startsWith('CTFW');
}

function titleOf(result: Result): string {
  const { rule, message } = result;
  if (isDiagnostic(result)) return `${rule}: ${message}`;
  return rule === 'coverage' ? 'Open to the outside' : 'Statements said in vain';
}

function messageOf(result: Result): string {
  return isDiagnostic(result) ? result.name : result.message;
}

function statementOf(result: Result): Html | undefined {
  if (isDiagnostic(result) || result.span === undefined) return undefined;
  return html`<div><code>${statementText(result.span)}</code></div>`;
}
