/** Reads expressions, and references to sets and maps, out of libnftables' JSON; undefined for what the model lacks. One file, since maps are expressions and hold them. */
import type {
  BitwiseExpression,
  ConntrackExpression,
  Expression,
  FibExpression,
  MetaKey,
  PayloadProtocol,
} from '../../ruleset/expression.ts';
import type { MapData, MapElement, MapReference, NamedMap, SetElement, SetReference } from '../../ruleset/set.ts';
import type { Verdict } from '../../ruleset/statement.ts';
import { symbolsOfType } from '../../ruleset/symbols.ts';
import { conntrackKeys, metaKeys, payloadProtocols, symbolsOf, typeOf } from '../../ruleset/type-of.ts';
import type { DataType } from '../../ruleset/value.ts';
import { parseComment } from './comment.ts';
import { bitwiseOperators } from './emit-json-expression.ts';
import { isJsonArray, isJsonObject, type Json, type JsonObject } from './json.ts';
import { anything, type Expected, onlyEntry, parseInteger, parseScalar, parseValue } from './parse-json-value.ts';

/** The named objects of the table that a rule belongs to; what is not in here was not understood or does not exist. */
export interface Surroundings {
  readonly chains: ReadonlySet<string>;
  readonly sets: ReadonlySet<string>;
  readonly maps: ReadonlyMap<string, NamedMap>;
}

/** Deeper expressions are not rules that anyone wrote. */
const maximumDepth = 16;

/** What values compared with an expression, or stored under it, look like. */
export function expectedOf(expression: Expression, surroundings: Surroundings): readonly Expected[] {
  if (expression.kind === 'concat') return expression.parts.flatMap((part) => expectedOf(part, surroundings));
  if (expression.kind === 'constant') return [anything];
  const symbols = symbolsOf(expression);
  const types = typeOf(expression, surroundings.maps);
  return types.map((type) => ({ type, symbols: symbols ?? symbolsOfType(type) }));
}

export function expectedOfTypes(types: readonly DataType[]): readonly Expected[] {
  return types.map((type) => ({ type, symbols: symbolsOfType(type) }));
}

type Reader = (body: Json, surroundings: Surroundings, depth: number) => Expression | undefined;

/** An expression that reads something; constants are not among them. `data` is what the maps in it are expected to hold. */
export function parseExpression(
  json: Json,
  surroundings: Surroundings,
  data: Expected = anything,
  depth = 0,
): Expression | undefined {
  const entry = onlyEntry(json);
  if (entry === undefined || depth > maximumDepth) return undefined;
  const [kind, body] = entry;
  if (kind === 'map') return parseMapExpression(body, surroundings, data, depth);
  return readers.get(kind)?.(body, surroundings, depth + 1);
}

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['payload', parsePayload],
  ['meta', (body) => parseMeta(body)],
  ['ct', (body) => parseConntrack(body)],
  ['fib', (body) => parseFib(body)],
  ['concat', parseConcat],
  ['numgen', (body) => parseNumberGenerator(body)],
  ['jhash', (body, surroundings, depth) => parseHash('jhash', body, surroundings, depth)],
  ['symhash', (body, surroundings, depth) => parseHash('symhash', body, surroundings, depth)],
  ['exthdr', (body) => parseExtensionHeader('exthdr', body)],
  ['ip option', (body) => parseExtensionHeader('ip-option', body)],
  ['tcp option', (body) => parseExtensionHeader('tcp-option', body)],
  ...Object.entries(bitwiseOperators).map(([operation, symbol]): [string, Reader] => [
    symbol,
    (body, surroundings, depth) => parseBitwise(operation as BitwiseExpression['operation'], body, surroundings, depth),
  ]),
]);

function parsePayload(body: Json): Expression | undefined {
  if (!isJsonObject(body)) return undefined;
  const { protocol, field, base } = body;
  if (base !== undefined) {
    const offset = parseInteger(body.offset);
    const length = parseInteger(body.len);
    const known = base === 'll' || base === 'nh' || base === 'th' || base === 'ih';
    return known && offset !== undefined && length !== undefined
      ? { kind: 'raw-payload', base, offset, length }
      : undefined;
  }
  if (typeof protocol !== 'string' || typeof field !== 'string' || !payloadProtocols.has(protocol)) return undefined;
  return { kind: 'payload', protocol: protocol as PayloadProtocol, field };
}

function parseMeta(body: Json): Expression | undefined {
  const key = isJsonObject(body) ? body.key : undefined;
  return typeof key === 'string' && metaKeys.has(key) ? { kind: 'meta', key: key as MetaKey } : undefined;
}

