/** Reads constant values out of libnftables' JSON; undefined for whatever the ruleset model has no value for. */
import { addressBits, parseAddress } from '../../net/address.ts';
import { parseMac } from '../../net/mac.ts';
import { prefixOf } from '../../net/prefix.ts';
import type { SymbolTable } from '../../ruleset/symbols.ts';
import type { DataType, Interval, Scalar, Value } from '../../ruleset/value.ts';
import { isJsonArray, isJsonObject, type Json } from './json.ts';

/** What a value is expected to be: its type, where known, and the names of its numbers. */
export interface Expected {
  readonly type: DataType | 'address' | undefined;
  readonly symbols: SymbolTable | undefined;
}

export const anything: Expected = { type: undefined, symbols: undefined };

/** A number that is exact; nft's 64-bit values beyond that are not modelled. */
export function parseInteger(json: Json | undefined): number | undefined {
  return typeof json === 'number' && Number.isSafeInteger(json) && json >= 0 ? json : undefined;
}

/** The single key of an object that has one key, and its value. */
export function onlyEntry(json: Json | undefined): readonly [key: string, value: Json] | undefined {
  if (!isJsonObject(json)) return undefined;
  let found: readonly [string, Json] | undefined;
  for (const key in json) {
    if (found !== undefined) return undefined;
    found = [key, json[key] ?? null];
  }
  return found;
}

/** One value. Lists of flags, as in `["syn", "ack"]`, are the number of their bits. */
export function parseScalar(json: Json, expected: Expected): Scalar | undefined {
  if (typeof json === 'string') return parseWord(json, expected);
  if (typeof json === 'number') return parseNumber(json, expected);
  if (typeof json === 'boolean')
    return expected.type === 'boolean' ? { kind: 'integer', value: json ? 1 : 0 } : undefined;
  return parseFlags(json, expected);
}

function parseNumber(json: number, { type }: Expected): Scalar | undefined {
  if (type === 'ifname') return { kind: 'name', name: `${json}` };
  if (type === 'ipv4_addr' || type === 'ipv6_addr' || type === 'address' || type === 'ether_addr') return undefined;
  const value = parseInteger(json);
  return value === undefined ? undefined : { kind: 'integer', value };
}

function parseFlags(json: Json, expected: Expected): Scalar | undefined {
  const entry = onlyEntry(json);
  const parts = isJsonArray(json) ? json : entry?.[0] === '|' && isJsonArray(entry[1]) ? entry[1] : undefined;
  if (parts === undefined || parts.length === 0 || expected.symbols === undefined) return undefined;
  let bits = 0;
  for (const part of parts) {
    if (typeof part !== 'string' && typeof part !== 'number') return undefined;
    const bit = parseScalar(part, expected);
    if (bit?.kind !== 'integer' || bit.value > 0xffff_ffff) return undefined;
    bits = (bits | bit.value) >>> 0;
  }
  return { kind: 'integer', value: bits };
}

function parseWord(word: string, { type, symbols }: Expected): Scalar | undefined {
  switch (type) {
    case 'ipv4_addr':
    case 'ipv6_addr':
    case 'address':
      return parseAddressScalar(word, type);
    case 'ether_addr':
      return parseMacScalar(word);
    case 'ifname':
      return parseInterface(word);
    case 'iface_index':
      return parseDigits(word) ?? parseInterface(word);
    case undefined:
      return parseAddressScalar(word, 'address') ?? parseMacScalar(word) ?? parseDigits(word);
    default:
      return parseSymbol(word, symbols) ?? parseDigits(word);
  }
}

function parseAddressScalar(word: string, type: 'ipv4_addr' | 'ipv6_addr' | 'address'): Scalar | undefined {
  const address = parseAddress(word);
  if (address === undefined) return undefined;
  if (type !== 'address' && address.family !== (type === 'ipv4_addr' ? 'ipv4' : 'ipv6')) return undefined;
  return { kind: 'address', address };
}

function parseMacScalar(word: string): Scalar | undefined {
  const mac = parseMac(word);
  return mac === undefined ? undefined : { kind: 'mac', mac };
}

/** A name that ends in an escaped star is one that really has a star: the model has only the wildcard. */
function parseInterface(word: string): Scalar | undefined {
  return word === '' || word.startsWith('@') || word.includes('\\') ? undefined : { kind: 'name', name: word };
}

function parseSymbol(word: string, symbols: SymbolTable | undefined): Scalar | undefined {
  const value = symbols?.valueOf(word);
  return value === undefined ? undefined : { kind: 'integer', value };
}

/** nft prints numbers of types that it lost track of as `0x50 [invalid type]` (ports behind `ct original`, for one). */
function parseDigits(word: string): Scalar | undefined {
  const match = /^(?:(\d{1,15})|(0x[0-9a-f]{1,13}))(?: \[invalid type\])?$/.exec(word);
  return match === null ? undefined : { kind: 'integer', value: Number(match[1] ?? match[2]) };
}

/** A value or an interval of values. */
export function parseInterval(json: Json, expected: Expected): Interval | undefined {
  const entry = onlyEntry(json);
  if (entry?.[0] === 'prefix') return parsePrefix(entry[1], expected);
  if (entry?.[0] === 'range') return parseRange(entry[1], expected);
  return parseScalar(json, expected);
}

function parsePrefix(json: Json, expected: Expected): Interval | undefined {
  if (!isJsonObject(json)) return undefined;
  const scalar = parseScalar(json.addr ?? null, expected);
  const length = parseInteger(json.len);
  if (scalar?.kind === 'integer' && expected.type === 'mark' && length !== undefined)
    return parseMarkPrefix(scalar.value, length);
  if (scalar?.kind !== 'address' || length === undefined || length > addressBits(scalar.address.family))
    return undefined;
  return { kind: 'prefix', prefix: prefixOf(scalar.address, length) };
}

/** nft prints ranges of marks as prefixes of 32 bits where they are some. */
function parseMarkPrefix(first: number, length: number): Interval | undefined {
  const last = first + 2 ** (32 - length) - 1;
  if (length > 32 || last > 0xffff_ffff) return undefined;
  return { kind: 'range', first: { kind: 'integer', value: first }, last: { kind: 'integer', value: last } };
}

function parseRange(json: Json, expected: Expected): Interval | undefined {
  if (!isJsonArray(json) || json.length !== 2) return undefined;
  const first = parseScalar(json[0] ?? null, expected);
  const last = parseScalar(json[1] ?? null, expected);
  if (first === undefined || last === undefined || first.kind !== last.kind) return undefined;
  return { kind: 'range', first, last };
}

/** A value of a set, map or comparison; `expected` has one entry a part of a concatenation. */
export function parseValue(json: Json, expected: readonly Expected[]): Value | undefined {
  const entry = onlyEntry(json);
  if (entry?.[0] !== 'concat') {
    return expected.length === 1 ? parseInterval(json, expected[0] ?? anything) : undefined;
  }
  if (!isJsonArray(entry[1]) || entry[1].length !== expected.length) return undefined;
  const parts: Interval[] = [];
  for (const [index, part] of entry[1].entries()) {
    const value = parseInterval(part, expected[index] ?? anything);
    if (value === undefined) return undefined;
    parts.push(value);
  }
  return { kind: 'concatenation', parts };
}
