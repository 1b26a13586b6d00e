/** The canonical form of rules for iptables: what comes back when they are written and read again. */

import { orderNotInIptables } from '../../../diagnostics/catalogue/iptables.ts';
import { firstAddress, lastAddress } from '../../../net/prefix.ts';
import { type Expression, meta } from '../../../ruleset/expression.ts';
import type { Chain, Rule, Ruleset, Table } from '../../../ruleset/ruleset.ts';
import { equals, type MatchStatement, type Statement } from '../../../ruleset/statement.ts';
import { addressValue, integer, rangeValue, type Value } from '../../../ruleset/value.ts';
import { joins, writeMatch } from '../matches/index.ts';
import { comparedValue, integerOf, isMatch } from '../text/format.ts';
import type { IptablesFamily, MatchText, ReadContext } from '../text/module.ts';
import { protocolOfHeader } from '../text/protocols.ts';
import { basicPlace } from './basics-text.ts';
import { orderBridgeMatches } from './bridge-order.ts';
import { normalizeComment } from './comment.ts';
import type { Problem } from './problem.ts';
import { simplify } from './simplify.ts';

export interface NormalRule {
  readonly rule: Rule;
  readonly problem: Problem | undefined;
}

/** The parts of a rule in iptables' order: what every rule has, matches, counter, and one action. */
export function normalizeRule(rule: Rule, family: IptablesFamily): NormalRule {
  const plain = rule.statements.flatMap((statement) => simplify(statement, family));
  const counter = plain.find((statement) => statement.kind === 'counter');
  const uncounted = plain.filter((statement) => statement.kind !== 'counter');
  const firstAction = uncounted.findIndex(isAction);
  const comparing = firstAction === -1 ? uncounted : uncounted.slice(0, firstAction);
  const acting = firstAction === -1 ? [] : uncounted.slice(firstAction);
  const sorted = sortBasics(withProtocol(comparing, acting, family), family);
  const actions = family === 'bridge' ? withBridgeVerdict(acting) : acting;
  const statements = [...sorted.statements, ...(counter === undefined ? [] : [counter]), ...actions];
  const problem = sorted.problem ?? tooManyActions(acting, family);
  return { rule: { statements, ...normalizeComment(rule) }, problem };
}

function isAction(statement: Statement): boolean {
  switch (statement.kind) {
    case 'match':
    case 'limit':
    case 'counter':
      return false;
    case 'unknown':
      return statement.effect !== 'match';
    default:
      return true;
  }
}

function tooManyActions(acting: readonly Statement[], family: IptablesFamily): Problem | undefined {
  const allowed = family === 'bridge' ? acting.filter((statement) => !isWatcher(statement)) : acting;
  const marking = family === 'bridge' && allowed[0]?.kind === 'assign' && allowed[1]?.kind === 'verdict' ? 2 : 1;
  const extra = allowed[marking];
  if (extra === undefined) return undefined;
  return { entry: orderNotInIptables, message: 'a rule acts only once, at its end', statement: extra };
}

/** In ebtables logging stands beside the comparisons. */
export function isWatcher(statement: Statement): boolean {
  return statement.kind === 'log' || (statement.kind === 'unknown' && statement.effect === 'none');
}

/** A bridge rule always ends in a verdict: going on, when nothing else is said. */
function withBridgeVerdict(acting: readonly Statement[]): readonly Statement[] {
  const last = acting.at(-1);
  if (last !== undefined && !isWatcher(last) && last.kind !== 'assign') return acting;
  return [...acting, { kind: 'verdict', verdict: { kind: 'continue' } }];
}

/** The protocol that headers imply has to be said: a rule with `tcp dport` gets `meta l4proto tcp`. */
function withProtocol(
  comparing: readonly Statement[],
  acting: readonly Statement[],
  family: IptablesFamily,
): readonly Statement[] {
  if (family === 'bridge' || comparing.some(isProtocolMatch)) return comparing;
  const implied = comparing.flatMap((statement) => (statement.kind === 'match' ? headersOf(statement.left) : []))[0];
  const reset = acting.some((statement) => statement.kind === 'reject' && statement.with === 'tcp-reset');
  const protocol = implied ?? (reset ? 6 : undefined);
  return protocol === undefined ? comparing : [equals(meta('l4proto'), integer(protocol)), ...comparing];
}

function isProtocolMatch(statement: Statement): boolean {
  return statement.kind === 'match' && statement.left.kind === 'meta' && statement.left.key === 'l4proto';
}

function headersOf(expression: Expression): readonly number[] {
  switch (expression.kind) {
    case 'payload': {
      const protocol = protocolOfHeader(expression.protocol);
      return protocol === undefined ? [] : [protocol];
    }
    case 'tcp-option':
      return [6];
    case 'bitwise':
      return [...headersOf(expression.left), ...headersOf(expression.right)];
    case 'concat':
      return expression.parts.flatMap(headersOf);
    default:
      return [];
  }
}

interface Sorted {
  readonly statements: readonly Statement[];
  readonly problem: Problem | undefined;
}

