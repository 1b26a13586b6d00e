/** Compiles statements into steps: each does one thing to the packet and says how its rule goes on. */
import type { Statement } from '../../ruleset/statement.ts';
import { compileAssignment, compileSetUpdate } from './assignments.ts';
import { compileLimit } from './limit.ts';
import { compileMatch } from './matches.ts';
import { compileNat } from './nat-requests.ts';
import { type StatementScope, type Step, stop } from './step.ts';
import { compileVerdict, compileVerdictMap } from './verdicts.ts';

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
    case 'counter':
      return compileCounter(
        'name' in statement && typeof statement.name === 'string' ? statement.name : undefined,
        scope,
      );
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

/** Counts packets and bytes in two numbers. */
function compileCounter(name: string | undefined, scope: StatementScope): Step {
  const slot = scope.counterSlot(name);
  return ({ state, packet }) => {
    state.numbers[slot] = (state.numbers[slot] ?? 0) + 1;
    state.numbers[slot + 1] = (state.numbers[slot + 1] ?? 0) + packet.length();
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
