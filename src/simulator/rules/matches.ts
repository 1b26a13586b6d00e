/** Compiles matches: comparisons with constants and lookups in sets. */
import type { Expression } from '../../ruleset/expression.ts';
import type { MatchStatement } from '../../ruleset/statement.ts';
import type { Value } from '../../ruleset/value.ts';
import type { Datum } from '../packet/datum.ts';
import { type Reader, unknownValue } from './context.ts';
import { compileParts, compileReader } from './expressions.ts';
import { bounds, type CompiledInterval, compileValue, intervalHolds } from './interval.ts';
import { compileKey, readPartialKey } from './keys.ts';
import { compileSet } from './maps.ts';
import { compileRedacted } from './redacted.ts';
import { open, type StatementScope, type Step } from './step.ts';
import { varies } from './varies.ts';

/** The step of a match. */
export function compileMatch(statement: MatchStatement, scope: StatementScope): Step {
  const { left, right, operator } = statement;
  switch (right.kind) {
    case 'set':
      return compileSetMatch(left, operator !== '!=', right.set, scope);
    case 'bits': {
      const { bits } = right;
      const wanted = operator !== '!=';
      return guard(
        left,
        compileReader(left, scope.expressions),
        (value) => typeof value === 'number' && ((value & bits) !== 0) === wanted,
      );
    }
    case 'redacted':
      return compileRedacted(statement, right.text, scope);
    case 'value':
      return compileComparison(left, operator, right.value, scope);
  }
}

function compileSetMatch(
  left: Expression,
  wanted: boolean,
  reference: Extract<MatchStatement['right'], { kind: 'set' }>['set'],
  scope: StatementScope,
): Step {
  const set = compileSet(reference, scope.collections);
  const readers = compileParts(left, { ...scope.expressions, byIndex: set.keyedByIndex });
  const key = compileKey(readers);
  const varying = varies(left);
  return (context) => {
    const values = key(context);
    if (values === undefined) return 'mismatch';
    if (values === unknownValue) {
      const partial = readPartialKey(readers, context);
      if (partial !== undefined && !set.mayHold(partial)) return wanted ? 'mismatch' : 'next';
      return open(context, varying, left);
    }
    const element = set.find(values, context);
    if (element === undefined) return wanted ? 'mismatch' : 'next';
    context.element = element;
    return wanted ? 'next' : 'mismatch';
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
  const [single] = readers;
  const isSingle = single !== undefined && readers.length === 1;
  if (operator === '==' || operator === '!=') {
    const wanted = operator === '==';
    if (isSingle && first !== undefined && intervals.length === 1) return compileSingle(left, single, first, wanted);
    return compileFields(left, readers, intervals, wanted);
  }
  const limit = first === undefined ? undefined : bounds(first)?.first;
  if (!isSingle || limit === undefined) return () => 'mismatch'; // an order exists between single values only
  return guard(left, single, (value) => typeof value === typeof limit && isOrdered(value, operator, limit));
}

function isOrdered(value: Datum, operator: string, limit: Datum): boolean {
  switch (operator) {
    case '<':
      return value < limit;
    case '>':
      return value > limit;
    case '<=':
      return value <= limit;
    default:
      return value >= limit;
  }
}

/** The usual comparison, of one value with one interval. */
function compileSingle(left: Expression, read: Reader, interval: CompiledInterval, wanted: boolean): Step {
  const exact = interval.kind === 'exact' ? interval.value : undefined;
  if (exact !== undefined) return guard(left, read, (value) => (value === exact) === wanted);
  return guard(left, read, (value) => intervalHolds(interval, value) === wanted);
}

/** A concatenation compared with intervals, one a field. */
function compileFields(
  left: Expression,
  readers: readonly Reader[],
  intervals: readonly CompiledInterval[],
  wanted: boolean,
): Step {
  const key = compileKey(readers);
  const varying = varies(left);
  return (context) => {
    const values = key(context);
    if (values === undefined) return 'mismatch';
    if (values === unknownValue) return open(context, varying, left);
    if (values.length !== intervals.length) return 'mismatch';
    const holds = intervals.every((interval, index) => intervalHolds(interval, values[index] ?? ''));
    return holds === wanted ? 'next' : 'mismatch';
  };
}

function present(read: Reader): Reader {
  return (context) => {
    const value = read(context);
    return value === undefined || value === unknownValue ? value : value === 0 ? 0 : 1;
  };
}

/** A match that fails where the value is absent and stops where it is not modelled. */
function guard(left: Expression, read: Reader, test: (value: Datum) => boolean): Step {
  const varying = varies(left);
  return (context) => {
    const value = read(context);
    if (value === undefined) return 'mismatch';
    if (value === unknownValue) return open(context, varying, left);
    return test(value) ? 'next' : 'mismatch';
  };
}
