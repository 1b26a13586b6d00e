/** Keeps nft from joining comparisons of header fields that must stay apart. */
import type { MatchStatement, Statement } from '../../ruleset/statement.ts';
import type { Scalar, Value } from '../../ruleset/value.ts';

/**
 * The statements with some comparisons `x != 7` written as `x != 7-7`, which is the same but no plain comparison.
 *
 * nft 1.0.6 joins comparisons of fields that lie side by side in a header into one of both. For `udp sport != 5 udp dport != 7`
 * that is wrong: the result holds already when one of the ports differs. And `udp sport 5 counter udp dport 7` becomes
 * `udp sport 5 udp dport 7 counter`, so the counter misses packets. Ranges are never joined; they read back as the value.
 */
export function separateComparisons(statements: readonly Statement[]): readonly Statement[] {
  let unequal = 0;
  let equal = 0;
  let equalBeforeEffect = 0;
  return statements.map((statement) => {
    if (statement.kind !== 'match') {
      equalBeforeEffect = equal;
      return statement;
    }
    const value = comparedValue(statement);
    if (value === undefined) return statement;
    const apart = statement.operator === '!=' ? unequal++ > 0 : equalBeforeEffect > 0;
    if (statement.operator === '==') equal++;
    return apart ? { ...statement, right: { kind: 'value', value: asRange(value) } } : statement;
  });
}

/** The value that a plain comparison of a header field compares with; addresses of packets are never joined. */
function comparedValue(statement: MatchStatement): Scalar | undefined {
  const { left, operator, right } = statement;
  if (left.kind !== 'payload' || right.kind !== 'value' || (operator !== '==' && operator !== '!=')) return undefined;
  const { value } = right;
  return value.kind === 'integer' || value.kind === 'mac' ? value : undefined;
}

function asRange(value: Scalar): Value {
  return { kind: 'range', first: value, last: value };
}
