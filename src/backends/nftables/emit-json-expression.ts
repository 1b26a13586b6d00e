/** Writes expressions, and references to sets and maps, the way libnftables' JSON does. */
import type { BitwiseExpression, Expression } from '../../ruleset/expression.ts';
import { RulesetError } from '../../ruleset/ruleset-error.ts';
import type { MapReference, SetReference } from '../../ruleset/set.ts';
import { flagNames, type SymbolTable } from '../../ruleset/symbols.ts';
import { symbolsOf } from '../../ruleset/type-of.ts';
import { mapElementText, setElementText } from './emit-json-element.ts';
import { type Naming, valueToJson } from './emit-json-value.ts';
import type { Json, JsonObject } from './json.ts';

/** How the integers that an expression is compared with are named. */
export function namingOf(expression: Expression): Naming {
  return expression.kind === 'concat' ? expression.parts.map(symbolsOf) : [symbolsOf(expression)];
}

export const bitwiseOperators: Record<BitwiseExpression['operation'], string> = {
  and: '&',
  or: '|',
  xor: '^',
  lshift: '<<',
  rshift: '>>',
};

/** An expression; `symbols` names integer constants, which take their meaning from what they are combined with. */
export function expressionToJson(expression: Expression, symbols?: SymbolTable): Json {
  switch (expression.kind) {
    case 'payload':
      return { payload: { protocol: expression.protocol, field: expression.field } };
    case 'raw-payload':
      return { payload: { base: expression.base, offset: expression.offset, len: expression.length } };
    case 'meta':
      return { meta: { key: expression.key } };
    case 'ct':
      return { ct: { key: expression.key, ...(expression.direction && { dir: expression.direction }) } };
    case 'fib':
      return { fib: { result: expression.result, flags: expression.flags } };
    case 'concat':
      return { concat: expression.parts.map((part) => expressionToJson(part)) };
    case 'bitwise':
      return bitwiseToJson(expression);
    case 'map':
      return { map: { key: expressionToJson(expression.key), data: mapToJson(expression.map, expression.key) } };
    case 'numgen':
      return { numgen: { mode: expression.mode, mod: expression.modulus, offset: expression.offset } };
    case 'jhash':
    case 'symhash':
      return hashToJson(expression);
    case 'exthdr':
    case 'ip-option':
    case 'tcp-option':
      return extensionHeaderToJson(expression);
    case 'constant':
      return valueToJson(expression.value, [symbols]);
    case 'physdev':
      throw new RulesetError(['nftables has no match for bridge ports of iptables (physdev)']);
  }
}

/** Bits of flags are written by name, so that `tcp flags & (fin|syn) == syn` reads as such. */
function bitwiseToJson(expression: BitwiseExpression): Json {
  const { left, right } = expression;
  const table = symbolsOf(left);
  const operands = [expressionToJson(left), bitsToJson(right, table)];
  return { [bitwiseOperators[expression.operation]]: operands };
}

function bitsToJson(right: Expression, table: SymbolTable | undefined): Json {
  if (right.kind !== 'constant' || right.value.kind !== 'integer' || table === undefined)
    return expressionToJson(right, table);
  const names = flagNames(table, right.value.value);
  if (names === undefined) return right.value.value;
  return names.length === 1 ? (names[0] ?? null) : names;
}

function hashToJson(expression: Extract<Expression, { kind: 'jhash' | 'symhash' }>): Json {
  return {
    [expression.kind]: {
      mod: expression.modulus,
      ...(expression.seed !== undefined && { seed: expression.seed }),
      ...(expression.offset !== 0 && { offset: expression.offset }),
      ...(expression.expression !== undefined && { expr: expressionToJson(expression.expression) }),
    },
  };
}

function extensionHeaderToJson(
  expression: Extract<Expression, { kind: 'exthdr' | 'ip-option' | 'tcp-option' }>,
): JsonObject {
  const name = { exthdr: 'exthdr', 'ip-option': 'ip option', 'tcp-option': 'tcp option' }[expression.kind];
  return { [name]: { name: expression.name, ...(expression.field !== undefined && { field: expression.field }) } };
}

/** A set on the right side of a comparison with `key`. */
export function setToJson(set: SetReference, key: Expression): Json {
  if (set.kind === 'named') return `@${set.name}`;
  const naming = namingOf(key);
  return { set: set.elements.map((element) => JSON.parse(setElementText(element, naming))) };
}

/** A map that is looked up with `key`. */
export function mapToJson(map: MapReference, key: Expression): Json {
  if (map.kind === 'named') return `@${map.name}`;
  const naming = namingOf(key);
  return { set: map.elements.map((element) => JSON.parse(mapElementText(element, naming, []))) };
}
