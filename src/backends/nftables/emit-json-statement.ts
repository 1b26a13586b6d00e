/** Writes statements the way libnftables' JSON does. */
import type { Expression } from '../../ruleset/expression.ts';
import { RulesetError } from '../../ruleset/ruleset-error.ts';
import type {
  LimitStatement,
  LogStatement,
  MatchStatement,
  NatOperand,
  NatStatement,
  RejectStatement,
  SetUpdateStatement,
  Statement,
  UnknownStatement,
} from '../../ruleset/statement.ts';
import { flagNames, isFlagType } from '../../ruleset/symbols.ts';
import { symbolsOf, typeOf } from '../../ruleset/type-of.ts';
import { maximumLogPrefixLength, plainText } from './comment.ts';
import { verdictToJson } from './emit-json-element.ts';
import { expressionToJson, mapToJson, namingOf, setToJson } from './emit-json-expression.ts';
import { valueToJson } from './emit-json-value.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** A statement as one object of a rule's `expr`. Throws RulesetError for what nftables cannot say. */
export function statementToJson(statement: Statement): JsonObject {
  switch (statement.kind) {
    case 'match':
      return matchToJson(statement);
    case 'vmap':
      return { vmap: { key: expressionToJson(statement.key), data: mapToJson(statement.map, statement.key) } };
    case 'verdict':
      return verdictToJson(statement.verdict);
    case 'nat':
      return natToJson(statement);
    case 'reject':
      return rejectToJson(statement);
    case 'assign':
      return {
        mangle: {
          key: expressionToJson(statement.target),
          value: expressionToJson(statement.value, symbolsOf(statement.target)),
        },
      };
    case 'counter':
      return { counter: { packets: statement.packets, bytes: statement.bytes } };
    case 'limit':
      return limitToJson(statement);
    case 'log':
      return logToJson(statement);
    case 'notrack':
      return { notrack: null };
    case 'set-update':
      return setUpdateToJson(statement);
    case 'unknown':
      return unknownToJson(statement);
  }
}

/** Whether the match asks for the presence of a route: interface index 0 is none. */
export function asksForRoute(statement: MatchStatement): boolean {
  const { left, right } = statement;
  return (
    left.kind === 'fib' &&
    left.result === 'oif' &&
    right.kind === 'value' &&
    right.value.kind === 'integer' &&
    right.value.value === 0
  );
}

function matchToJson(statement: MatchStatement): JsonObject {
  const { left, operator, right } = statement;
  if (right.kind === 'bits') return bitsMatchToJson(left, operator === '!=', right.bits);
  if (right.kind === 'set')
    return { match: { op: operator, left: expressionToJson(left), right: setToJson(right.set, left) } };
  if (asksForRoute(statement)) return { match: { op: '==', left: expressionToJson(left), right: operator !== '==' } };
  if (right.kind === 'redacted') throw new RulesetError([`a blacked-out value cannot be written: ${right.text}`]);
  const { value } = right;
  const [type] = typeOf(left);
  const presence = type === 'boolean' && value.kind === 'integer' && left.kind !== 'concat';
  return {
    match: {
      op: operator,
      left: expressionToJson(left),
      right: presence ? value.value !== 0 : valueToJson(value, namingOf(left)),
    },
  };
}

/** `in` and `!` are nft's operators for flags; other numbers are masked. */
function bitsMatchToJson(left: Expression, negated: boolean, bits: number): JsonObject {
  const table = symbolsOf(left);
  const [type] = typeOf(left);
  if (left.kind === 'bitwise' || type === undefined || !isFlagType(type))
    return {
      match: { op: negated ? '==' : '!=', left: { '&': [expressionToJson(left), bits] }, right: 0 },
    };
  const names = table === undefined ? undefined : flagNames(table, bits);
  const right = names === undefined ? bits : names.length === 1 ? (names[0] ?? bits) : names;
  return { match: { op: negated ? '!' : 'in', left: expressionToJson(left), right } };
}

function natOperandToJson(operand: NatOperand): Json {
  return operand.kind === 'expression' ? expressionToJson(operand.expression) : valueToJson(operand.value, []);
}

function natToJson(statement: NatStatement): JsonObject {
  if (statement.shiftBase !== undefined) throw new RulesetError(['nftables cannot shift a range of ports']);
  const body = {
    ...(statement.family !== undefined && { family: statement.family }),
    ...(statement.address !== undefined && { addr: natOperandToJson(statement.address) }),
    ...(statement.port !== undefined && { port: natOperandToJson(statement.port) }),
    ...(statement.flags.length > 0 && { flags: statement.flags }),
  };
  return { [statement.type]: Object.keys(body).length === 0 ? null : body };
}

function rejectToJson(statement: RejectStatement): JsonObject {
  if (statement.with === 'tcp-reset') return { reject: { type: 'tcp reset' } };
  return { reject: { type: statement.with, expr: statement.code ?? 'port-unreachable' } };
}

function limitToJson(statement: LimitStatement): JsonObject {
  return {
    limit: {
      rate: statement.rate,
      burst: statement.burst,
      per: statement.unit,
      ...(statement.over && { inv: true }),
      ...(statement.of === 'bytes' && { rate_unit: 'bytes', burst_unit: 'bytes' }),
    },
  };
}

/** A log prefix as it is written. */
export function logPrefix(prefix: string): string {
  return plainText(prefix).replaceAll('$', '?').slice(0, maximumLogPrefixLength);
}

function logToJson(statement: LogStatement): JsonObject {
  const body = {
    ...(statement.prefix !== undefined && { prefix: logPrefix(statement.prefix) }),
    ...(statement.level !== undefined && { level: statement.level }),
    ...(statement.group !== undefined && { group: statement.group }),
    ...(statement.flags.length > 0 && { flags: statement.flags }),
  };
  return { log: Object.keys(body).length === 0 ? null : body };
}

function setUpdateToJson(statement: SetUpdateStatement): JsonObject {
  const key = expressionToJson(statement.key);
  return {
    set: {
      op: statement.operation,
      elem: statement.timeout === undefined ? key : { elem: { val: key, timeout: statement.timeout } },
      set: `@${statement.set}`,
    },
  };
}

/** What was read from nft's JSON can be written again as it was. */
function unknownToJson(statement: UnknownStatement): JsonObject {
  try {
    const json: Json = JSON.parse(statement.text);
    if (isJsonObject(json)) return json;
  } catch {
    // Not JSON: it comes from another kind of ruleset.
  }
  throw new RulesetError([`a statement that ctfw does not model cannot be written: ${statement.text}`]);
}
