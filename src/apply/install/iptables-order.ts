/** Whether packets get past our jumps: in iptables a verdict of others that stands before a jump ends the chain for it. */
import type { Chain, Rule, Table } from '../../ruleset/ruleset.ts';

/** `ours`: our jumps of a base chain. Drops of others before them only narrow, and what comes back changes nothing. */
export function isPassedBy(table: Table, { rules }: Chain, ours: (rule: Rule) => boolean): boolean {
  const first = rules.findIndex(ours);
  const chains = new Map(table.chains.map((chain) => [chain.name, chain]));
  return rules.slice(0, Math.max(0, first)).some((rule) => endsBase(rule, chains));
}

/** A `return` in a base chain is its policy, and so is what comes after a `goto`. */
function endsBase(rule: Rule, chains: ReadonlyMap<string, Chain>): boolean {
  return (
    lets(rule, chains, new Set()) ||
    rule.statements.some(
      (statement) =>
        statement.kind === 'verdict' && (statement.verdict.kind === 'return' || statement.verdict.kind === 'goto'),
    )
  );
}

/** Whether a rule may accept or translate, itself or in a chain that it goes to; each chain is looked at once. */
function lets({ statements }: Rule, chains: ReadonlyMap<string, Chain>, seen: Set<string>): boolean {
  return statements.some((statement) => {
    if (statement.kind === 'nat' || statement.kind === 'vmap') return true;
    if (statement.kind === 'unknown') return statement.effect === 'effect';
    if (statement.kind !== 'verdict') return false;
    const { verdict } = statement;
    if (verdict.kind === 'accept' || verdict.kind === 'queue') return true;
    if ((verdict.kind !== 'jump' && verdict.kind !== 'goto') || seen.has(verdict.chain)) return false;
    seen.add(verdict.chain);
    return (chains.get(verdict.chain)?.rules ?? []).some((one) => lets(one, chains, seen));
  });
}
