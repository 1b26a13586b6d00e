/** One form for each statement and expression that nftables JSON writes in only one way. */
import { addressBits } from '../../net/address.ts';
import { prefixOf } from '../../net/prefix.ts';
import { type Expression, payload } from '../../ruleset/expression.ts';
import type { MapElement, MapReference, SetElement, SetReference } from '../../ruleset/set.ts';
import {
  equals,
  type LogStatement,
  type MatchStatement,
  type NatOperand,
  type NatStatement,
  type Operand,
  type Statement,
} from '../../ruleset/statement.ts';
import { logFlags } from '../../ruleset/symbols.ts';
import { typeOf } from '../../ruleset/type-of.ts';
import { type Interval, integer, type Scalar, type Value } from '../../ruleset/value.ts';
import { normalizeComment } from './comment.ts';
import { logPrefix } from './emit-json-statement.ts';
import { normalizeInterval, normalizeValue, valueKey } from './normalize-value.ts';
import { splitReversedRange, withListableOrder } from './order-comparison.ts';

/** The canonical form of a rule's statements; one that says two things becomes two. */
export function normalizeStatements(statements: readonly Statement[]): readonly Statement[] {
  return statements
    .flatMap((statement) => portsOf(statement) ?? splitReversedRange(statement))
    .map((statement) => normalizeStatement(withListableOrder(statement)));
}

/** Both ports in one: nft joins comparisons of neighbouring fields, and lists them so where it does not know the protocol. */
function portsOf(statement: Statement): readonly Statement[] | undefined {
  if (statement.kind !== 'match' || statement.operator !== '==' || statement.right.kind !== 'value') return undefined;
  const { left, right } = statement;
  if (left.kind !== 'raw-payload' || left.base !== 'th' || left.offset !== 0 || left.length !== 32) return undefined;
  if (right.value.kind !== 'integer') return undefined;
  const { value } = right.value;
  return [
    equals(payload('th', 'sport'), integer(Math.floor(value / 0x1_0000))),
    equals(payload('th', 'dport'), integer(value % 0x1_0000)),
  ];
}

function normalizeStatement(statement: Statement): Statement {
  switch (statement.kind) {
    case 'match':
      return normalizeMatch(statement);
    case 'vmap':
      return { ...statement, key: normalizeExpression(statement.key), map: normalizeMap(statement.map) };
    case 'nat':
      return normalizeNat(statement);
    case 'reject':
      return statement.with === 'tcp-reset' || statement.code !== undefined
        ? statement
        : { ...statement, code: 'port-unreachable' };
    case 'assign':
      return {
        ...statement,
        target: normalizeExpression(statement.target),
        value: normalizeExpression(statement.value),
      };
    case 'limit':
      return statement.burst === 0 && statement.of === 'packets' ? { ...statement, burst: defaultBurst } : statement;
    case 'log':
      return normalizeLog(statement);
    case 'set-update':
      return { ...statement, key: normalizeExpression(statement.key) };
    case 'verdict':
    case 'counter':
    case 'notrack':
    case 'unknown':
      return statement;
  }
}

/** The kernel takes no limit of packets without a burst; this is nft's. */
const defaultBurst = 5;

export function normalizeExpression(expression: Expression): Expression {
  switch (expression.kind) {
    case 'concat':
      return { kind: 'concat', parts: expression.parts.map(normalizeExpression) };
    case 'bitwise':
      return {
        ...expression,
        left: normalizeExpression(expression.left),
        right: normalizeExpression(expression.right),
      };
    case 'map':
      return { kind: 'map', key: normalizeExpression(expression.key), map: normalizeMap(expression.map) };
    case 'jhash':
    case 'symhash':
      return expression.expression === undefined
        ? expression
        : { ...expression, expression: normalizeExpression(expression.expression) };
    case 'fib':
      return { ...expression, flags: fibFlags.filter((flag) => expression.flags.includes(flag)) };
    case 'payload':
    case 'raw-payload':
    case 'meta':
    case 'ct':
    case 'numgen':
    case 'exthdr':
    case 'ip-option':
    case 'tcp-option':
    case 'physdev':
    case 'constant':
      return expression;
  }
}

const fibFlags = ['saddr', 'daddr', 'mark', 'iif', 'oif'] as const;

/** A mask compared with zero asks for bits; a mask of leading bits compared with a value asks for a prefix. */
function normalizeMatch(statement: MatchStatement): MatchStatement {
  const left = normalizeExpression(statement.left);
  const right = normalizeOperand(statement.right);
  const { operator } = statement;
  const plain: MatchStatement = { kind: 'match', left, operator, right };
  if (left.kind !== 'bitwise' || left.operation !== 'and' || left.right.kind !== 'constant') return plain;
  if ((operator !== '==' && operator !== '!=') || right.kind !== 'value') return plain;
  const mask = left.right.value;
  const { value } = right;
  if (mask.kind === 'integer' && value.kind === 'integer' && value.value === 0) {
    const opposite = operator === '!=' ? '==' : '!=';
    return { kind: 'match', left: left.left, operator: opposite, right: { kind: 'bits', bits: mask.value } };
  }
  const interval = intervalOfMask(left.left, mask, value);
  return interval === undefined
    ? plain
    : { kind: 'match', left: left.left, operator, right: { kind: 'value', value: interval } };
}

