/** Walks the rules of rulesets that were read, and tells which of them were understood. */
import type { Rule, Ruleset, Table } from '../../src/ruleset/ruleset.ts';

export function rulesOf(ruleset: Ruleset): readonly { readonly table: Table; readonly rule: Rule }[] {
  return ruleset.tables.flatMap((table) =>
    table.chains.flatMap((chain) => chain.rules.map((rule) => ({ table, rule }))),
  );
}

/** Whether all that a rule may do to a packet is known. */
export function isUnderstood(rule: Rule): boolean {
  return rule.statements.every((statement) => statement.kind !== 'unknown' || statement.effect === 'none');
}
