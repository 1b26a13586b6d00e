/** Compiles what rules write: marks and priorities of packets, marks of connections, and elements of sets. */
import type { Expression } from '../../ruleset/expression.ts';
import type { SetUpdateStatement } from '../../ruleset/statement.ts';
import { type EvaluationContext, unknownValue } from './context.ts';
import { compileParts, compileReader } from './expressions.ts';
import { compileKey } from './keys.ts';
import { dynamicKey, dynamicName } from './maps.ts';
import { describe, type StatementScope, type Step, stop } from './step.ts';

/** The step of `TARGET set VALUE`. */
export function compileAssignment(target: Expression, value: Expression, scope: StatementScope): Step {
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

/** The step of `add @SET { ... }` and its like. */
export function compileSetUpdate(statement: SetUpdateStatement, scope: StatementScope): Step {
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
