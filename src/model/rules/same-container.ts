/** What a container sends to itself never leaves it, so no rule meets it - unless it goes through a published port. */
import { sameContainer } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import type { CheckContext } from './rule.ts';

export function* checkSameContainer({ model }: CheckContext): Generator<Diagnostic> {
  for (const { action, from, to, span } of model.access) {
    const [left, otherLeft] = from;
    const [right, otherRight] = to;
    if (left?.kind !== 'container' || left !== right || otherLeft !== undefined || otherRight !== undefined) continue;
    if (left.publications.length > 0) continue;
    yield report(
      sameContainer,
      span,
      `both sides of this ${action} are \`${left.name}\`, and what it sends to itself never leaves it`,
      {
        help: 'name the other side',
      },
    );
  }
}
