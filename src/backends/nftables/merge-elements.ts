/** Merges intervals of a set that overlap or touch, as `auto-merge` does. */
import type { NamedSet, SetElement } from '../../ruleset/set.ts';
import type { Interval, Scalar } from '../../ruleset/value.ts';
import { boundsOf, familyOf } from './interval-bounds.ts';
import { normalizeInterval } from './normalize-value.ts';

interface Span {
  readonly first: bigint;
  last: bigint;
  readonly elements: SetElement[];
}

/**
 * The elements of a set as the kernel would hold them. nft 1.0.6 merges only what it reads from text: it has no word for
 * `auto-merge` in JSON and refuses overlaps there, so they are merged before they are written. An element keeps the origins
 * of all that it is made of.
 */
export function mergedElements(set: NamedSet): readonly SetElement[] {
  if (!set.autoMerge || !set.interval) return set.elements;
  const spans: Span[] = [];
  const others: SetElement[] = [];
  for (const element of set.elements) {
    const bounds = element.value.kind === 'concatenation' ? undefined : boundsOf(element.value);
    if (bounds === undefined) others.push(element);
    else spans.push({ ...bounds, elements: [element] });
  }
  spans.sort((left, right) => (left.first < right.first ? -1 : left.first > right.first ? 1 : 0));
  const merged: Span[] = [];
  for (const span of spans) {
    const previous = merged.at(-1);
    if (previous === undefined || span.first > previous.last + 1n) merged.push(span);
    else {
      previous.elements.push(...span.elements);
      if (span.last > previous.last) previous.last = span.last;
    }
  }
  return [...others, ...merged.map(elementOf)];
}

function elementOf({ first, last, elements }: Span): SetElement {
  const [only] = elements;
  if (only !== undefined && elements.length === 1) return only;
  const comments = [...new Set(elements.flatMap(({ comment }) => (comment === undefined ? [] : [comment])))];
  return {
    value: normalizeInterval(intervalOf(first, last, elements)),
    origins: elements.flatMap(({ origins }) => origins),
    ...(comments.length > 0 && { comment: comments.join(', ') }),
  };
}

/** The elements of one set are of one kind. */
function intervalOf(first: bigint, last: bigint, elements: readonly SetElement[]): Interval {
  const value = elements[0]?.value;
  const family = value === undefined || value.kind === 'concatenation' ? undefined : familyOf(value);
  const scalar = (number: bigint): Scalar =>
    family === undefined
      ? { kind: 'integer', value: Number(number) }
      : { kind: 'address', address: { family, value: number } };
  return { kind: 'range', first: scalar(first), last: scalar(last) };
}
