/** Refuses rulesets that no kernel would take, before any tool sees them. */

import type { Ruleset, Table } from '../ruleset.ts';
import { RulesetError } from '../ruleset-error.ts';
import { checkBaseChain, checkJumps } from './check-chains.ts';
import { checkMap, checkSet } from './check-collection.ts';
import { checkName, checkUnique } from './check-names.ts';
import { checkRule } from './check-rule.ts';
import { Problems } from './problems.ts';
import { type TableView, viewOf } from './table-view.ts';

/**
 * A ruleset of these tables. Throws RulesetError, naming table, chain and rule, for what the kernel or nft 1.0.6 would refuse,
 * or load as something else.
 */
export function ruleset(tables: readonly Table[]): Ruleset {
  const result: Ruleset = { tables };
  const problems = checkRuleset(result);
  if (problems.length > 0) throw new RulesetError(problems);
  return result;
}

/** What is wrong with the nftables tables of a ruleset, one sentence each; takes time in proportion to its size. */
export function checkRuleset(candidate: Ruleset): readonly string[] {
  const problems = new Problems();
  checkUnique(
    candidate.tables.map((table) => `${table.family} ${table.name}`),
    'tables',
    problems,
  );
  for (const table of candidate.tables)
    if (table.engine === 'nftables')
      problems.at(`table ${table.family} ${table.name}`, () => checkTable(table, problems));
  return problems.list;
}

function checkTable(table: Table, problems: Problems): void {
  const view = viewOf(table);
  checkName(table.name, problems);
  checkUnique(
    table.chains.map((chain) => chain.name),
    'chains',
    problems,
  );
  checkUnique(
    [...table.sets, ...table.maps].map((collection) => collection.name),
    'sets or maps',
    problems,
  );
  checkCollections(table, view, problems);
  for (const chain of table.chains)
    problems.at(`chain ${chain.name}`, () => {
      checkName(chain.name, problems);
      if (chain.base !== undefined) checkBaseChain(chain.base, table.family, problems);
      for (const [index, rule] of chain.rules.entries())
        problems.at(`rule ${index + 1}`, () => checkRule(rule, { view, chain, problems }));
    });
  checkJumps(table, view, problems);
}

function checkCollections(table: Table, view: TableView, problems: Problems): void {
  for (const set of table.sets)
    problems.at(`set ${set.name}`, () => {
      checkName(set.name, problems);
      checkSet(set, problems);
    });
  for (const map of table.maps)
    problems.at(`map ${map.name}`, () => {
      checkName(map.name, problems);
      checkMap(map, view, problems);
    });
}
