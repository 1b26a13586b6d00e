/** Reads the statements of a rule out of libnftables' JSON. What the model lacks is kept as it is written. */
import type { Expression } from '../../ruleset/expression.ts';
import type {
  LimitStatement,
  MatchOperator,
  NatOperand,
  NatStatement,
  Operand,
  RejectStatement,
  Statement,
} from '../../ruleset/statement.ts';
import { icmpCodes, icmpv6Codes, icmpxCodes, isFlagType, logFlags, logLevels } from '../../ruleset/symbols.ts';
import type { Interval } from '../../ruleset/value.ts';
import { isJsonArray, isJsonObject, type Json, type JsonObject } from './json.ts';
import {
  expectedOf,
  parseExpression,
  parseMapReference,
  parseReference,
  parseSetReference,
  parseVerdict,
  type Surroundings,
} from './parse-json-expression.ts';
import {
  anything,
  type Expected,
  onlyEntry,
  parseInteger,
  parseInterval,
  parseScalar,
  parseValue,
} from './parse-json-value.ts';
import { unknownStatement } from './unknown-statement.ts';

type Reader = (body: Json, surroundings: Surroundings) => Statement | undefined;

/** One statement; `unknown`, with its JSON as text, when any part of it is not modelled. */
export function parseStatement(json: Json, surroundings: Surroundings): Statement {
  const entry = onlyEntry(json);
  if (entry === undefined) return unknownStatement(json);
  const [kind, body] = entry;
  return readers.get(kind)?.(body, surroundings) ?? unknownStatement(json);
}

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['match', parseMatch],
  ['vmap', parseVerdictMap],
  ...['accept', 'drop', 'continue', 'return', 'jump', 'goto', 'queue'].map((kind): [string, Reader] => [
    kind,
    (body, surroundings) => {
      const verdict = parseVerdict({ [kind]: body }, surroundings);
      return verdict === undefined ? undefined : { kind: 'verdict', verdict };
    },
  ]),
  ...(['dnat', 'snat', 'masquerade', 'redirect'] as const).map((type): [string, Reader] => [
    type,
    (body, surroundings) => parseNat(type, body, surroundings),
  ]),
  ['reject', (body) => parseReject(body)],
  ['mangle', parseAssign],
  ['counter', (body) => parseCounter(body)],
  ['limit', (body) => parseLimit(body)],
  ['log', (body) => parseLog(body)],
  ['notrack', (body) => (body === null ? { kind: 'notrack' } : undefined)],
  ['set', parseSetUpdate],
]);

const operators: ReadonlySet<string> = new Set(['==', '!=', '<', '>', '<=', '>=']);

function parseMatch(body: Json, surroundings: Surroundings): Statement | undefined {
  if (!isJsonObject(body)) return undefined;
  const left = parseExpression(body.left ?? null, surroundings);
  const { op, right } = body;
  if (left === undefined || right === undefined || typeof (op ?? '==') !== 'string') return undefined;
  const [expected] = expectedOf(left, surroundings);
  const flags = expected?.type !== undefined && expected.type !== 'address' && isFlagType(expected.type);
  if (op === '!' || ((op === 'in' || op === undefined) && flags && !isSetOrInterval(right)))
    return parseBitsMatch(left, op === '!' ? '!=' : '==', right, expected ?? anything);
  const operator = op === 'in' || op === undefined ? '==' : op;
  if (!operators.has(operator as string)) return undefined;
  if (typeof right === 'boolean' && left.kind === 'fib' && left.result !== 'type')
    return routeMatch(left, right === (operator === '=='), operator as string);
  const operand = parseOperand(right, left, surroundings);
  return operand === undefined
    ? undefined
    : { kind: 'match', left, operator: operator as MatchOperator, right: operand };
}

function isSetOrInterval(json: Json): boolean {
  const kind = onlyEntry(json)?.[0];
  return kind === 'set' || kind === 'range' || parseReference(json) !== undefined;
}

/** Interface index 0 is no route at all. */
function routeMatch(left: Expression, exists: boolean, operator: string): Statement | undefined {
  if (operator !== '==' && operator !== '!=') return undefined;
  const value: Operand = { kind: 'value', value: { kind: 'integer', value: 0 } };
  return { kind: 'match', left, operator: exists ? '!=' : '==', right: value };
}

