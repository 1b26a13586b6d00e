/**
 * Rows told the other way round: of values of some levels with what the rest is for each, the values of the other levels with
 * what has them. Where what stands below is the same for most rows, as the services that most senders reach are, this takes a
 * fraction of the steps of splitting the set by its lower levels, which meets each of them below every sender again.
 */
import { type Diagrams, empty, type SetId } from './diagrams.ts';
import type { Row } from './split.ts';

/** A part of the rests, and the values of all rows that have it. */
interface Entry {
  readonly rest: SetId;
  readonly values: SetId;
}

/** The values of the rests' levels, and for each of them the union of the values of the rows whose rest holds it. No two are the same. */
export function columnsOf(diagrams: Diagrams, rows: readonly Row[]): readonly Row[] {
  const known = new Map<string, ReadonlyMap<SetId, SetId>>();
  /** By what has them: parts of the rests. */
  const visit = (entries: readonly Entry[]): ReadonlyMap<SetId, SetId> => {
    const [one, another] = entries;
    if (one === undefined) return new Map();
    if (another === undefined) return new Map([[one.values, one.rest]]);
    const key = entries.map(({ rest, values }) => `${rest} ${values}`).join();
    const before = known.get(key);
    if (before !== undefined) return before;
    const level = Math.min(...entries.map(({ rest }) => diagrams.levelOf(rest)));
    const side = (child: (rest: SetId) => SetId): ReadonlyMap<SetId, SetId> =>
      visit(
        merged(
          diagrams,
          entries.map(({ rest, values }) => ({ rest: diagrams.levelOf(rest) === level ? child(rest) : rest, values })),
        ),
      );
    const [below, above] = [side((rest) => diagrams.lowOf(rest)), side((rest) => diagrams.highOf(rest))];
    const found = new Map<SetId, SetId>();
    for (const [values, rest] of below) found.set(values, diagrams.node(level, rest, above.get(values) ?? empty));
    for (const [values, rest] of above) if (!below.has(values)) found.set(values, diagrams.node(level, empty, rest));
    known.set(key, found);
    return found;
  };
  return [...visit(merged(diagrams, rows))].map(([rest, values]) => ({ values, rest }));
}

/** What has the same rest is one; what has none is left out. */
function merged(diagrams: Diagrams, entries: readonly Entry[]): readonly Entry[] {
  const byRest = new Map<SetId, SetId[]>();
  for (const { rest, values } of entries) {
    if (rest === empty) continue;
    const list = byRest.get(rest);
    if (list === undefined) byRest.set(rest, [values]);
    else list.push(values);
  }
  return [...byRest]
    .map(([rest, list]) => ({ rest, values: diagrams.uniteAll(list) }))
    .sort((one, other) => one.rest - other.rest);
}
