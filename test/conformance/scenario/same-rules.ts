/** Rules that were listed anew but are the ones that were loaded before: they keep their counts, as rules of a kernel do. */
import type { Chain, Rule, Ruleset, Table } from '../../../src/ruleset/ruleset.ts';

/** The new rule sets with every rule that was there before replaced by its former self. */
export function withFormerRules(before: readonly Ruleset[], after: readonly Ruleset[]): Ruleset[] {
  const former = new Map<string, Chain>();
  for (const table of before.flatMap(({ tables }) => tables))
    for (const chain of table.chains) former.set(keyOf(table, chain), chain);
  const chainOf = (table: Table, chain: Chain): Chain => {
    const known = former.get(keyOf(table, chain));
    return known === undefined ? chain : { ...chain, rules: joined(known.rules, chain.rules) };
  };
  return after.map(({ tables }) => ({
    tables: tables.map((table) => ({ ...table, chains: table.chains.map((chain) => chainOf(table, chain)) })),
  }));
}

function keyOf(table: Table, chain: Chain): string {
  return `${table.engine} ${table.family} ${table.name} ${chain.name}`;
}

/** Each new rule is matched with the next former one of the same text. */
function joined(before: readonly Rule[], after: readonly Rule[]): Rule[] {
  const texts = before.map(textOf);
  let next = 0;
  return after.map((rule) => {
    const place = texts.indexOf(textOf(rule), next);
    if (place < 0) return rule;
    next = place + 1;
    return before[place] ?? rule;
  });
}

function textOf(rule: Rule): string {
  return JSON.stringify(rule, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
}
