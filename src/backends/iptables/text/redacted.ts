/**
 * Values that were blacked out before rules were published: digits replaced by X (or *, or all of an address by it). They are
 * definite values all the same, so they are compared with like any other.
 */
import type { Expression } from '../../../ruleset/expression.ts';
import type { MatchStatement } from '../../../ruleset/statement.ts';
import type { OptionUse } from './module.ts';

const mac = /^(?:[0-9a-f]{2}|[x*]{1,2})(?::(?:[0-9a-f]{2}|[x*]{1,2})){5}$/i;
const address4 = /^(?:\d{1,3}|[x*]{1,3})(?:\.(?:\d{1,3}|[x*]{1,3})){3}(?:\/\d{1,2})?$/i;
const address6 = /^(?=[^/]*:)[0-9a-fx*:]{2,39}(?:\/\d{1,3})?$/i;

const hides = (text: string): boolean => /[x*]/i.test(text);

export const isRedactedMac = (text: string): boolean => hides(text) && mac.test(text);

export const isRedactedAddress = (text: string, family: 'ip' | 'ip6'): boolean =>
  hides(text) && (family === 'ip' ? address4 : address6).test(text);

export const compareRedacted = (
  left: Expression,
  { negated }: Pick<OptionUse, 'negated'>,
  text: string,
): MatchStatement => ({
  kind: 'match',
  left,
  operator: negated ? '!=' : '==',
  right: { kind: 'redacted', text },
});

/** What stands in place of the value; undefined for comparisons with a known one. */
export function redactedText({ operator, right }: MatchStatement): string | undefined {
  return right.kind === 'redacted' && (operator === '==' || operator === '!=') ? right.text : undefined;
}
