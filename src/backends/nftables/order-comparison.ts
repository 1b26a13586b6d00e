/** Writes `<` and `>=` as `<=` and `>`, which nft lists as they are. */
import type { MatchStatement, Statement } from '../../ruleset/statement.ts';
import { integer } from '../../ruleset/value.ts';

/**
 * The statement with `x < 8` as `x <= 7` and `x >= 8` as `x > 7`.
 *
 * Ranges are compiled to `>=` with `<=` (and their negation to `<` with `>`), and nft 1.0.6 takes any two such neighbours for a
 * range when it lists a rule, even of different fields: `ip length >= 3 ip ttl <= 158` comes back as `ip ttl 3-158`.
 */
export function withListableOrder(statement: Statement): Statement {
  if (statement.kind !== 'match' || statement.right.kind !== 'value') return statement;
  const { value } = statement.right;
  if (value.kind !== 'integer' || value.value === 0) return statement;
  if (statement.operator === '<') return compare(statement, '<=', value.value - 1);
  return statement.operator === '>=' ? compare(statement, '>', value.value - 1) : statement;
}

/** A comparison with a range that ends before it starts is what two such neighbours were: both have to hold. */
export function splitReversedRange(statement: Statement): readonly Statement[] {
  if (statement.kind !== 'match' || statement.right.kind !== 'value') return [statement];
  const { value } = statement.right;
  if (value.kind !== 'range' || value.first.kind !== 'integer' || value.last.kind !== 'integer') return [statement];
  const [first, last] = [value.first.value, value.last.value];
  if (first <= last || (statement.operator !== '==' && statement.operator !== '!=')) return [statement];
  const below = compare(statement, '<=', statement.operator === '==' ? last : first - 1);
  const above = compare(statement, '>', statement.operator === '==' ? first - 1 : last);
  return statement.operator === '==' ? [above, below] : [below, above];
}

function compare(statement: MatchStatement, operator: '<=' | '>', value: number): MatchStatement {
  return { kind: 'match', left: statement.left, operator, right: { kind: 'value', value: integer(value) } };
}