function parseConntrack(body: Json): Expression | undefined {
  if (!isJsonObject(body)) return undefined;
  const { key, dir } = body;
  if (typeof key !== 'string' || !conntrackKeys.has(key)) return undefined;
  if (dir !== undefined && dir !== 'original' && dir !== 'reply') return undefined;
  return { kind: 'ct', key: key as ConntrackExpression['key'], direction: dir };
}

const fibFlags: readonly FibExpression['flags'][number][] = ['saddr', 'daddr', 'mark', 'iif', 'oif'];

function parseFib(body: Json): Expression | undefined {
  if (!isJsonObject(body)) return undefined;
  const { result } = body;
  if (result !== 'type' && result !== 'oif' && result !== 'oifname') return undefined;
  const given = typeof body.flags === 'string' ? [body.flags] : body.flags;
  if (!isJsonArray(given)) return undefined;
  const flags = fibFlags.filter((flag) => given.includes(flag));
  return flags.length === given.length ? { kind: 'fib', flags, result } : undefined;
}

function parseConcat(body: Json, surroundings: Surroundings, depth: number): Expression | undefined {
  if (!isJsonArray(body) || body.length < 2) return undefined;
  const parts: Expression[] = [];
  for (const part of body) {
    const expression = parseExpression(part, surroundings, anything, depth);
    if (expression === undefined || expression.kind === 'concat') return undefined;
    parts.push(expression);
  }
  return { kind: 'concat', parts };
}

/** Newer versions chain more than two operands; they apply from the left. */
function parseBitwise(
  operation: BitwiseExpression['operation'],
  body: Json,
  surroundings: Surroundings,
  depth: number,
): Expression | undefined {
  if (!isJsonArray(body) || body.length < 2 || body.length > maximumDepth) return undefined;
  let left = parseExpression(body[0] ?? null, surroundings, anything, depth);
  for (const operand of body.slice(1)) {
    if (left === undefined) return undefined;
    const right = parseOperand(operand, left, surroundings, depth);
    if (right === undefined) return undefined;
    left = { kind: 'bitwise', operation, left, right };
  }
  return left;
}

/** The right side of an operation: a constant of the left side's type, or something read. */
function parseOperand(json: Json, left: Expression, surroundings: Surroundings, depth: number): Expression | undefined {
  const [expected] = expectedOf(left, surroundings);
  const value = parseScalar(json, expected ?? anything);
  return value === undefined ? parseExpression(json, surroundings, anything, depth) : { kind: 'constant', value };
}

function parseMapExpression(
  body: Json,
  surroundings: Surroundings,
  data: Expected,
  depth: number,
): Expression | undefined {
  if (!isJsonObject(body)) return undefined;
  const key = parseExpression(body.key ?? null, surroundings, anything, depth + 1);
  if (key === undefined) return undefined;
  const map = parseMapReference(body.data ?? null, key, surroundings, data);
  return map === undefined ? undefined : { kind: 'map', key, map };
}

function parseNumberGenerator(body: Json): Expression | undefined {
  if (!isJsonObject(body) || (body.mode !== 'inc' && body.mode !== 'random')) return undefined;
  const modulus = parseInteger(body.mod);
  const offset = parseInteger(body.offset ?? 0);
  if (modulus === undefined || offset === undefined) return undefined;
  return { kind: 'numgen', mode: body.mode, modulus, offset };
}

function parseHash(
  kind: 'jhash' | 'symhash',
  body: Json,
  surroundings: Surroundings,
  depth: number,
): Expression | undefined {
  if (!isJsonObject(body)) return undefined;
  const modulus = parseInteger(body.mod);
  const offset = parseInteger(body.offset ?? 0);
  const seed = body.seed === undefined ? undefined : parseInteger(body.seed);
  const expression = body.expr === undefined ? undefined : parseExpression(body.expr, surroundings, anything, depth);
  if (modulus === undefined || offset === undefined || (body.seed !== undefined && seed === undefined))
    return undefined;
  if (kind === 'jhash' && expression === undefined) return undefined;
  return { kind, expression, modulus, seed, offset };
}

function parseExtensionHeader(kind: 'exthdr' | 'ip-option' | 'tcp-option', body: Json): Expression | undefined {
  if (!isJsonObject(body) || typeof body.name !== 'string') return undefined;
  if (Object.keys(body).some((key) => key !== 'name' && key !== 'field')) return undefined;
  const { field } = body;
  if (field !== undefined && typeof field !== 'string') return undefined;
  return { kind, name: body.name, field };
}

const plainVerdicts: ReadonlySet<string> = new Set(['accept', 'drop', 'continue', 'return']);

/** A verdict; jumps only to chains that exist. */
export function parseVerdict(json: Json, surroundings: Surroundings): Verdict | undefined {
  const entry = onlyEntry(json);
  if (entry === undefined) return undefined;
  const [kind, body] = entry;
  if (plainVerdicts.has(kind))
    return body === null ? { kind: kind as 'accept' | 'drop' | 'continue' | 'return' } : undefined;
  if (kind === 'queue') return { kind, text: JSON.stringify(body) };
  if ((kind !== 'jump' && kind !== 'goto') || !isJsonObject(body)) return undefined;
  const { target } = body;
  return typeof target === 'string' && surroundings.chains.has(target) ? { kind, chain: target } : undefined;
}

