/** What is the same for IPv4 and IPv6 is told once. */
import type { Family } from '../../net/address.ts';

/** Joins entries that are equal in `parts`. */
export function acrossFamilies<Entry extends { readonly families: readonly Family[] }>(
  entries: readonly Entry[],
  parts: (entry: Entry) => unknown,
): readonly Entry[] {
  const joined = new Map<string, Entry>();
  for (const entry of entries) {
    const key = JSON.stringify(parts(entry));
    const known = joined.get(key);
    joined.set(key, known === undefined ? entry : { ...known, families: [...known.families, ...entry.families] });
  }
  return [...joined.values()];
}
