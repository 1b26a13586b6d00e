/** Compiles expressions into readers. */
import type { BitwiseExpression, Expression } from '../../ruleset/expression.ts';
import { type Datum, scalarDatum } from '../packet/datum.ts';
import { compileConntrack } from './connection-values.ts';
import { type Reader, unknownValue } from './context.ts';
import { compileHash, compileNumberGenerator } from './generators.ts';
import { compileKey } from './keys.ts';
import type { CompiledMap } from './maps.ts';
import { compileFib, compileMeta, compilePhysicalDevice } from './meta.ts';
import { compilePayload, compileRawPayload } from './payload.ts';
import type { StateLayout } from './state.ts';

/** What compiling an expression needs to know of its table. */
export interface ExpressionScope {
  readonly layout: StateLayout;
  map(reference: Extract<Expression, { kind: 'map' }>['map']): CompiledMap;
  /** Rules of iptables fail where nftables would compare an absent value. */
  readonly byIndex: boolean;
}

/** Readers for the fields of an expression: one, or one for each part of a concatenation. */
export function compileParts(expression: Expression, scope: ExpressionScope): readonly Reader[] {
  if (expression.kind === 'concat') return expression.parts.flatMap((part) => compileParts(part, scope));
  return [compileReader(expression, scope)];
}

/** A reader for an expression of one value. */
export function compileReader(expression: Expression, scope: ExpressionScope): Reader {
  switch (expression.kind) {
    case 'payload':
      return compilePayload(expression);
    case 'raw-payload':
      return compileRawPayload(expression);
    case 'meta':
      return compileMeta(expression, scope.byIndex);
    case 'ct':
      return compileConntrack(expression);
    case 'fib':
      return compileFib(expression, scope.byIndex);
    case 'bitwise':
      return compileBitwise(expression, scope);
    case 'map':
      return compileMapReader(expression, scope);
    case 'numgen':
      return compileNumberGenerator(expression, scope.layout);
    case 'jhash':
    case 'symhash':
      return compileHash(expression, expression.expression && compileKey(compileParts(expression.expression, scope)));
    case 'exthdr':
      return compileExtensionHeader(expression.name, expression.field);
    case 'ip-option':
    case 'tcp-option':
      return expression.field === undefined ? () => 0 : () => undefined; // packets here have no options
    case 'physdev':
      return compilePhysicalDevice(expression);
    case 'constant': {
      const value = scalarDatum(expression.value);
      return () => value;
    }
    case 'concat':
      return () => unknownValue; // a concatenation is no single value: see compileParts
  }
}

function compileBitwise(expression: BitwiseExpression, scope: ExpressionScope): Reader {
  const left = compileReader(expression.left, scope);
  const right = compileReader(expression.right, scope);
  const { operation } = expression;
  return (context) => {
    const a = left(context);
    const b = right(context);
    if (a === undefined || b === undefined) return undefined;
    if (a === unknownValue || b === unknownValue) return unknownValue;
    return combine(operation, a, b);
  };
}

function combine(operation: BitwiseExpression['operation'], a: Datum, b: Datum): ReturnType<Reader> {
  if (typeof a === 'number' && typeof b === 'number') {
    switch (operation) {
      case 'and':
        return (a & b) >>> 0;
      case 'or':
        return (a | b) >>> 0;
      case 'xor':
        return (a ^ b) >>> 0;
      case 'lshift':
        return (a << b) >>> 0;
      case 'rshift':
        return a >>> b;
    }
  }
  if (typeof a === 'string' || typeof b === 'string') return unknownValue;
  const [x, y] = [BigInt(a), BigInt(b)];
  switch (operation) {
    case 'and':
      return x & y;
    case 'or':
      return x | y;
    case 'xor':
      return x ^ y;
    case 'lshift':
      return BigInt.asUintN(128, x << y);
    case 'rshift':
      return x >> y;
  }
}

function compileMapReader(expression: Extract<Expression, { kind: 'map' }>, scope: ExpressionScope): Reader {
  const map = scope.map(expression.map);
  const key = compileKey(compileParts(expression.key, { ...scope, byIndex: map.keyedByIndex }));
  return (context) => {
    const values = key(context);
    if (values === undefined || values === unknownValue) return values;
    const element = map.find(values);
    if (element === undefined) return undefined; // a miss: the rule does not match [16]
    context.element = element;
    if (element.data.kind === 'verdict') return unknownValue;
    const { value } = element.data;
    return value.kind === 'integer' || value.kind === 'address' || value.kind === 'name' || value.kind === 'mac'
      ? scalarDatum(value)
      : unknownValue;
  };
}

function compileExtensionHeader(name: string, field: string | undefined): Reader {
  if (name !== 'frag') return field === undefined ? () => 0 : () => undefined;
  return ({ packet }) => {
    const fragment = packet.family === 'ipv6' ? packet.fragment : undefined;
    if (field === undefined) return fragment === undefined ? 0 : 1;
    if (fragment === undefined) return undefined;
    if (field === 'frag-off') return fragment.offset >> 3;
    if (field === 'more-fragments') return fragment.more ? 1 : 0;
    if (field === 'nexthdr') return packet.protocol;
    return unknownValue;
  };
}
