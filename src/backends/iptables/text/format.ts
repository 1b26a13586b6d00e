/** Values of statements as the words of options: the inverse of numbers.ts and addresses.ts. Undefined for what an option cannot hold. */
import { formatAddress } from '../../../net/address.ts';
import { formatPrefix } from '../../../net/prefix.ts';
import type { Expression } from '../../../ruleset/expression.ts';
import type { MatchStatement, Statement } from '../../../ruleset/statement.ts';
import type { Value } from '../../../ruleset/value.ts';
import { formatHex, maximumMark } from './numbers.ts';

/** The value that a statement compares with, when it is a comparison for equality or inequality with one value or range. */
export function comparedValue(statement: MatchStatement): Value | undefined {
  if (statement.operator !== '==' && statement.operator !== '!=') return undefined;
  return statement.right.kind === 'value' ? statement.right.value : undefined;
}

/** `! ` in front of an option where the comparison is for inequality. */
export function negatable(statement: MatchStatement, text: string): string {
  return statement.operator === '!=' ? `! ${text}` : text;
}

export function integerOf(value: Value | undefined): number | undefined {
  return value?.kind === 'integer' ? value.value : undefined;
}

/** `N` or `FIRST<separator>LAST`. */
export function formatNumberRange(value: Value | undefined, separator: string): string | undefined {
  if (value?.kind === 'integer') return `${value.value}`;
  if (value?.kind !== 'range' || value.first.kind !== 'integer' || value.last.kind !== 'integer') return undefined;
  return `${value.first.value}${separator}${value.last.value}`;
}

/** `FIRST-LAST` of addresses. */
export function formatAddressRange(value: Value | undefined): string | undefined {
  if (value?.kind !== 'range' || value.first.kind !== 'address' || value.last.kind !== 'address') return undefined;
  return `${formatAddress(value.first.address)}-${formatAddress(value.last.address)}`;
}

/** `ADDRESS` or `ADDRESS/LENGTH`. */
export function formatAddressOrPrefix(value: Value | undefined): string | undefined {
  if (value?.kind === 'address') return formatAddress(value.address);
  return value?.kind === 'prefix' ? formatPrefix(value.prefix) : undefined;
}

/** What an expression looks at and through which mask (undefined: all bits). */
export function unmasked(expression: Expression): { readonly base: Expression; readonly mask: Value | undefined } {
  if (expression.kind !== 'bitwise' || expression.operation !== 'and' || expression.right.kind !== 'constant')
    return { base: expression, mask: undefined };
  return { base: expression.left, mask: expression.right.value };
}

/** `VALUE` or `VALUE/MASK` in hexadecimal of a comparison through a mask. */
export function formatMasked(value: number | undefined, mask: Value | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (mask === undefined) return formatHex(value);
  return mask.kind === 'integer' && mask.value <= maximumMark
    ? `${formatHex(value)}/${formatHex(mask.value)}`
    : undefined;
}

export function isMatch(statement: Statement | undefined): statement is MatchStatement {
  return statement?.kind === 'match';
}