/** The name in a reference to a set or map, `@name`. */
export function parseReference(json: Json): string | undefined {
  return typeof json === 'string' && json.startsWith('@') ? json.slice(1) : undefined;
}

/** The elements of a set in place: a list, or nft's short form of one element. */
function elementsOf(json: Json): readonly Json[] | undefined {
  const entry = onlyEntry(json);
  if (entry?.[0] !== 'set') return undefined;
  return isJsonArray(entry[1]) ? entry[1] : [entry[1]];
}

export function parseSetReference(json: Json, key: Expression, surroundings: Surroundings): SetReference | undefined {
  const name = parseReference(json);
  if (name !== undefined) return surroundings.sets.has(name) ? { kind: 'named', name } : undefined;
  const elements = elementsOf(json);
  if (elements === undefined) return undefined;
  const parsed = parseAll(elements, (element) => parseSetElement(element, expectedOf(key, surroundings)));
  return parsed === undefined ? undefined : { kind: 'anonymous', elements: parsed };
}

/** `data` is what the map holds; `verdict` for a verdict map. */
export function parseMapReference(
  json: Json,
  key: Expression,
  surroundings: Surroundings,
  data: Expected | 'verdict',
): MapReference | undefined {
  const name = parseReference(json);
  if (name !== undefined) {
    const types = surroundings.maps.get(name)?.dataTypes;
    return types !== undefined && (types === 'verdict') === (data === 'verdict') ? { kind: 'named', name } : undefined;
  }
  const elements = elementsOf(json);
  if (elements === undefined) return undefined;
  const keys = expectedOf(key, surroundings);
  const readData =
    data === 'verdict'
      ? (item: Json) => parseVerdictData(item, surroundings)
      : (item: Json) => parseAnonymousData(item, data);
  const parsed = parseAll(elements, (element) => parseMapElement(element, keys, readData));
  return parsed === undefined ? undefined : { kind: 'anonymous', elements: parsed };
}

/** The data of a map in place may be an address together with a port. */
function parseAnonymousData(json: Json, data: Expected): MapData | undefined {
  const entry = onlyEntry(json);
  const parts = entry?.[0] === 'concat' && isJsonArray(entry[1]) ? entry[1].length : 1;
  const rest: readonly Expected[] = new Array<Expected>(parts - 1).fill(anything);
  const value = parseValue(json, [data, ...rest]);
  return value === undefined ? undefined : { kind: 'value', value };
}

export function parseVerdictData(json: Json, surroundings: Surroundings): MapData | undefined {
  const verdict = parseVerdict(json, surroundings);
  return verdict === undefined ? undefined : { kind: 'verdict', verdict };
}

/** All of a list, or nothing when one of it is not understood. */
export function parseAll<T>(list: readonly Json[], read: (json: Json) => T | undefined): readonly T[] | undefined {
  const result: T[] = [];
  for (const item of list) {
    const parsed = read(item);
    if (parsed === undefined) return undefined;
    result.push(parsed);
  }
  return result;
}

/** The value and comment of an element; its timeout, age and counters are the state of a moment, not part of a ruleset. */
function unwrap(json: Json): { readonly value: Json; readonly comment: string | undefined } {
  const entry = onlyEntry(json);
  if (entry?.[0] !== 'elem' || !isJsonObject(entry[1])) return { value: json, comment: undefined };
  const body: JsonObject = entry[1];
  return { value: body.val ?? null, comment: typeof body.comment === 'string' ? body.comment : undefined };
}

export function parseSetElement(json: Json, expected: readonly Expected[]): SetElement | undefined {
  const { value, comment } = unwrap(json);
  const parsed = parseValue(value, expected);
  if (parsed === undefined) return undefined;
  return { value: parsed, ...(comment === undefined ? { origins: [] } : parseComment(comment)) };
}

/** An element of a map is a pair; its comment sits on either side. */
export function parseMapElement(
  json: Json,
  expected: readonly Expected[],
  readData: (json: Json) => MapData | undefined,
): MapElement | undefined {
  if (!isJsonArray(json) || json.length !== 2) return undefined;
  const left = unwrap(json[0] ?? null);
  const right = unwrap(json[1] ?? null);
  const key = parseValue(left.value, expected);
  const data = readData(right.value);
  if (key === undefined || data === undefined) return undefined;
  const comment = left.comment ?? right.comment;
  return { key, data, ...(comment === undefined ? { origins: [] } : parseComment(comment)) };
}
