/** Numbers, masks, ports and lists in the notations that iptables accepts. All give undefined for text that is none. */
import type { Value } from '../../../ruleset/value.ts';
import { integer, rangeValue } from '../../../ruleset/value.ts';

/** Decimal, `0x` hexadecimal or (leading 0) octal, as strtoul reads base 0; at most `maximum`. */
export function parseNumber(text: string, maximum: number): number | undefined {
  let value: number;
  if (/^(0|[1-9]\d{0,15})$/.test(text)) value = Number(text);
  else if (/^0[xX][0-9a-fA-F]{1,12}$/.test(text)) value = Number.parseInt(text.slice(2), 16);
  else if (/^0[0-7]{1,12}$/.test(text)) value = Number.parseInt(text, 8);
  else return undefined;
  return value <= maximum ? value : undefined;
}

export const maximumMark = 0xffff_ffff;

export interface MaskedNumber {
  readonly value: number;
  readonly mask: number;
}

/** `VALUE` or `VALUE/MASK` of unsigned numbers up to `maximum`; without a mask all bits count. */
export function parseMasked(text: string, maximum: number): MaskedNumber | undefined {
  const slash = text.indexOf('/');
  const value = parseNumber(slash === -1 ? text : text.slice(0, slash), maximum);
  const mask = slash === -1 ? maximum : parseNumber(text.slice(slash + 1), maximum);
  return value === undefined || mask === undefined ? undefined : { value, mask };
}

/** `N`, or `FIRST<separator>LAST` where either end may be left out for 0 or the maximum; one number for equal ends. */
export function parseNumberRange(text: string, separator: string, maximum: number): Value | undefined {
  const split = text.indexOf(separator);
  if (split === -1) {
    const single = parseNumber(text, maximum);
    return single === undefined ? undefined : integer(single);
  }
  const firstText = text.slice(0, split);
  const lastText = text.slice(split + separator.length);
  const first = firstText === '' ? 0 : parseNumber(firstText, maximum);
  const last = lastText === '' ? maximum : parseNumber(lastText, maximum);
  if (first === undefined || last === undefined || first > last) return undefined;
  return first === last ? integer(first) : rangeValue(integer(first), integer(last));
}

/** `N` or `FIRST:LAST` of ports. */
export function parsePorts(text: string): Value | undefined {
  return parseNumberRange(text, ':', 65535);
}

/** `0x..` as iptables-save writes marks. */
export function formatHex(value: number): string {
  return `0x${value.toString(16)}`;
}
