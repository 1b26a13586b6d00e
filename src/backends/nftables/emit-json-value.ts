/** Writes constant values the way libnftables' JSON does. */
import { formatAddress } from '../../net/address.ts';
import type { SymbolTable } from '../../ruleset/symbols.ts';
import type { Interval, Scalar, Value } from '../../ruleset/value.ts';
import type { Json } from './json.ts';

/** How to name integers, one entry a part of a concatenation. */
export type Naming = readonly (SymbolTable | undefined)[];

/** One value; integers get their nft name where they have one. */
export function scalarToJson(scalar: Scalar, symbols: SymbolTable | undefined): Json {
  switch (scalar.kind) {
    case 'integer':
      return symbols?.nameOf(scalar.value) ?? scalar.value;
    case 'address':
      return formatAddress(scalar.address);
    case 'name':
      return scalar.name;
    case 'mac':
      return scalar.mac;
  }
}

function intervalToJson(interval: Interval, symbols: SymbolTable | undefined): Json {
  switch (interval.kind) {
    case 'prefix':
      return { prefix: { addr: formatAddress(interval.prefix.address), len: interval.prefix.length } };
    case 'range':
      return { range: [scalarToJson(interval.first, undefined), scalarToJson(interval.last, undefined)] };
    default:
      return scalarToJson(interval, symbols);
  }
}

/** A value of a set, map or comparison. */
export function valueToJson(value: Value, naming: Naming): Json {
  if (value.kind !== 'concatenation') return intervalToJson(value, naming[0]);
  return { concat: value.parts.map((part, index) => intervalToJson(part, naming[index])) };
}
