/** Writes constant values in nft's language. */
import { formatAddress } from '../../net/address.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { SymbolTable } from '../../ruleset/symbols.ts';
import type { Interval, Scalar, Value } from '../../ruleset/value.ts';

/** How integers are written: by name, and otherwise in hexadecimal for bits and marks. */
export interface Spelling {
  readonly symbols: SymbolTable | undefined;
  readonly hexadecimal: boolean;
}

export const plainSpelling: Spelling = { symbols: undefined, hexadecimal: false };

export function numberToText(value: number, { symbols, hexadecimal }: Spelling): string {
  return symbols?.nameOf(value) ?? (hexadecimal ? `0x${value.toString(16)}` : `${value}`);
}

export function scalarToText(scalar: Scalar, spelling: Spelling): string {
  switch (scalar.kind) {
    case 'integer':
      return numberToText(scalar.value, spelling);
    case 'address':
      return formatAddress(scalar.address);
    case 'name':
      return `"${scalar.name}"`;
    case 'mac':
      return scalar.mac;
  }
}

export function intervalToText(interval: Interval, spelling: Spelling): string {
  switch (interval.kind) {
    case 'prefix':
      return formatPrefix(interval.prefix);
    case 'range': {
      const numbers = { ...spelling, symbols: undefined };
      return `${scalarToText(interval.first, numbers)}-${scalarToText(interval.last, numbers)}`;
    }
    default:
      return scalarToText(interval, spelling);
  }
}

/** A value; `spellings` has one entry a part of a concatenation. */
export function valueToText(value: Value, spellings: readonly Spelling[]): string {
  if (value.kind !== 'concatenation') return intervalToText(value, spellings[0] ?? plainSpelling);
  return value.parts.map((part, index) => intervalToText(part, spellings[index] ?? plainSpelling)).join(' . ');
}
