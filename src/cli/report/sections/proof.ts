/** What was proved about the rules of each target, and what the proof takes for granted. */
import type { Result, ResultOutcome } from '../../verify/result.ts';
import type { Anchors } from '../markup/anchors.ts';
import { type Html, html } from '../markup/html.ts';
import { outcomeBadge } from '../markup/outcome.ts';
import { section, table } from '../markup/table.ts';
import { evidenceDetails } from './expectations.ts';

const words: Readonly<Partial<Record<ResultOutcome, string>>> = {
  passed: 'proved',
  failed: 'REFUTED',
  unknown: 'UNDECIDED',
};

export function proofSection(results: readonly Result[], anchors: Anchors): Html {
  const own = results.filter(({ rule }) => rule === 'proof');
  const rows = own.map((result) => [
    `${result.judge} rules of ${result.host}`,
    outcomeBadge(result.outcome, words[result.outcome]),
    html`${result.outcome === 'passed' ? '' : html`<div>${result.name}</div>`}${result.message}${evidenceDetails(result)}`,
    anchors.link(result.span),
  ]);
  const assumptions = [...new Set(own.flatMap((result) => result.assumptions ?? []))];
  const columns = [
    { title: 'Rules' },
    { title: 'Result' },
    { title: 'For which packets' },
    { title: 'Line', kind: 'line' },
  ] as const;
  return section(
    'proof',
    'Proof',
    html`<p class="note">Whether the rules that ctfw emits do, for every packet, what the policy means. Where both targets are proved, they are equal to each other.</p>`,
    table('Proof of the rules against the meaning of the policy', columns, rows, 'Nothing was proved.'),
    assumptions.length === 0
      ? undefined
      : html`<h3>What is taken for granted</h3>\n<ul>${assumptions.map((one) => html`<li>${one}</li>`)}</ul>`,
  );
}
