/** The page's first lines: whether the policy holds, and how much of everything there is. */
import type { Model } from '../../../model/model.ts';
import type { Result } from '../../verify/result.ts';
import { type Html, html } from '../markup/html.ts';
import { outcomeBadge, worstOf } from '../markup/outcome.ts';

export function summary(model: Model, results: readonly Result[]): Html {
  const expectations = results.filter(({ rule }) => rule === 'expectation');
  const proofs = results.filter(({ rule }) => rule === 'proof');
  const others = results.filter(
    ({ rule, outcome }) => rule !== 'expectation' && rule !== 'proof' && outcome !== 'passed',
  );
  const failed = others.filter(({ outcome }) => outcome !== 'warning').length;
  const published = model.containers.reduce((count, { publications }) => count + publications.length, 0);
  return html`<ul class="sums">
<li>${count(model.expectations.length, 'expectation')} ${expectations.length === 0 ? undefined : outcomeBadge(worst(expectations), expectationWord(expectations))}</li>
<li>rules ${proofs.length === 0 ? 'not proved' : outcomeBadge(worst(proofs), proofWord(proofs))}</li>
<li>${count(others.length - failed, 'warning')}${failed === 0 ? '' : `, ${count(failed, 'failure')}`}</li>
<li>${count(model.networks.length, 'network')}</li>
<li>${count(model.containers.length, 'container')}</li>
<li>${count(published, 'published port')}</li>
</ul>
`;
}

function worst(results: readonly Result[]): Result['outcome'] {
  return worstOf(results.map(({ outcome }) => outcome));
}

function expectationWord(results: readonly Result[]): string {
  const bad = new Set(
    results.filter(({ outcome }) => outcome !== 'passed').map(({ span, name }) => span?.start ?? name),
  );
  return bad.size === 0 ? 'all hold' : `${bad.size} to look at`;
}

function proofWord(results: readonly Result[]): string {
  const outcome = worst(results);
  return outcome === 'passed' ? 'proved' : outcome === 'failed' ? 'REFUTED' : 'UNDECIDED';
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
