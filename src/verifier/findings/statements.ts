/** The statements of a policy as the boxes of its meaning. */
import type { FlowBox } from '../../policy/sets/flow-box.ts';
import type { MeaningSets } from '../../policy/sets/meaning-sets.ts';
import type { Span } from '../../source/span.ts';

export interface Statement {
  readonly kind: 'permit' | 'deny' | 'publish';
  readonly span: Span;
  readonly boxes: readonly FlowBox[];
  readonly reject: boolean;
}

export interface Statements {
  readonly permits: readonly Statement[];
  readonly denies: readonly Statement[];
  readonly publications: readonly Statement[];
  /** Permits that stand in no statement. */
  readonly baseline: readonly FlowBox[];
}

/** The boxes of the meaning by the statement that they come from. */
export function statementsOf({ permits, denies, translations }: MeaningSets): Statements {
  return {
    permits: gathered('permit', permits),
    denies: gathered('deny', denies),
    publications: gathered('publish', translations),
    baseline: permits.filter(({ because }) => because === undefined),
  };
}

function gathered(
  kind: Statement['kind'],
  boxes: readonly (FlowBox & { readonly reject?: boolean })[],
): readonly Statement[] {
  const bySpan = new Map<Span, (FlowBox & { readonly reject?: boolean })[]>();
  for (const box of boxes) {
    if (box.because === undefined) continue;
    const list = bySpan.get(box.because) ?? [];
    list.push(box);
    bySpan.set(box.because, list);
  }
  return [...bySpan].map(([span, list]) => ({
    kind,
    span,
    boxes: list,
    reject: list.some(({ reject }) => reject === true),
  }));
}
