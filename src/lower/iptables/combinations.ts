/** Entries of several lookups at once: one rule tests what all of them ask. */
import { type Comparison, type Entry, intersection } from './element.ts';
import { commentOf } from './moves.ts';

/** What both ask for; the comment is that of the first that has one. */
export function joined(left: Entry, right: Entry): Entry {
  return {
    comparisons: [...left.comparisons, ...right.comparisons],
    action: right.action.length > 0 ? right.action : left.action,
    origins: [...left.origins, ...right.origins],
    ...commentOf(left.comment === undefined ? right : left),
  };
}

/** Each field once: of two comparisons the narrower one; undefined when they contradict each other. */
export function withoutRepeats(comparisons: readonly Comparison[]): readonly Comparison[] | undefined {
  const kept = new Map<string, Comparison>();
  for (const comparison of comparisons) {
    const other = kept.get(comparison.field.id);
    const both = other === undefined ? comparison.value : intersection(other.value, comparison.value);
    if (both === undefined) return undefined;
    kept.set(comparison.field.id, { ...comparison, value: both });
  }
  return [...kept.values()];
}
