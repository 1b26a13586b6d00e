/** Checks the statements of a rule, in order. */
import type { Chain, Rule } from '../ruleset.ts';
import type { Statement } from '../statement.ts';
import { checkTarget } from './check-collection.ts';
import { checkAssign, checkLimit, checkLog, checkReject, checkSetUpdate } from './check-effects.ts';
import { checkMatch, checkVerdictMap } from './check-match.ts';
import { checkNat } from './check-nat.ts';
import type { Problems } from './problems.ts';
import { ProtocolTrack } from './protocol-track.ts';
import { isJump, type TableView } from './table-view.ts';

/** Where a rule stands. */
export interface RuleContext {
  readonly view: TableView;
  readonly chain: Chain;
  readonly problems: Problems;
}

export function checkRule(rule: Rule, context: RuleContext): void {
  const track = new ProtocolTrack(context.view.table.family);
  let ended = false;
  for (const statement of rule.statements) {
    if (ended) context.problems.add(`a statement (${statement.kind}) behind one that ends the rule`);
    track.pass(statement, context.problems);
    checkStatement(statement, context, track);
    ended = endsRule(statement);
  }
}

/** A verdict map can miss, and `continue` does nothing: statements may follow. */
function endsRule(statement: Statement): boolean {
  if (statement.kind === 'verdict') return statement.verdict.kind !== 'continue';
  return statement.kind === 'nat' || statement.kind === 'reject';
}

function checkStatement(statement: Statement, context: RuleContext, track: ProtocolTrack): void {
  switch (statement.kind) {
    case 'match':
      checkMatch(statement, context);
      break;
    case 'vmap':
      checkVerdictMap(statement, context);
      break;
    case 'verdict':
      if (isJump(statement.verdict)) checkTarget(statement.verdict.chain, context.view, context.problems);
      break;
    case 'nat':
      checkNat(statement, context, track);
      break;
    case 'reject':
      checkReject(statement, context);
      break;
    case 'assign':
      checkAssign(statement, context);
      break;
    case 'limit':
      checkLimit(statement, context);
      break;
    case 'log':
      checkLog(statement, context);
      break;
    case 'set-update':
      checkSetUpdate(statement, context);
      break;
    case 'counter':
    case 'notrack':
    case 'unknown':
      break;
  }
}
