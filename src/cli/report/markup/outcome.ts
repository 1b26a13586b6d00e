/** How a result ended, in a word that colour only repeats. */
import type { ResultOutcome } from '../../verify/result.ts';
import { type Html, html } from './html.ts';

const words: Readonly<Record<ResultOutcome, string>> = {
  passed: 'holds',
  failed: 'FAILS',
  unknown: 'UNKNOWN',
  warning: 'warning',
  skipped: 'skipped',
};

export function outcomeBadge(outcome: ResultOutcome, word = words[outcome]): Html {
  return html`<span class="badge ${outcome}">${word}</span>`;
}

const severity: readonly ResultOutcome[] = ['failed', 'unknown', 'warning', 'skipped', 'passed'];

/** The worst of several. */
export function worstOf(outcomes: readonly ResultOutcome[]): ResultOutcome {
  return severity.find((one) => outcomes.includes(one)) ?? 'passed';
}
