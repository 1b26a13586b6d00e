/** Transport ports and ranges of them. */

declare const portBrand: unique symbol;

/** A transport port, 0 to 65535 (publications and services use 1 to 65535). */
export type Port = number & { readonly [portBrand]: true };

export const minimumPort = 1 as Port;
export const maximumPort = 65535 as Port;

/** An inclusive range of ports, `first <= last`. */
export interface PortRange {
  readonly first: Port;
  readonly last: Port;
}

/** A port from a number. Throws RangeError outside 0..65535 (a programming error, never user input). */
export function port(value: number): Port {
  if (!Number.isInteger(value) || value < 0 || value > 65535) throw new RangeError(`port out of range: ${value}`);
  return value as Port;
}

/** Parses a decimal port of 1 to 65535 without leading zeros; undefined when the text is none. */
export function parsePort(text: string): Port | undefined {
  if (!/^[1-9]\d{0,4}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= 65535 ? (value as Port) : undefined;
}

/** Parses `PORT` or `FIRST-LAST`; undefined when malformed or reversed. */
export function parsePortRange(text: string): PortRange | undefined {
  const [firstText, lastText, ...rest] = text.split('-');
  if (rest.length > 0) return undefined;
  const first = parsePort(firstText ?? '');
  const last = lastText === undefined ? first : parsePort(lastText);
  if (first === undefined || last === undefined || last < first) return undefined;
  return { first, last };
}

export function singlePort(value: Port): PortRange {
  return { first: value, last: value };
}

export function portRangeLength(range: PortRange): number {
  return range.last - range.first + 1;
}

export function portRangeContains(range: PortRange, value: number): boolean {
  return range.first <= value && value <= range.last;
}

export function portRangesOverlap(left: PortRange, right: PortRange): boolean {
  return left.first <= right.last && right.first <= left.last;
}

export function formatPortRange(range: PortRange): string {
  return range.first === range.last ? `${range.first}` : `${range.first}-${range.last}`;
}
