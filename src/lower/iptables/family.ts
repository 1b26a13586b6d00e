/** One family's part of the rules: iptables has a ruleset for each, so what speaks of the other family goes. */
import type { Expression } from '../../ruleset/expression.ts';
import type { Rule } from '../../ruleset/ruleset.ts';
import type { MatchStatement, Statement } from '../../ruleset/statement.ts';
import type { Value } from '../../ruleset/value.ts';

export type TargetFamily = 'ip' | 'ip6' | 'bridge';

const protocolFamilies: Readonly<Record<string, TargetFamily>> = { ip: 'ip', icmp: 'ip', ip6: 'ip6', icmpv6: 'ip6' };
const familyNumbers: Readonly<Record<'ip' | 'ip6', number>> = { ip: 2, ip6: 10 };

/** The rule as packets of the family meet it; undefined when it covers none of them. */
export function ruleOfFamily(rule: Rule, family: TargetFamily): Rule | undefined {
  if (family === 'bridge') return rule;
  const statements: Statement[] = [];
  for (const statement of rule.statements) {
    const kept = statementOfFamily(statement, family);
    if (kept === undefined) return undefined;
    statements.push(...kept);
  }
  return { ...rule, statements };
}

/** A comparison of a header that the family does not have fails, whatever its operator [20]. */
function statementOfFamily(statement: Statement, family: 'ip' | 'ip6'): readonly Statement[] | undefined {
  switch (statement.kind) {
    case 'match':
      if (isFamilyTest(statement)) return familyTest(statement, family);
      if (family === 'ip6' && isAddressType(statement)) return withoutBroadcast(statement);
      return belongs(statement.left, family, [statement]);
    case 'vmap':
      return belongs(statement.key, family, [statement]);
    case 'nat':
      return statement.family === undefined || statement.family === family ? [statement] : undefined;
    default:
      return [statement];
  }
}

const isFamilyTest = ({ left }: MatchStatement): boolean => left.kind === 'meta' && left.key === 'nfproto';

function familyTest({ operator, right }: MatchStatement, family: 'ip' | 'ip6'): readonly Statement[] | undefined {
  if (right.kind !== 'value' || right.value.kind !== 'integer' || (operator !== '==' && operator !== '!='))
    throw new Error('a test of the family is not a plain one');
  return (right.value.value === familyNumbers[family]) === (operator === '==') ? [] : undefined;
}

const isAddressType = ({ left }: MatchStatement): boolean => left.kind === 'fib' && left.result === 'type';

/** RTN_BROADCAST, which no IPv6 address is. */
const isBroadcast = (value: Value): boolean => value.kind === 'integer' && value.value === 3;

function withoutBroadcast(statement: MatchStatement): readonly Statement[] | undefined {
  const { operator, right } = statement;
  if (right.kind === 'value' && isBroadcast(right.value)) return operator === '==' ? undefined : [];
  if (right.kind !== 'set' || right.set.kind !== 'anonymous') return [statement];
  const elements = right.set.elements.filter(({ value }) => !isBroadcast(value));
  if (elements.length === 0) return operator === '==' ? undefined : [];
  return [{ ...statement, right: { kind: 'set', set: { kind: 'anonymous', elements } } }];
}

function belongs(
  expression: Expression,
  family: 'ip' | 'ip6',
  statements: readonly Statement[],
): readonly Statement[] | undefined {
  return familiesOf(expression).every((used) => used === family) ? statements : undefined;
}

/** The families whose header or addresses an expression reads. */
function familiesOf(expression: Expression): readonly TargetFamily[] {
  switch (expression.kind) {
    case 'payload': {
      const family = protocolFamilies[expression.protocol];
      return family === undefined ? [] : [family];
    }
    case 'ct':
      return expression.key.startsWith('ip6 ') ? ['ip6'] : expression.key.startsWith('ip ') ? ['ip'] : [];
    case 'concat':
      return expression.parts.flatMap(familiesOf);
    case 'bitwise':
      return familiesOf(expression.left);
    default:
      return [];
  }
}
