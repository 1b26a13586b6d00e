/** The host on which two sides are compared, and the policies that name its places. */
import type { HostView } from '../../host-view/host-view.ts';
import { routingOf } from '../../host-view/routing.ts';
import { type Meaning, meaningOf } from '../../policy/decide.ts';
import { completedView, mergedView, viewOfRules } from '../../verifier/verifier.ts';
import type { Side } from '../sides/side.ts';

export interface ComparedHost {
  readonly view: HostView;
  readonly policies: readonly Meaning[];
  /** What was taken for granted. */
  readonly notes: readonly string[];
}

/** The view that was given, else that of a side (the later one first), else what policies declare, else what rules speak of. */
export function comparedHost(sides: readonly Side[], given: HostView | undefined): ComparedHost {
  const compiled = sides.flatMap((side) => (side.compiled === undefined ? [] : [side.compiled]));
  const seen = given ?? [...sides].reverse().find(({ view }) => view !== undefined)?.view;
  if (seen !== undefined) {
    const policies = compiled.map(({ model, host }) => meaningOf(model, model.hosts[0] ?? host, seen, routingOf(seen)));
    return { view: seen, policies, notes: [] };
  }
  const policies = compiled.map(({ meaning }) => meaning);
  const [first, second] = policies.map(completedView);
  if (first === undefined) {
    const guessed = viewOfRules(sides.flatMap(({ rulesets }) => rulesets));
    return { view: guessed.view, policies, notes: guessed.notes };
  }
  if (second === undefined) return { view: first, policies, notes: [] };
  return { ...mergedView(first, second), policies };
}
