/** Compiles statements into steps: each does one thing to the packet and says how its rule goes on. */
import type { Expression } from '../../ruleset/expression.ts';
import type { MapElement } from '../../ruleset/set.ts';
import type { NatOperand, NatStatement, Statement, Verdict } from '../../ruleset/statement.ts';
import type { Value } from '../../ruleset/value.ts';
import type { AddressDatum, Datum } from '../packet/datum.ts';
import { type EvaluationContext, type Reader, unknownValue } from './context.ts';
import { compileKey, compileParts, compileReader, type ExpressionScope, readPartialKey } from './expressions.ts';
import { bounds, type CompiledInterval, compileValue, intervalHolds } from './interval.ts';
import { compileLimit } from './limit.ts';
import { type Collections, compileMap, compileSet, dynamicKey, dynamicName, type Limits, limitsOf } from './maps.ts';
import { varies } from './varies.ts';

/** How a rule goes on after a statement. Jumps carry the chain's name. */
export type StepResult =
  | 'next'
  | 'mismatch'
  | 'accept'
  | 'drop'
  | 'return'
  | 'unknown'
  | 'nat'
  | 'reject'
  | { readonly kind: 'jump' | 'goto'; readonly chain: string };

export type Step = (context: EvaluationContext) => StepResult;

export interface StatementScope {
  readonly expressions: ExpressionScope;
  readonly collections: Collections;
  /** Slot of a counter, shared by all that name it. */
  counterSlot(name: string | undefined): number;
}

/** The step of a statement. */
export function compileStatement(statement: Statement, scope: StatementScope): Step {
  switch (statement.kind) {
    case 'match':
      return compileMatch(statement, scope);
    case 'vmap':
      return compileVerdictMap(statement, scope);
    case 'verdict':
      return compileVerdict(statement.verdict);
    case 'nat':
      return compileNat(statement, scope);
    case 'reject':
      return (context) => {
        context.reject = statement;
        return 'reject';
      };
    case 'assign':
      return compileAssignment(statement.target, statement.value, scope);
    case 'counter': {
      const slot = scope.counterSlot(
        'name' in statement && typeof statement.name === 'string' ? statement.name : undefined,
      );
      return ({ state, packet }) => {
        state.numbers[slot] = (state.numbers[slot] ?? 0) + 1;
        state.numbers[slot + 1] = (state.numbers[slot + 1] ?? 0) + packet.length();
        return 'next';
      };
    }
    case 'limit':
      return compileLimit(statement, scope.expressions.layout);
    case 'log':
      return () => 'next'; // [144]
    case 'notrack':
      return ({ packet }) => {
        if (packet.connection === undefined) packet.info = 'untracked'; // [45]
        return 'next';
      };
    case 'set-update':
      return compileSetUpdate(statement, scope);
    case 'unknown':
      return compileUnknown(statement);
  }
}

/** A match that depends on something unmodelled: both results are explored where the rules are known to choose, else the verdict is unknown. */
function open(context: EvaluationContext, varying: boolean, left: Expression): StepResult {
  const text = `${describe(left)} is not modelled`;
  if (!varying) return stop(context, text);
  return context.services.choose(2, text) === 0 ? 'mismatch' : 'next';
}

function stop(context: EvaluationContext, why: string): StepResult {
  context.unknown = why;
  return 'unknown';
}

function compileMatch(statement: Extract<Statement, { kind: 'match' }>, scope: StatementScope): Step {
  const { right, operator } = statement;
  if (right.kind === 'set') {
    const set = compileSet(right.set, scope.collections);
    const readers = compileParts(statement.left, { ...scope.expressions, byIndex: set.keyedByIndex });
    const key = compileKey(readers);
    const varying = varies(statement.left);
    return (context) => {
      const values = key(context);
      if (values === undefined) return 'mismatch';
      if (values === unknownValue) {
        const partial = readPartialKey(readers, context);
        if (partial !== undefined && !set.mayHold(partial)) return operator === '!=' ? 'next' : 'mismatch';
        return open(context, varying, statement.left);
      }
      const origins = set.find(values, context);
      if (origins !== undefined) context.elementOrigins = origins;
      return (origins !== undefined) === (operator !== '!=') ? 'next' : 'mismatch';
    };
  }
  if (right.kind === 'bits') {
    const read = compileReader(statement.left, scope.expressions);
    const { bits } = right;
    return guard(
      statement.left,
      [read],
      ([value]) => typeof value === 'number' && ((value & bits) !== 0) === (operator !== '!='),
    );
  }
  if (right.kind === 'redacted') return compileRedacted(statement, right.text, scope);
  return compileComparison(statement.left, operator, right.value, scope);
}

