/**
 * Chains that only look something up, as they are written: packets come back from them, some with other marks, or are
 * translated. iptables has no maps, so what is a look-up in nftables is a tree of such chains there.
 */
import type { Expression } from '../../../ruleset/expression.ts';
import type { Chain, Rule } from '../../../ruleset/ruleset.ts';
import type { MatchStatement, NatStatement, Verdict } from '../../../ruleset/statement.ts';
import { Compared } from './compared.ts';
import { bothChanges, changesMark, type MarkChange, markChange, markKept } from './marks.ts';

export interface SearchShape {
  readonly steps: readonly SearchStep[];
  /** Everything that its rules, and those of chains that it leads to, look at; each once. */
  readonly compared: readonly Expression[];
  /** How deep its jumps nest. */
  readonly jumps: number;
  /** Whether some packets are translated. */
  readonly translates: boolean;
}

/** A rule of a search: what it compares with, what it does to the mark of what fits, and where that goes. */
export interface SearchStep {
  readonly matches: readonly MatchStatement[];
  readonly change: MarkChange;
  readonly verdict: SearchVerdict | NatStatement;
}

type SearchVerdict = Extract<Verdict, { kind: 'continue' | 'return' | 'jump' | 'goto' }>;

/** Undefined for chains that do more. `shapeOf`: of a chain by its name. */
export function searchShape(
  { rules }: Chain,
  shapeOf: (name: string) => SearchShape | undefined,
): SearchShape | undefined {
  const steps: SearchStep[] = [];
  const compared = new Compared();
  let jumps = 0;
  let translates = false;
  for (const rule of rules) {
    const step = stepOf(rule);
    if (step === undefined) return undefined;
    steps.push(step);
    compared.addMatches(step.matches);
    translates ||= step.verdict.kind === 'nat';
    if (!('chain' in step.verdict)) continue;
    const target = shapeOf(step.verdict.chain);
    if (target === undefined) return undefined;
    compared.addAll(target.compared);
    jumps = Math.max(jumps, target.jumps + 1);
    translates ||= target.translates;
  }
  return { steps, compared: compared.expressions, jumps, translates };
}

function stepOf({ statements }: Rule): SearchStep | undefined {
  const matches: MatchStatement[] = [];
  let change = markKept;
  let verdict: SearchStep['verdict'] | undefined;
  for (const statement of statements) {
    switch (statement.kind) {
      case 'match':
        // Behind a change of the mark it would be about something else.
        if (change !== markKept || verdict !== undefined) return undefined;
        matches.push(statement);
        break;
      case 'assign': {
        if (!changesMark(statement)) break;
        const more = markChange(statement.value);
        if (more === undefined || verdict !== undefined) return undefined;
        change = bothChanges(change, more);
        break;
      }
      case 'verdict':
        if (verdict !== undefined || !comesBack(statement.verdict)) return undefined;
        verdict = statement.verdict;
        break;
      case 'nat':
        // What a map of nftables gives depends on how its key is read.
        if (verdict !== undefined || [statement.address, statement.port].some((one) => one?.kind === 'expression'))
          return undefined;
        verdict = statement;
        break;
      case 'counter':
      case 'log':
        break;
      default:
        return undefined;
    }
  }
  return { matches, change, verdict: verdict ?? { kind: 'continue' } };
}

function comesBack(verdict: Verdict): verdict is SearchVerdict {
  return verdict.kind !== 'accept' && verdict.kind !== 'drop' && verdict.kind !== 'queue';
}
