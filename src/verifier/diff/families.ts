/** Changes that are the same for IPv4 and IPv6 are told once. */
import type { FlowChange } from './change.ts';

export function acrossFamilies(changes: readonly FlowChange[]): readonly FlowChange[] {
  const joined = new Map<string, FlowChange>();
  for (const change of changes) {
    const { kind, packets, from, to, services, before, after } = change;
    const key = JSON.stringify([kind, packets, from, to, services, before, after]);
    const known = joined.get(key);
    joined.set(key, known === undefined ? change : { ...known, families: [...known.families, ...change.families] });
  }
  return [...joined.values()];
}