function parseBitsMatch(
  left: Expression,
  operator: '==' | '!=',
  right: Json,
  expected: Expected,
): Statement | undefined {
  const bits = parseScalar(right, expected);
  return bits?.kind === 'integer'
    ? { kind: 'match', left, operator, right: { kind: 'bits', bits: bits.value } }
    : undefined;
}

function parseOperand(json: Json, left: Expression, surroundings: Surroundings): Operand | undefined {
  if (parseReference(json) !== undefined || onlyEntry(json)?.[0] === 'set') {
    const set = parseSetReference(json, left, surroundings);
    return set === undefined ? undefined : { kind: 'set', set };
  }
  const value = parseValue(json, expectedOf(left, surroundings));
  return value === undefined ? undefined : { kind: 'value', value };
}

function parseVerdictMap(body: Json, surroundings: Surroundings): Statement | undefined {
  if (!isJsonObject(body)) return undefined;
  const key = parseExpression(body.key ?? null, surroundings);
  if (key === undefined) return undefined;
  const map = parseMapReference(body.data ?? null, key, surroundings, 'verdict');
  return map === undefined ? undefined : { kind: 'vmap', key, map };
}

const natKeys: ReadonlySet<string> = new Set(['family', 'addr', 'port', 'flags']);
const natFlags: readonly NatStatement['flags'][number][] = ['random', 'fully-random', 'persistent'];

function parseNat(type: NatStatement['type'], body: Json, surroundings: Surroundings): Statement | undefined {
  const object: JsonObject | undefined = body === null ? {} : isJsonObject(body) ? body : undefined;
  if (object === undefined || Object.keys(object).some((key) => !natKeys.has(key))) return undefined;
  const { family, addr, port } = object;
  if (family !== undefined && family !== 'ip' && family !== 'ip6') return undefined;
  const addressType = family === undefined ? 'address' : family === 'ip' ? 'ipv4_addr' : 'ipv6_addr';
  const address = parseNatOperand(addr, surroundings, { type: addressType, symbols: undefined });
  const portOperand = parseNatOperand(port, surroundings, { type: 'inet_service', symbols: undefined });
  const flags = parseFlagList(object.flags, natFlags);
  if (address === null || portOperand === null || flags === undefined) return undefined;
  return { kind: 'nat', type, family, address, port: portOperand, shiftBase: undefined, flags };
}

/** Undefined when there is none, null when it is not understood. */
function parseNatOperand(
  json: Json | undefined,
  surroundings: Surroundings,
  expected: Expected,
): NatOperand | undefined | null {
  if (json === undefined) return undefined;
  const value: Interval | undefined = parseInterval(json, expected);
  if (value !== undefined) return { kind: 'value', value };
  const expression = parseExpression(json, surroundings, expected);
  return expression === undefined ? null : { kind: 'expression', expression };
}

/** Flags as a list or a single word, in nft's order; undefined when one is not known. */
function parseFlagList<T extends string>(json: Json | undefined, known: readonly T[]): readonly T[] | undefined {
  if (json === undefined) return [];
  const given = isJsonArray(json) ? json : [json];
  return given.every((flag) => typeof flag === 'string' && known.includes(flag as T))
    ? known.filter((flag) => given.includes(flag))
    : undefined;
}

const rejectCodes = { icmp: icmpCodes, icmpv6: icmpv6Codes, icmpx: icmpxCodes };

function parseReject(body: Json): Statement | undefined {
  if (body === null) return reject('icmpx', 'port-unreachable');
  if (!isJsonObject(body)) return undefined;
  const { type, expr } = body;
  if (type === 'tcp reset') return expr === undefined ? reject('tcp-reset', undefined) : undefined;
  if (type !== 'icmp' && type !== 'icmpv6' && type !== 'icmpx') return undefined;
  const code = expr ?? 'port-unreachable';
  const name = typeof code === 'number' ? rejectCodes[type].nameOf(code) : code;
  return typeof name === 'string' && rejectCodes[type].valueOf(name) !== undefined ? reject(type, name) : undefined;
}

function reject(type: RejectStatement['with'], code: string | undefined): RejectStatement {
  return { kind: 'reject', with: type, code };
}

