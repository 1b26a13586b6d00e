/** The most rules that one packet can meet in a table's chains: the cost of a chain tree, counted on the rules themselves. */
import { isDeepStrictEqual } from 'node:util';
import type { Rule, Table } from '../../src/ruleset/ruleset.ts';

/** Rules in sequence count each; a jump adds its chain, a goto its chain instead of the rest. The dearest built-in chain. */
export function mostRulesMet(table: Table): number {
  const chains = new Map(table.chains.map((chain) => [chain.name, chain]));
  const known = new Map<string, number>();
  const met = (name: string): number => {
    const memo = known.get(name);
    if (memo !== undefined) return memo;
    let most = 0;
    let before = 0;
    const rules = chains.get(name)?.rules ?? [];
    // From the end: the rest costs `before` for those that go on.
    for (const [index, rule] of [...rules.entries()].reverse()) {
      const verdict = verdictOf(rule);
      const plain = 1 + before;
      if (verdict?.kind === 'goto' || (verdict?.kind === 'jump' && returnsBehind(rule, rules[index + 1])))
        before = Math.max(plain, 2 + met(verdict.chain));
      else before = verdict?.kind === 'jump' ? plain + met(verdict.chain) : plain;
      most = before;
    }
    known.set(name, most);
    return most;
  };
  return Math.max(0, ...table.chains.filter(({ base }) => base !== undefined).map(({ name }) => met(name)));
}

function verdictOf({ statements }: Rule) {
  const last = statements.at(-1);
  return last?.kind === 'verdict' ? last.verdict : undefined;
}

/** ebtables has no goto: a jump, and a return under the same conditions. */
function returnsBehind(rule: Rule, next: Rule | undefined): boolean {
  if (next === undefined || verdictOf(next)?.kind !== 'return') return false;
  return isDeepStrictEqual(rule.statements.slice(0, -1), next.statements.slice(0, -1));
}
