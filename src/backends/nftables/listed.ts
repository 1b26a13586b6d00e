/** What a ruleset and the kernel's listing of it have in common: the form in which what was applied is compared with what is there. */

import { mapExpressions } from '../../ruleset/map-expressions.ts';
import type { Chain, Rule, Ruleset, Table, TableFamily } from '../../ruleset/ruleset.ts';
import type { MatchStatement, Statement } from '../../ruleset/statement.ts';
import type { Value } from '../../ruleset/value.ts';
import { foldBits } from './fold-bits.ts';
import { factOf, KnownProtocols, matchOf, type ProtocolFact, payloadProtocolOf } from './implied-protocols.ts';
import { normalize } from './normalize.ts';
import { valueKey } from './normalize-value.ts';

/**
 * The form of a ruleset that survives being loaded and listed by `nft -j list ruleset`: for a ruleset of ours it equals that of
 * its listing. On the way these are lost:
 * - counts of rules (those of elements are never read);
 * - comments of tables, chains, sets and maps, and `auto-merge` (1.0.6 does not read them from JSON);
 * - which protocol matches are written out, and where among the matches around them: nft adds the match that `tcp dport` or
 *   `ip saddr` needs, leaves it out when it lists the rule, and shows `th dport` behind `meta l4proto tcp` as `tcp dport`,
 *   `ip protocol tcp` before `tcp dport` not at all. Here each protocol is matched once, before the other matches of its run
 *   (statements that do something end a run, so what a counter or log sees does make a difference);
 * - the place of comparisons of header fields in their run, since nft joins those that lie side by side in a header;
 * - how operations on marks were written: `& 0xff | 0x100` is a mask and bits to flip;
 * - the order of tables (a table that is replaced moves to the end).
 */
export function asListed(ruleset: Ruleset): Ruleset {
  return canonicalAsListed(normalize(ruleset));
}

/** The same for a ruleset that was read from nftables JSON, which is in canonical form already. */
export function canonicalAsListed(ruleset: Ruleset): Ruleset {
  const key = (table: Table): string => `${table.family} ${table.name}`;
  const tables = ruleset.tables.map(listedTable);
  return { tables: tables.sort((left, right) => (key(left) < key(right) ? -1 : 1)) };
}

function listedTable(table: Table): Table {
  const { comment: _comment, ...rest } = table;
  return {
    ...rest,
    chains: table.chains.map((chain) => listedChain(chain, table.family)),
    sets: table.sets.map(({ comment: _lost, ...set }) => ({ ...set, autoMerge: false })),
    maps: table.maps.map(({ comment: _lost, ...map }) => ({ ...map, autoMerge: false })),
  };
}

function listedChain(chain: Chain, family: TableFamily): Chain {
  return { ...chain, rules: chain.rules.map((rule) => listedRule(rule, family)) };
}

function listedRule(rule: Rule, family: TableFamily): Rule {
  const known = new KnownProtocols(family);
  const statements: Statement[] = [];
  let run: Run = { facts: [], matches: [] };
  for (const statement of rule.statements) {
    const fact = factOf(statement, family);
    const repeated = fact !== undefined && known.number(fact.layer) === fact.number;
    const named = mapExpressions(withKnownTransport(statement, known), foldBits);
    run.facts.push(...known.pass(statement));
    if (fact !== undefined) {
      if (!repeated) run.facts.push(fact);
    } else if (named.kind === 'match') run.matches.push(named);
    else {
      statements.push(...written(run, family), withoutCounts(named));
      run = { facts: [], matches: [] };
    }
  }
  return { ...rule, statements: [...statements, ...written(run, family)] };
}

/** Matches between two statements that do something; their order makes no difference. */
interface Run {
  readonly facts: ProtocolFact[];
  readonly matches: MatchStatement[];
}

function written(run: Run, family: TableFamily): readonly Statement[] {
  const networks = run.facts.filter((fact) => fact.layer === 'network');
  const transports = run.facts.filter((fact) => fact.layer === 'transport');
  return [...[...networks, ...transports].map((fact) => matchOf(fact, family)), ...comparisonsFirst(run.matches)];
}

function comparisonsFirst(matches: readonly MatchStatement[]): readonly MatchStatement[] {
  const fields = matches.filter(comparesField);
  const rest = matches.filter((match) => !comparesField(match));
  return [...fields.sort((left, right) => (fieldKey(left) < fieldKey(right) ? -1 : 1)), ...rest];
}

function comparesField(match: MatchStatement): boolean {
  const { left, operator, right } = match;
  return left.kind === 'payload' && operator === '==' && right.kind === 'value' && isScalar(right.value);
}

function isScalar(value: Value): boolean {
  return value.kind === 'integer' || value.kind === 'address' || value.kind === 'mac';
}

function fieldKey(match: MatchStatement): string {
  const { left, right } = match;
  const field = left.kind === 'payload' ? `${left.protocol} ${left.field}` : '';
  return `${field} ${right.kind === 'value' ? valueKey(right.value) : ''}`;
}

/** Ports of any transport protocol are those of the one that is known. */
function withKnownTransport(statement: Statement, known: KnownProtocols): Statement {
  const number = known.number('transport');
  const protocol = number === undefined ? undefined : payloadProtocolOf(number);
  if (protocol === undefined) return statement;
  return mapExpressions(statement, (expression) =>
    expression.kind === 'payload' && expression.protocol === 'th' ? { ...expression, protocol } : expression,
  );
}

function withoutCounts(statement: Statement): Statement {
  return statement.kind === 'counter' ? { kind: 'counter', packets: 0, bytes: 0 } : statement;
}