/**
 * A blacked-out constant: both ways are followed, but what was said of a value is kept, and only one value (or prefix) is it.
 * Every occurrence is a constant of its own.
 */
function compileRedacted(
  { left, operator }: Extract<Statement, { kind: 'match' }>,
  text: string,
  scope: StatementScope,
): Step {
  const read = compileReader(left, scope.expressions);
  const place = {};
  const single = !text.includes('/');
  return (context) => {
    const value = read(context);
    if (value === undefined) return 'mismatch';
    if (value === unknownValue) return open(context, true, left);
    const answers = context.state.redacted.get(place) ?? new Map<string, boolean>();
    context.state.redacted.set(place, answers);
    const key = dynamicKey([value]);
    let same = answers.get(key);
    if (same === undefined) {
      const excluded = single && [...answers.values()].includes(true);
      same = !excluded && context.services.choose(2, `${describe(left)} is ${text}`) === 0;
      answers.set(key, same);
    }
    return same === (operator !== '!=') ? 'next' : 'mismatch';
  };
}

function compileComparison(left: Expression, operator: string, right: Value, scope: StatementScope): Step {
  const intervals = compileValue(right);
  const first = intervals[0];
  const byIndex = first !== undefined && first.kind === 'exact' && typeof first.value === 'number';
  let readers = compileParts(left, { ...scope.expressions, byIndex });
  if (left.kind === 'fib' && left.result === 'oif' && byIndex && (first.value === 0 || first.value === 1)) {
    const index = readers[0];
    if (index !== undefined) readers = [present(index)]; // `exists` and `missing`
  }
  if (operator === '==' || operator === '!=') {
    const wanted = operator === '==';
    const [single] = readers;
    if (single !== undefined && readers.length === 1 && first !== undefined && intervals.length === 1)
      return compileSingle(left, single, first, wanted);
    return guard(left, readers, (values) => {
      if (values.length !== intervals.length) return false;
      return intervals.every((interval, index) => intervalHolds(interval, values[index] ?? '')) === wanted;
    });
  }
  const limit = first === undefined ? undefined : bounds(first)?.first;
  return guard(left, readers, ([value]) => {
    if (value === undefined || limit === undefined || typeof value !== typeof limit) return false;
    return operator === '<'
      ? value < limit
      : operator === '>'
        ? value > limit
        : operator === '<='
          ? value <= limit
          : value >= limit;
  });
}

/** The usual comparison, of one value with one interval. */
function compileSingle(left: Expression, read: Reader, interval: CompiledInterval, wanted: boolean): Step {
  const varying = varies(left);
  const exact = interval.kind === 'exact' ? interval.value : undefined;
  return (context) => {
    const value = read(context);
    if (value === undefined) return 'mismatch';
    if (value === unknownValue) return open(context, varying, left);
    const holds = exact === undefined ? intervalHolds(interval, value) : value === exact;
    return holds === wanted ? 'next' : 'mismatch';
  };
}

function present(read: Reader): Reader {
  return (context) => {
    const value = read(context);
    return value === undefined || value === unknownValue ? value : value === 0 ? 0 : 1;
  };
}

