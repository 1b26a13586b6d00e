/** One form for each statement and expression that nftables JSON writes in only one way. */
import type { Expression } from '../../ruleset/expression.ts';
import type { MapElement, MapReference, SetElement, SetReference } from '../../ruleset/set.ts';
import type {
  LogStatement,
  MatchStatement,
  NatOperand,
  NatStatement,
  Operand,
  Statement,
} from '../../ruleset/statement.ts';
import { logFlags } from '../../ruleset/symbols.ts';
import { normalizeComment } from './comment.ts';
import { logPrefix } from './emit-json-statement.ts';
import { normalizeInterval, normalizeValue, valueKey } from './normalize-value.ts';

export function normalizeStatement(statement: Statement): Statement {
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

/** A mask compared with zero asks for bits. */
function normalizeMatch(statement: MatchStatement): MatchStatement {
  const left = normalizeExpression(statement.left);
  const right = normalizeOperand(statement.right);
  const { operator } = statement;
  const bits = operator === '==' || operator === '!=' ? maskedBits(left) : undefined;
  if (bits !== undefined && right.kind === 'value' && right.value.kind === 'integer' && right.value.value === 0)
    return {
      kind: 'match',
      left: bits.left,
      operator: operator === '!=' ? '==' : '!=',
      right: { kind: 'bits', bits: bits.mask },
    };
  return { kind: 'match', left, operator, right };
}

function maskedBits(left: Expression): { readonly left: Expression; readonly mask: number } | undefined {
  if (left.kind !== 'bitwise' || left.operation !== 'and') return undefined;
  const { right } = left;
  return right.kind === 'constant' && right.value.kind === 'integer'
    ? { left: left.left, mask: right.value.value }
    : undefined;
}

function normalizeOperand(operand: Operand): Operand {
  switch (operand.kind) {
    case 'value':
      return { kind: 'value', value: normalizeValue(operand.value) };
    case 'set':
      return { kind: 'set', set: normalizeSet(operand.set) };
    case 'bits':
      return operand;
  }
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
