/**
 * Writes constant values the way libnftables' JSON does. As text at once: a large policy has a hundred thousand of them, and
 * objects that are only made to be written take longer to make and to throw away than to write.
 */
import { formatAddress } from '../../net/address.ts';
import type { SymbolTable } from '../../ruleset/symbols.ts';
import type { Interval, Scalar, Value } from '../../ruleset/value.ts';
import type { Json } from './json.ts';

/** How to name integers, one entry a part of a concatenation. */
export type Naming = readonly (SymbolTable | undefined)[];

/** One value as JSON text; integers get their nft name where they have one. */
function scalarText(scalar: Scalar, symbols: SymbolTable | undefined): string {
  switch (scalar.kind) {
    case 'integer': {
      const name = symbols?.nameOf(scalar.value);
      return name === undefined ? JSON.stringify(scalar.value) : JSON.stringify(name);
    }
    case 'address':
      return `"${formatAddress(scalar.address)}"`;
    case 'name':
      return JSON.stringify(scalar.name);
    case 'mac':
      return JSON.stringify(scalar.mac);
  }
}

function intervalText(interval: Interval, symbols: SymbolTable | undefined): string {
  switch (interval.kind) {
    case 'prefix':
      return `{"prefix":{"addr":"${formatAddress(interval.prefix.address)}","len":${interval.prefix.length}}}`;
    case 'range':
      return `{"range":[${scalarText(interval.first, undefined)},${scalarText(interval.last, undefined)}]}`;
    default:
      return scalarText(interval, symbols);
  }
}

/** A value of a set, map or comparison as JSON text. */
export function valueText(value: Value, naming: Naming): string {
  if (value.kind !== 'concatenation') return intervalText(value, naming[0]);
  let text = '';
  for (let index = 0; index < value.parts.length; index++) {
    const part = value.parts[index];
    if (part !== undefined) text += `${index === 0 ? '' : ','}${intervalText(part, naming[index])}`;
  }
  return `{"concat":[${text}]}`;
}

/** A constant of a rule, which is part of a larger object. */
export function valueToJson(value: Value, naming: Naming): Json {
  return JSON.parse(valueText(value, naming));
}
