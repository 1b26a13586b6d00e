/** The ways that things may have gone, told once each: those that differ in an order that nobody knows are put together. */
import { orderChoice } from './host/hooks.ts';
import type { Outcome, Way } from './outcomes.ts';

/** The different ones of all ways that were followed. */
export function differentWays(ways: readonly Way[]): readonly Way[] {
  return withoutRepeats(withoutOrders(ways));
}

function textOf(outcomes: readonly object[]): string {
  return JSON.stringify(outcomes, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
}

/** What is seen of outcomes from outside: not which rule it was. */
function fateOf(outcomes: readonly Outcome[]): string {
  return textOf(outcomes.map((outcome) => ({ ...outcome, place: undefined, reason: undefined })));
}

/** Ways that differ in nothing but an order that nobody knows are one way; where that decides, its outcome is unknown [4]. */
function withoutOrders(ways: readonly Way[]): readonly Way[] {
  const groups = new Map<string, Way[]>();
  for (const way of ways) {
    const key = way.choices.filter((choice) => !choice.startsWith(orderChoice)).join('\n');
    groups.set(key, [...(groups.get(key) ?? []), way]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first, ...others] = withoutRepeats(group);
    if (first === undefined || others.length === 0) return first === undefined ? [] : [first];
    if (!group.some(({ choices }) => choices.some((choice) => choice.startsWith(orderChoice))))
      return [first, ...others];
    const fates = new Map([first, ...others].map(({ outcomes }) => [fateOf(outcomes), outcomes]));
    if (fates.size === 1) return [first];
    const possible = [...fates.values()];
    const host = first.outcomes[0]?.host ?? '';
    const text = `${orderChoice} is not known, and it decides`;
    return [{ ...first, outcomes: [{ kind: 'unknown', host, place: undefined, text, possible }] }];
  });
}

/** One of each: ways with the same outcomes are told once. */
function withoutRepeats(ways: readonly Way[]): readonly Way[] {
  const seen = new Set<string>();
  return ways.filter(({ outcomes }) => {
    const key = textOf(outcomes);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