/** The values of an address or mark whose masked bits are these, where the mask is one of leading bits. */
function intervalOfMask(left: Expression, mask: Scalar, value: Value): Interval | undefined {
  if (mask.kind === 'address' && value.kind === 'address' && mask.address.family === value.address.family) {
    const bits = addressBits(mask.address.family);
    const length = leadingBits(mask.address.value, bits);
    return length === undefined || prefixOf(value.address, length).address.value !== value.address.value
      ? undefined
      : normalizeInterval({ kind: 'prefix', prefix: { address: value.address, length } });
  }
  if (mask.kind !== 'integer' || value.kind !== 'integer' || typeOf(left)[0] !== 'mark') return undefined;
  const length = leadingBits(BigInt(mask.value), 32);
  const size = length === undefined ? 0 : 2 ** (32 - length);
  if (size === 0 || value.value % size !== 0) return undefined;
  return normalizeInterval({ kind: 'range', first: value, last: integer(value.value + size - 1) });
}

/** How many bits a mask of leading ones has; undefined for other masks. */
function leadingBits(mask: bigint, bits: number): number | undefined {
  const inverted = mask ^ ((1n << BigInt(bits)) - 1n);
  if ((inverted & (inverted + 1n)) !== 0n) return undefined;
  return bits - (inverted === 0n ? 0 : inverted.toString(2).length);
}

function normalizeOperand(operand: Operand): Operand {
  switch (operand.kind) {
    case 'value':
      return { kind: 'value', value: normalizeValue(operand.value) };
    case 'set':
      return normalizeSetOperand(normalizeSet(operand.set));
    case 'bits':
    case 'redacted':
      return operand;
  }
}

/** A set in place of a single value is that value. */
function normalizeSetOperand(set: SetReference): Operand {
  const [only] = set.kind === 'anonymous' && set.elements.length === 1 ? set.elements : [];
  const bare = only !== undefined && only.comment === undefined && only.origins.length === 0;
  return bare ? { kind: 'value', value: only.value } : { kind: 'set', set };
}

function normalizeSet(set: SetReference): SetReference {
  return set.kind === 'named' ? set : { kind: 'anonymous', elements: normalizeSetElements(set.elements) };
}

function normalizeMap(map: MapReference): MapReference {
  return map.kind === 'named' ? map : { kind: 'anonymous', elements: normalizeMapElements(map.elements) };
}

/** Elements in the order of their values, each once. */
export function normalizeSetElements(elements: readonly SetElement[]): readonly SetElement[] {
  const keyed = elements.map((element) => {
    const value = normalizeValue(element.value);
    return { key: valueKey(value), element: { value, ...normalizeComment(element) } };
  });
  return sortedOnce(keyed);
}

export function normalizeMapElements(elements: readonly MapElement[]): readonly MapElement[] {
  const keyed = elements.map((element) => {
    const key = normalizeValue(element.key);
    const data =
      element.data.kind === 'verdict'
        ? element.data
        : { kind: 'value' as const, value: normalizeValue(element.data.value) };
    return { key: valueKey(key), element: { key, data, ...normalizeComment(element) } };
  });
  return sortedOnce(keyed);
}

function sortedOnce<T>(keyed: readonly { readonly key: string; readonly element: T }[]): readonly T[] {
  const sorted = [...keyed].sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0));
  return sorted.filter((item, index) => item.key !== sorted[index - 1]?.key).map((item) => item.element);
}

const natFlags = ['random', 'fully-random', 'persistent'] as const;

function normalizeNat(statement: NatStatement): NatStatement {
  return {
    ...statement,
    address: normalizeNatOperand(statement.address),
    port: normalizeNatOperand(statement.port),
    flags: natFlags.filter((flag) => statement.flags.includes(flag)),
  };
}

function normalizeNatOperand(operand: NatOperand | undefined): NatOperand | undefined {
  if (operand === undefined) return undefined;
  if (operand.kind === 'expression') return { kind: 'expression', expression: normalizeExpression(operand.expression) };
  const { value } = operand;
  return { kind: 'value', value: value.kind === 'concatenation' ? value : normalizeInterval(value) };
}

/** `warn` is the level of a log without one. */
function normalizeLog(statement: LogStatement): LogStatement {
  return {
    kind: 'log',
    prefix: statement.prefix === undefined ? undefined : logPrefix(statement.prefix),
    level: statement.level === 'warn' ? undefined : statement.level,
    group: statement.group,
    flags: logFlags.entries.map(([name]) => name).filter((name) => statement.flags.includes(name)),
  };
}