/** A match that fails where a value is absent and stops where one is not modelled. */
function guard(left: Expression, readers: readonly Reader[], test: (values: readonly Datum[]) => boolean): Step {
  const single = readers.length === 1 ? readers[0] : undefined;
  const varying = varies(left);
  if (single !== undefined) {
    return (context) => {
      const value = single(context);
      if (value === undefined) return 'mismatch';
      if (value === unknownValue) return open(context, varying, left);
      return test([value]) ? 'next' : 'mismatch';
    };
  }
  const key = compileKey(readers);
  return (context) => {
    const values = key(context);
    if (values === undefined) return 'mismatch';
    if (values === unknownValue) return open(context, varying, left);
    return test(values) ? 'next' : 'mismatch';
  };
}

/** An expression in words close to nftables', for reports. */
export function describe(expression: Expression): string {
  switch (expression.kind) {
    case 'payload':
      return `${expression.protocol} ${expression.field}`;
    case 'raw-payload':
      return `@${expression.base},${expression.offset},${expression.length}`;
    case 'meta':
      return `meta ${expression.key}`;
    case 'ct':
      return `ct ${expression.direction ?? ''} ${expression.key}`.replace(/ +/g, ' ');
    case 'concat':
      return expression.parts.map(describe).join(' . ');
    default:
      return expression.kind;
  }
}

function compileVerdict(verdict: Verdict): Step {
  switch (verdict.kind) {
    case 'accept':
      return () => 'accept';
    case 'drop':
      return () => 'drop';
    case 'continue':
      return () => 'next';
    case 'return':
      return () => 'return';
    case 'jump':
    case 'goto': {
      const target = { kind: verdict.kind, chain: verdict.chain };
      return () => target;
    }
    case 'queue':
      return (context) => stop(context, `queued to a program: ${verdict.text}`);
  }
}

function compileVerdictMap(statement: Extract<Statement, { kind: 'vmap' }>, scope: StatementScope): Step {
  const map = compileMap(statement.map, scope.collections);
  const readers = compileParts(statement.key, { ...scope.expressions, byIndex: map.keyedByIndex });
  const key = compileKey(readers);
  const varying = varies(statement.key);
  const verdicts = new Map<Verdict, Step>();
  const find = (context: EvaluationContext): MapElement | StepResult => {
    const values = key(context);
    if (values === undefined) return 'mismatch';
    if (values !== unknownValue) return map.find(values, context) ?? 'mismatch'; // [16]
    const possible = map.candidates(readPartialKey(readers, context) ?? []);
    if (possible.length === 0) return 'mismatch';
    const text = `${describe(statement.key)} is not modelled`;
    if (!varying) return stop(context, text);
    return possible[context.services.choose(possible.length + 1, text)] ?? 'mismatch';
  };
  return (context) => {
    const element = find(context);
    if (typeof element !== 'object' || 'kind' in element) return element;
    context.elementOrigins = element.origins;
    if (element.data.kind !== 'verdict') return stop(context, 'a verdict map holds a value');
    const { verdict } = element.data;
    let step = verdicts.get(verdict);
    if (step === undefined) {
      step = compileVerdict(verdict);
      verdicts.set(verdict, step);
    }
    return step(context);
  };
}

/** Reads an operand of a NAT statement: one interval, or two where a map's data is address and port. */
function compileOperand(
  operand: NatOperand,
  scope: StatementScope,
): (context: EvaluationContext) => readonly Limits[] | undefined | typeof unknownValue {
  if (operand.kind === 'value') {
    const limits = limitsOf(operand.value);
    return () => limits;
  }
  const { expression } = operand;
  if (expression.kind !== 'map') {
    const key = compileKey(compileParts(expression, scope.expressions));
    return (context) => {
      const values = key(context);
      return values === undefined || values === unknownValue
        ? values
        : values.map((value) => ({ first: value, last: value }));
    };
  }
  const map = compileMap(expression.map, scope.collections);
  const key = compileKey(compileParts(expression.key, { ...scope.expressions, byIndex: map.keyedByIndex }));
  return (context) => {
    const values = key(context);
    if (values === undefined || values === unknownValue) return values;
    const found = map.findLimits(values);
    if (found === undefined) return undefined; // a miss leaves the rule unmatched [79]
    context.elementOrigins = found.element.origins;
    return found.limits ?? unknownValue;
  };
}

