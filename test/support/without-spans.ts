/** Syntax trees as they are apart from where they were written. */

/** A copy of a tree without spans, source and comments; of `reject`, which is a span, it keeps whether it is there. */
export function withoutSpans(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutSpans);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).flatMap(([key, value]): [string, unknown][] => {
    if (key === 'span' || key === 'source' || key === 'comments') return [];
    if (key === 'reject') return [[key, value !== undefined]];
    return [[key, withoutSpans(value)]];
  });
  return Object.fromEntries(entries);
}
