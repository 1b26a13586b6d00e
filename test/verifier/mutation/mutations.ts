/** Single changes of a ruleset, of every kind that a mistake in a compiler could make: what the proof has to notice. */
import type { BaseChain, Chain, Rule, Ruleset, Table, TableFamily } from '../../../src/ruleset/ruleset.ts';
import type { MapElement, SetElement } from '../../../src/ruleset/set.ts';
import type { Statement } from '../../../src/ruleset/statement.ts';
import {
  elementMutations,
  mapElementChanges,
  matchChanges,
  named,
  setElementChanges,
  valueChanges,
} from './changes.ts';
import { type Change, everywhere, type Outcome, outcomeOf, type Place, placesIn, statementsNaming } from './place.ts';

export interface Mutation {
  readonly kind: string;
  readonly where: string;
  readonly mutant: readonly Ruleset[];
  /** The family of the table that is another one. */
  readonly family: TableFamily;
  /** Packets that nobody looks at there fare as before. */
  readonly place: Place;
  /** What was changed, before and after: its constants are what packets have to hit, or narrowly miss. */
  readonly changed: readonly unknown[];
}

/** All single mutations of rules that are loaded together, in a fixed order. */
export function* mutationsOf(rulesets: readonly Ruleset[]): Generator<Mutation> {
  for (const [place, ruleset] of rulesets.entries())
    for (const [index, table] of ruleset.tables.entries()) {
      const whole = (mutated: Table): readonly Ruleset[] =>
        rulesets.with(place, { tables: ruleset.tables.with(index, mutated) });
      const { family } = table;
      for (const { kind, where, table: mutated, place, changed } of tableMutations(table))
        yield { kind, where: `${family} ${where}`, mutant: whole(mutated), family, place, changed };
    }
}

interface TableMutation {
  readonly kind: string;
  readonly where: string;
  readonly table: Table;
  readonly place: Place;
  readonly changed: readonly unknown[];
}

function* tableMutations(table: Table): Generator<TableMutation> {
  for (const [index, chain] of table.chains.entries()) {
    for (const { kind, where, chain: mutated, ...rest } of chainMutations(table, chain))
      yield {
        ...rest,
        kind,
        where: `${chain.name} ${where}`,
        table: { ...table, chains: table.chains.with(index, mutated) },
      };
  }
  for (const [index, set] of table.sets.entries()) {
    const placeOf = statementsNaming(table, set.name);
    for (const { kind, where, elements, changed } of elementMutations<SetElement>(set.elements, setElementChanges))
      yield {
        place: placeOf(changeOf(kind)),
        changed,
        kind: `set ${kind}`,
        where: `${set.name} ${where}`,
        table: { ...table, sets: table.sets.with(index, { ...set, elements }) },
      };
  }
  for (const [index, map] of table.maps.entries()) {
    const place = statementsNaming(table, map.name)('other');
    for (const { kind, where, elements, changed } of elementMutations<MapElement>(map.elements, mapElementChanges))
      yield {
        place,
        changed,
        kind: `map ${kind}`,
        where: `${map.name} ${where}`,
        table: { ...table, maps: table.maps.with(index, { ...map, elements }) },
      };
  }
}

interface ChainMutation {
  readonly kind: string;
  readonly where: string;
  readonly chain: Chain;
  readonly place: Place;
  readonly changed: readonly unknown[];
}

function* chainMutations(table: Table, chain: Chain): Generator<ChainMutation> {
  const { rules, base } = chain;
  const places = placesIn(table, chain);
  if (base !== undefined) {
    for (const [kind, changed] of baseChanges(base))
      yield {
        kind,
        where: 'base',
        chain: { ...chain, base: changed },
        place: kind === 'policy changed' ? [places.end] : everywhere,
        changed: [],
      };
  }
  for (const [index, rule] of rules.entries()) {
    const where = `rule ${index + 1}`;
    const withRules = (changed: readonly Rule[]): Chain => ({ ...chain, rules: changed });
    const evaluated = [places.statement(index, 0)];
    const had = [places.effect(index)];
    const next = rules[index + 1];
    const orders: readonly (readonly [string, readonly Rule[] | undefined, Place])[] = [
      ['rule dropped', rules.toSpliced(index, 1), had],
      [
        'rules swapped',
        next === undefined ? undefined : rules.with(index, next).with(index + 1, rule),
        [...had, places.effect(index + 1)],
      ],
      ['rule moved to the end', index + 2 < rules.length ? [...rules.toSpliced(index, 1), rule] : undefined, evaluated],
      [
        'rule moved to the front',
        index > 1 ? [rule, ...rules.toSpliced(index, 1)] : undefined,
        [places.statement(0, 0)],
      ],
    ];
    for (const [kind, changed, place] of orders)
      if (changed !== undefined)
        yield {
          kind,
          where,
          chain: withRules(changed),
          place,
          changed: [rule, kind === 'rules swapped' ? next : rule],
        };
    for (const { kind, statement, rule: changed } of ruleChanges(rule))
      yield {
        kind,
        where,
        chain: withRules(rules.with(index, changed)),
        place: [places.statement(index, statement, concerned(rule.statements[statement], kind))],
        changed: [rule, changed],
      };
  }
}