function compileNat(statement: NatStatement, scope: StatementScope): Step {
  const address = statement.address === undefined ? () => [] : compileOperand(statement.address, scope);
  const port = statement.port === undefined ? () => [] : compileOperand(statement.port, scope);
  const random = statement.flags.includes('random') || statement.flags.includes('fully-random');
  const persistent = statement.flags.includes('persistent');
  return (context) => {
    const { family } = context.packet;
    if (statement.family !== undefined && (statement.family === 'ip') !== (family === 'ipv4')) return 'mismatch'; // [86]
    const addresses = address(context);
    const ports = port(context);
    if (addresses === undefined || ports === undefined) return 'mismatch';
    if (addresses === unknownValue || ports === unknownValue)
      return stop(context, `the target of ${statement.type} is not modelled`);
    const target = addresses[0];
    const portRange = ports[0] ?? addresses[1];
    context.nat = {
      type: statement.type,
      firstAddress: addressOf(target?.first),
      lastAddress: addressOf(target?.last),
      firstPort: portOf(portRange?.first),
      lastPort: portOf(portRange?.last),
      shiftBase: statement.shiftBase,
      random,
      persistent,
    };
    return 'nat';
  };
}

function addressOf(value: Datum | undefined): AddressDatum | undefined {
  return typeof value === 'string' ? undefined : value;
}

function portOf(value: Datum | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function compileAssignment(target: Expression, value: Expression, scope: StatementScope): Step {
  const read = compileReader(value, scope.expressions);
  const assign = assigner(target);
  return (context) => {
    const result = read(context);
    if (result === undefined) return 'mismatch';
    if (result === unknownValue || typeof result !== 'number')
      return stop(context, `${describe(value)} is not modelled`);
    return assign(context, result) ? 'next' : stop(context, `setting ${describe(target)} is not modelled`);
  };
}

function assigner(target: Expression): (context: EvaluationContext, value: number) => boolean {
  if (target.kind === 'meta' && target.key === 'mark') {
    return ({ packet }, value) => {
      packet.mark = value; // [50]
      return true;
    };
  }
  if (target.kind === 'meta' && target.key === 'priority') {
    return ({ packet }, value) => {
      packet.priority = value;
      return true;
    };
  }
  if (target.kind === 'meta' && target.key === 'nftrace') return () => true;
  if (target.kind === 'ct' && target.key === 'mark') {
    return ({ packet }, value) => {
      if (packet.connection !== undefined) packet.connection.mark = value;
      return true;
    };
  }
  if (target.kind === 'payload' && target.field === 'dscp') {
    return ({ packet }, value) => {
      packet.trafficClass = (value << 2) | (packet.trafficClass & 3);
      return true;
    };
  }
  return () => false;
}

function compileSetUpdate(statement: Extract<Statement, { kind: 'set-update' }>, scope: StatementScope): Step {
  const key = compileKey(compileParts(statement.key, scope.expressions));
  const name = dynamicName(scope.collections, statement.set);
  const declared = scope.collections.sets.get(statement.set)?.timeout;
  const timeout = statement.timeout ?? declared;
  return (context) => {
    const values = key(context);
    if (values === undefined) return 'mismatch';
    if (values === unknownValue) return stop(context, `${describe(statement.key)} is not modelled`);
    const elements = context.state.dynamic.get(name) ?? new Map<string, number>();
    context.state.dynamic.set(name, elements);
    const text = dynamicKey(values);
    const { now } = context.services;
    if (statement.operation === 'delete') elements.delete(text);
    else if (statement.operation === 'update' || (elements.get(text) ?? 0) <= now) {
      elements.set(text, timeout === undefined ? Number.POSITIVE_INFINITY : now + timeout * 1000);
    }
    return 'next';
  };
}

function compileUnknown(statement: Extract<Statement, { kind: 'unknown' }>): Step {
  switch (statement.effect) {
    case 'none':
      return () => 'next';
    case 'match':
      return ({ services }) => (services.choose(2, statement.text) === 0 ? 'next' : 'mismatch');
    case 'effect':
      return (context) => stop(context, statement.text);
  }
}