function parseAssign(body: Json, surroundings: Surroundings): Statement | undefined {
  if (!isJsonObject(body)) return undefined;
  const target = parseExpression(body.key ?? null, surroundings);
  if (target === undefined || body.value === undefined) return undefined;
  const expected = expectedOf(target, surroundings)[0] ?? anything;
  const constant = parseScalar(body.value, expected);
  const value: Expression | undefined =
    constant === undefined
      ? parseExpression(body.value, surroundings, expected)
      : { kind: 'constant', value: constant };
  return value === undefined ? undefined : { kind: 'assign', target, value };
}

/** A counter in place; one with a name is an object of its table, which the model lacks. */
function parseCounter(body: Json): Statement | undefined {
  if (body === null) return { kind: 'counter', packets: 0, bytes: 0 };
  if (!isJsonObject(body)) return undefined;
  const packets = parseInteger(body.packets ?? 0);
  const bytes = parseInteger(body.bytes ?? 0);
  return packets === undefined || bytes === undefined ? undefined : { kind: 'counter', packets, bytes };
}

const limitUnits: readonly LimitStatement['unit'][] = ['second', 'minute', 'hour', 'day', 'week'];
const byteUnits: ReadonlyMap<Json, number> = new Map<Json, number>([
  ['bytes', 1],
  ['kbytes', 1024],
  ['mbytes', 1024 * 1024],
]);

function parseLimit(body: Json): Statement | undefined {
  if (!isJsonObject(body)) return undefined;
  const rate = parseInteger(body.rate);
  const unit = limitUnits.find((known) => known === body.per);
  const inverted = body.inv ?? false;
  if (rate === undefined || unit === undefined || typeof inverted !== 'boolean') return undefined;
  const ofBytes = body.rate_unit !== undefined && body.rate_unit !== 'packets';
  const burst = parseInteger(body.burst ?? (ofBytes ? 0 : 5));
  const rateScale = ofBytes ? byteUnits.get(body.rate_unit ?? null) : 1;
  const burstScale = ofBytes ? byteUnits.get(body.burst_unit ?? 'bytes') : 1;
  if (burst === undefined || rateScale === undefined || burstScale === undefined) return undefined;
  const of = ofBytes ? 'bytes' : 'packets';
  return { kind: 'limit', rate: rate * rateScale, unit, burst: burst * burstScale, over: inverted, of };
}

const logKeys: ReadonlySet<string> = new Set(['prefix', 'level', 'group', 'flags']);
const logFlagNames = logFlags.entries.map(([name]) => name);

function parseLog(body: Json): Statement | undefined {
  const object: JsonObject | undefined = body === null ? {} : isJsonObject(body) ? body : undefined;
  if (object === undefined || Object.keys(object).some((key) => !logKeys.has(key))) return undefined;
  const { prefix, level } = object;
  const group = parseInteger(object.group);
  const flags = object.flags === 'all' ? logFlagNames : parseFlagList(object.flags, logFlagNames);
  if (prefix !== undefined && typeof prefix !== 'string') return undefined;
  if (level !== undefined && (typeof level !== 'string' || logLevels.valueOf(level) === undefined)) return undefined;
  if (flags === undefined || (object.group !== undefined && group === undefined)) return undefined;
  return { kind: 'log', prefix, level, group, flags };
}

/** `add @set { key }`; statements inside the element (a limit, say) are not modelled. */
function parseSetUpdate(body: Json, surroundings: Surroundings): Statement | undefined {
  if (!isJsonObject(body) || body.stmt !== undefined) return undefined;
  const { op } = body;
  const set = parseReference(body.set ?? null);
  if ((op !== 'add' && op !== 'update' && op !== 'delete') || set === undefined || !surroundings.sets.has(set))
    return undefined;
  const entry = onlyEntry(body.elem);
  const element = entry?.[0] === 'elem' && isJsonObject(entry[1]) ? entry[1] : { val: body.elem ?? null };
  if (Object.keys(element).some((key) => key !== 'val' && key !== 'timeout')) return undefined;
  const key = parseExpression(element.val ?? null, surroundings);
  const timeout = parseInteger(element.timeout);
  if (key === undefined || (element.timeout !== undefined && timeout === undefined)) return undefined;
  return { kind: 'set-update', operation: op, set, key, timeout };
}