/** Puts what iptables compares first in front, one of each kind; a second address becomes a range, which has its own match. */
function sortBasics(statements: readonly Statement[], family: IptablesFamily): Sorted {
  const basics = new Map<number, Statement>();
  const others: Statement[] = [];
  let stateful: Statement | undefined;
  let problem: Problem | undefined;
  for (const statement of statements) {
    const place = basicPlace(statement, family);
    const before = place === undefined ? undefined : basics.get(place);
    if (place === undefined) others.push(statement);
    else if (before === undefined) basics.set(place, statement);
    else if (!sameStatement(before, statement)) others.push(asAddressRange(statement) ?? statement);
    if (place !== undefined && before === undefined) problem ??= movedBefore(stateful);
    if (place === undefined && !isPure(statement)) stateful ??= statement;
  }
  const ordered = [...basics].sort(([left], [right]) => left - right).map(([, statement]) => statement);
  const protocol = protocolOf(ordered);
  const matches = family === 'bridge' ? orderBridgeMatches(others) : sortOptions(others, { family, protocol });
  return { statements: [...ordered, ...matches], problem };
}

/** The protocol that a rule names, unless it excludes one. */
export function protocolOf(statements: readonly Statement[]): number | undefined {
  const named = statements.find(isProtocolMatch);
  return isMatch(named) && named.operator === '==' ? integerOf(comparedValue(named)) : undefined;
}

/** Statements that one option says, with the option; without one they cannot be said. */
interface Said {
  readonly option: MatchText | undefined;
  readonly statements: readonly Statement[];
}

function sayEach(statements: readonly Statement[], context: ReadContext): readonly Said[] {
  const result: Said[] = [];
  for (let index = 0; index < statements.length; ) {
    const statement = statements[index];
    if (statement === undefined) break;
    const option = writeMatch(statement, statements[index + 1], context);
    const count = option?.statements ?? 1;
    result.push({ option, statements: statements.slice(index, index + count) });
    index += count;
  }
  return result;
}

interface Option {
  readonly option: MatchText;
  readonly statements: readonly Statement[];
}

/**
 * Options that share a module stand in the module's own order. Of neighbours in one module each goes to the first use of it
 * that has no such option yet.
 */
function sortOptions(statements: readonly Statement[], context: ReadContext): readonly Statement[] {
  const result: Statement[] = [];
  let uses: Option[][] = [];
  const close = (): void => {
    for (const use of uses) {
      use.sort((left, right) => left.option.rank - right.option.rank);
      result.push(...use.flatMap((member) => member.statements));
    }
    uses = [];
  };
  for (const { option, statements: said } of withModulesTogether(sayEach(statements, context))) {
    if (option === undefined) {
      close();
      result.push(...said);
      continue;
    }
    if (uses[0]?.[0]?.option.module !== option.module) close();
    const use = uses.find((members) =>
      joins(
        option,
        members.map((member) => member.option),
      ),
    );
    if (use === undefined) uses.push([{ option, statements: said }]);
    else use.push({ option, statements: said });
  }
  close();
  return result;
}

/**
 * Modules whose uses stand together: iptables-nft lists all that a rule says of the TCP or UDP header as one match, and
 * `mark` and `connmark` have an option of the same name, which confuses the tool when they take turns.
 */
const unitedModules: ReadonlySet<string> = new Set(['tcp', 'udp', 'mark', 'connmark']);

/** Moves later uses of such modules to their first one, as far as nothing with a state of its own is in between. */
function withModulesTogether(all: readonly Said[]): readonly Said[] {
  const stateful = all.findIndex((said) => !said.statements.every(isPure));
  const end = stateful === -1 ? all.length : stateful;
  const places = new Map<string, number>();
  const keyed = all.map((said, index) => {
    const module = said.option?.module;
    if (module === undefined || !unitedModules.has(module) || index >= end) return { said, place: index };
    const place = places.get(module) ?? index;
    places.set(module, place);
    return { said, place };
  });
  return keyed.sort((left, right) => left.place - right.place).map(({ said }) => said);
}

function movedBefore(stateful: Statement | undefined): Problem | undefined {
  if (stateful === undefined) return undefined;
  const message = 'addresses, interfaces and the protocol are compared before this, not after it';
  return { entry: orderNotInIptables, message, statement: stateful };
}

/** Whether comparing it earlier or later makes no difference. */
function isPure(statement: Statement): boolean {
  return statement.kind === 'match' && statement.left.kind !== 'numgen';
}

function sameStatement(left: Statement, right: Statement): boolean {
  return statementKey(left) === statementKey(right);
}

/** A text that is equal exactly for equal statements. */
export function statementKey(statement: Statement): string {
  return JSON.stringify(statement, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}

function asAddressRange(statement: Statement): MatchStatement | undefined {
  if (statement.kind !== 'match' || statement.left.kind !== 'payload' || statement.right.kind !== 'value')
    return undefined;
  const range = rangeOf(statement.right.value);
  return range === undefined ? undefined : { ...statement, right: { kind: 'value', value: range } };
}

function rangeOf(value: Value): Value | undefined {
  if (value.kind === 'address') return rangeValue(value, value);
  if (value.kind !== 'prefix') return undefined;
  return rangeValue(addressValue(firstAddress(value.prefix)), addressValue(lastAddress(value.prefix)));
}

/** A ruleset in the form in which it reads back; rules that cannot be written stay as near to it as they are. */
export function normalizeIptables(ruleset: Ruleset): Ruleset {
  return { tables: ruleset.tables.map(normalizeTable) };
}

function normalizeTable(table: Table): Table {
  const { family } = table;
  if (family !== 'ip' && family !== 'ip6' && family !== 'bridge') return table;
  const chains = table.chains.map(
    (chain): Chain => ({ ...chain, rules: chain.rules.map((rule) => normalizeRule(rule, family).rule) }),
  );
  return { family, name: table.name, engine: table.engine, chains, sets: table.sets, maps: table.maps };
}
