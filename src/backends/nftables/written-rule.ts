/** The statements of a rule as both ways of writing it have them: spelled out where nft would read more into them than they say. */
import type { Rule, TableFamily } from '../../ruleset/ruleset.ts';
import type { Statement } from '../../ruleset/statement.ts';
import { withRejectNeeds } from './implied-protocols.ts';
import { withListableOrder } from './order-comparison.ts';
import { separateComparisons } from './separate-comparisons.ts';

export function statementsToWrite(rule: Rule, family: TableFamily): readonly Statement[] {
  return separateComparisons(withRejectNeeds(rule.statements, family)).map(withListableOrder);
}
