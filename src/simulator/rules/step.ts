/** What a statement of a rule does to a packet, and how its rule goes on. */
import type { Expression } from '../../ruleset/expression.ts';
import type { EvaluationContext } from './context.ts';
import type { ExpressionScope } from './expressions.ts';
import type { Collections } from './maps.ts';

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

/** Ends the packet's way: what becomes of it is not known. */
export function stop(context: EvaluationContext, why: string): StepResult {
  context.unknown = why;
  return 'unknown';
}

/** A match that depends on something unmodelled: both results are explored where the rules are known to choose, else the verdict is unknown. */
export function open(context: EvaluationContext, varying: boolean, left: Expression): StepResult {
  const text = `${describe(left)} is not modelled`;
  if (!varying) return stop(context, text);
  return context.services.choose(2, text) === 0 ? 'mismatch' : 'next';
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
