/** What rules and tables do by being there. */
import { type Family, families } from '../../../src/net/address.ts';
import type { Ruleset, TableFamily } from '../../../src/ruleset/ruleset.ts';
import { compileRulesets } from '../../../src/simulator/rules/compile.ts';

/** What a rule does by being there, whether a packet meets it or not: it switches conntrack and NAT on [24-28]. */
export function standing(rules: readonly Ruleset[]): string {
  const { trackingSince, natSince, mayChoose } = compileRulesets(rules);
  return JSON.stringify([trackingSince, natSince, mayChoose]);
}

/** The families whose packets meet a table. */
export function familiesOf(table: TableFamily): readonly Family[] {
  if (table === 'ip') return ['ipv4'];
  return table === 'ip6' ? ['ipv6'] : families;
}
