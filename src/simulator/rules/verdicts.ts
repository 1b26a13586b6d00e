/** Compiles verdicts, and verdict maps. */
import type { MapElement } from '../../ruleset/set.ts';
import type { Verdict, VerdictMapStatement } from '../../ruleset/statement.ts';
import { type EvaluationContext, unknownValue } from './context.ts';
import { compileParts } from './expressions.ts';
import { compileKey, readPartialKey } from './keys.ts';
import { compileMap } from './maps.ts';
import { describe, type StatementScope, type Step, type StepResult, stop } from './step.ts';
import { varies } from './varies.ts';

/** The step of a verdict. */
export function compileVerdict(verdict: Verdict): Step {
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

/** The step of a verdict map. */
export function compileVerdictMap(statement: VerdictMapStatement, scope: StatementScope): Step {
  const map = compileMap(statement.map, scope.collections);
  const readers = compileParts(statement.key, { ...scope.expressions, byIndex: map.keyedByIndex });
  const key = compileKey(readers);
  const varying = varies(statement.key);
  const verdicts = new Map<Verdict, Step>();
  const find = (context: EvaluationContext): MapElement | StepResult => {
    const values = key(context);
    if (values === undefined) return 'mismatch';
    if (values !== unknownValue) return map.find(values) ?? 'mismatch'; // [16]
    const possible = map.candidates(readPartialKey(readers, context) ?? []);
    if (possible.length === 0) return 'mismatch';
    const text = `${describe(statement.key)} is not modelled`;
    if (!varying) return stop(context, text);
    return possible[context.services.choose(possible.length + 1, text)] ?? 'mismatch';
  };
  return (context) => {
    const element = find(context);
    if (typeof element !== 'object' || 'kind' in element) return element;
    context.element = element;
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
