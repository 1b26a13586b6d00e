/** Whether two lists of rules say the same, whatever the order in which their tables are listed. */
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { mergedTables } from '../run/hooks/hook-lists.ts';

export function saysTheSame(before: readonly Ruleset[], after: readonly Ruleset[]): boolean {
  return textOf(before) === textOf(after);
}

function textOf(rulesets: readonly Ruleset[]): string {
  const tables = mergedTables(rulesets).map((table) => JSON.stringify(table, withoutOrigins));
  return tables.toSorted().join('\n');
}

/** The lines of a policy that a rule comes from may move. */
function withoutOrigins(key: string, value: unknown): unknown {
  if (key === 'origins') return undefined;
  return typeof value === 'bigint' ? `${value}` : value;
}
