/** Comparisons with a constant that a published rule set blacks out. */
import type { MatchStatement } from '../../ruleset/statement.ts';
import { unknownValue } from './context.ts';
import { compileReader } from './expressions.ts';
import { dynamicKey } from './maps.ts';
import { describe, open, type StatementScope, type Step } from './step.ts';

/**
 * A blacked-out constant: both ways are followed, but what was said of a value is kept, and only one value (or prefix) is it.
 * Every occurrence is a constant of its own.
 */
export function compileRedacted({ left, operator }: MatchStatement, text: string, scope: StatementScope): Step {
  const read = compileReader(left, scope.expressions);
  const place = {};
  const single = !text.includes('/');
  return (context) => {
    const value = read(context);
    if (value === undefined) return 'mismatch';
    if (value === unknownValue) return open(context, true, left);
    const answers = context.state.redacted.get(place) ?? new Map<string, boolean>();
    context.state.redacted.set(place, answers);
    const key = dynamicKey([value]);
    let same = answers.get(key);
    if (same === undefined) {
      const excluded = single && [...answers.values()].includes(true);
      same = !excluded && context.services.choose(2, `${describe(left)} is ${text}`) === 0;
      answers.set(key, same);
    }
    return same === (operator !== '!=') ? 'next' : 'mismatch';
  };
}
