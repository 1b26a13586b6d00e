/** Short constructors for the statements that options become. */
import type { Expression } from '../../../ruleset/expression.ts';
import type { MatchStatement, Statement, UnknownStatement } from '../../../ruleset/statement.ts';
import type { Value } from '../../../ruleset/value.ts';
import type { OptionUse } from './module.ts';

/** `LEFT == VALUE`, or `!=` when the option was negated; undefined (not modelled) without a value. */
export function compare(
  left: Expression,
  option: OptionUse,
  value: Value | undefined,
): readonly MatchStatement[] | undefined {
  if (value === undefined) return undefined;
  return [{ kind: 'match', left, operator: option.negated ? '!=' : '==', right: { kind: 'value', value } }];
}

/** Membership in values written in place, or non-membership. */
export function compareSet(
  left: Expression,
  option: OptionUse,
  values: readonly Value[] | undefined,
): readonly Statement[] | undefined {
  if (values === undefined) return undefined;
  const elements = values.map((value) => ({ value, origins: [] }));
  return [
    {
      kind: 'match',
      left,
      operator: option.negated ? '!=' : '==',
      right: { kind: 'set', set: { kind: 'anonymous', elements } },
    },
  ];
}

/** Something kept verbatim. */
export function unknown(text: string, effect: UnknownStatement['effect']): UnknownStatement {
  return { kind: 'unknown', text, effect };
}

/** Maps a list, or gives undefined when any part gives undefined. */
export function mapAll<From, To>(
  list: readonly From[],
  map: (item: From) => To | undefined,
): readonly To[] | undefined {
  const result: To[] = [];
  for (const item of list) {
    const mapped = map(item);
    if (mapped === undefined) return undefined;
    result.push(mapped);
  }
  return result;
}