function* baseChanges(base: BaseChain): Generator<readonly [string, BaseChain]> {
  yield ['policy changed', { ...base, policy: base.policy === 'accept' ? 'drop' : 'accept' }];
  if (base.type !== 'nat') yield ['priority changed', { ...base, priority: base.priority < 0 ? 50 : -250 }];
  if (base.type === 'filter' && base.hook === 'forward') yield ['hook changed', { ...base, hook: 'input' }];
  if (base.type === 'filter' && base.hook === 'input') yield ['hook changed', { ...base, hook: 'forward' }];
  if (base.type === 'filter' && base.hook === 'prerouting') yield ['hook changed', { ...base, hook: 'input' }];
}

interface RuleChange {
  readonly kind: string;
  /** The statement that is another one. */
  readonly statement: number;
  readonly rule: Rule;
}

function* ruleChanges(rule: Rule): Generator<RuleChange> {
  const { statements } = rule;
  for (const [index, statement] of statements.entries()) {
    for (const [kind, changed] of statementChanges(statement, rule))
      yield {
        kind,
        statement: index,
        rule: {
          ...rule,
          statements: changed === undefined ? statements.toSpliced(index, 1) : statements.with(index, changed),
        },
      };
  }
}

/** How the changed statement comes out for those whom the change concerns. */
function concerned(statement: Statement | undefined, kind: string): Outcome {
  // Without the match its rule goes on as for those for whom it held.
  if (statement?.kind === 'match' && (kind === 'match dropped' || kind === widened)) return 'failed';
  return statement === undefined ? 'any' : outcomeOf(statement, changeOf(kind));
}

/** Whether values are taken away from what is asked for, or added. */
function changeOf(kind: string): Change {
  if (/^established widened/.test(kind)) return 'more';
  return /(?:element dropped|mask changed|range changed|related lost)$/.test(kind) ? 'less' : 'other';
}

const widened = 'masquerade or translation widened';

const verdict = (kind: 'accept' | 'drop'): Statement => ({ kind: 'verdict', verdict: { kind } });

/** What a statement may become; undefined: nothing. */
function* statementChanges(
  statement: Statement,
  { statements }: Rule,
): Generator<readonly [string, Statement | undefined]> {
  switch (statement.kind) {
    case 'match':
      yield [statements.some(({ kind }) => kind === 'nat') ? widened : 'match dropped', undefined];
      yield ['negation flipped', { ...statement, operator: statement.operator === '!=' ? '==' : '!=' }];
      for (const [kind, changed] of matchChanges(statement)) yield [named(statement, kind), changed];
      break;
    case 'verdict': {
      const { verdict: own } = statement;
      if (own.kind === 'accept') yield ['accept becomes drop', verdict('drop')];
      if (own.kind === 'drop') yield ['drop becomes accept', verdict('accept')];
      if (own.kind === 'goto') yield ['goto becomes jump', { kind: 'verdict', verdict: { ...own, kind: 'jump' } }];
      if (own.kind === 'jump') yield ['jump becomes goto', { kind: 'verdict', verdict: { ...own, kind: 'goto' } }];
      if (own.kind === 'return') yield ['return becomes accept', verdict('accept')];
      break;
    }
    case 'vmap': {
      const { map } = statement;
      if (map.kind === 'named') break;
      for (const { kind, elements } of elementMutations<MapElement>(map.elements, mapElementChanges))
        yield [`verdict map ${kind}`, { ...statement, map: { kind: 'anonymous', elements } }];
      break;
    }
    case 'nat':
      yield [statement.type === 'masquerade' ? 'masquerade lost' : 'translation lost', undefined];
      for (const [what, operand] of [
        ['address', statement.address],
        ['port', statement.port],
      ] as const) {
        if (operand?.kind !== 'value') continue;
        for (const [kind, value] of valueChanges(operand.value))
          yield [`NAT target ${kind}`, { ...statement, [what]: { kind: 'value', value } }];
      }
      break;
    case 'reject':
      yield ['reject becomes drop', verdict('drop')];
      if (statement.with === 'tcp-reset')
        yield ['reject changed', { kind: 'reject', with: 'icmpx', code: 'admin-prohibited' }];
      break;
    case 'assign':
      yield ['mark not set', undefined];
      break;
    default:
      break;
  }
}
