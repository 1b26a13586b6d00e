/** Single changes of a ruleset, of every kind that a mistake in a compiler could make: what the proof has to notice. */
import type { BaseChain, Chain, Rule, Ruleset, Table, TableFamily } from '../../../src/ruleset/ruleset.ts';
import type { MapElement, SetElement } from '../../../src/ruleset/set.ts';
import type { MatchStatement, Statement } from '../../../src/ruleset/statement.ts';
import type { Interval, Value } from '../../../src/ruleset/value.ts';
import { everywhere, type Place, placesIn, statementsNaming } from './place.ts';

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
    const place = statementsNaming(table, set.name);
    for (const { kind, where, elements, changed } of elementMutations<SetElement>(set.elements, setElementChanges))
      yield {
        place,
        changed,
        kind: `set ${kind}`,
        where: `${set.name} ${where}`,
        table: { ...table, sets: table.sets.with(index, { ...set, elements }) },
      };
  }
  for (const [index, map] of table.maps.entries()) {
    const place = statementsNaming(table, map.name);
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
        place: [places.statement(index, statement)],
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

const verdict = (kind: 'accept' | 'drop'): Statement => ({ kind: 'verdict', verdict: { kind } });

/** What a statement may become; undefined: nothing. */
function* statementChanges(
  statement: Statement,
  { statements }: Rule,
): Generator<readonly [string, Statement | undefined]> {
  switch (statement.kind) {
    case 'match':
      yield [
        statements.some(({ kind }) => kind === 'nat') ? 'masquerade or translation widened' : 'match dropped',
        undefined,
      ];
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

/** What a number says is for the left side to tell. */
function named({ left }: MatchStatement, kind: string): string {
  if (kind !== 'number changed') return kind;
  if (left.kind === 'meta' && left.key === 'l4proto') return 'protocol changed';
  if (left.kind === 'payload' && (left.field === 'sport' || left.field === 'dport')) return 'port changed';
  return left.kind === 'payload' && left.field === 'type' ? 'message type changed' : kind;
}

function* matchChanges(statement: MatchStatement): Generator<readonly [string, MatchStatement]> {
  const { left, right } = statement;
  const isState = left.kind === 'ct' && left.key === 'state';
  if (right.kind === 'bits') {
    if (isState) {
      yield ['established widened to new', { ...statement, right: { kind: 'bits', bits: right.bits | 8 } }];
      yield ['established widened to invalid', { ...statement, right: { kind: 'bits', bits: right.bits | 1 } }];
      if ((right.bits & 4) !== 0)
        yield ['related lost', { ...statement, right: { kind: 'bits', bits: right.bits & ~4 } }];
    } else yield ['bits changed', { ...statement, right: { kind: 'bits', bits: right.bits << 1 } }];
    return;
  }
  if (right.kind === 'value') {
    if (isState)
      yield ['state changed', { ...statement, right: { kind: 'value', value: { kind: 'integer', value: 2 } } }];
    else
      for (const [kind, value] of valueChanges(right.value))
        yield [kind, { ...statement, right: { kind: 'value', value } }];
    return;
  }
  if (right.kind === 'set' && right.set.kind === 'anonymous' && right.set.elements.length > 1)
    yield [
      'anonymous element dropped',
      { ...statement, right: { kind: 'set', set: { kind: 'anonymous', elements: right.set.elements.slice(1) } } },
    ];
}

/** Changes of one constant, by what it is. */
function* valueChanges(value: Value): Generator<readonly [string, Value]> {
  if (value.kind !== 'concatenation') {
    for (const [kind, changed] of intervalChanges(value)) yield [kind, changed];
    return;
  }
  for (const [index, part] of value.parts.entries())
    for (const [kind, changed] of intervalChanges(part))
      yield [kind, { ...value, parts: value.parts.with(index, changed) }];
}

function* intervalChanges(value: Interval): Generator<readonly [string, Interval]> {
  switch (value.kind) {
    case 'address':
      yield ['address changed', { kind: 'address', address: { ...value.address, value: value.address.value ^ 1n } }];
      break;
    case 'prefix': {
      const { address, length } = value.prefix;
      const bits = address.family === 'ipv4' ? 32 : 128;
      if (length < bits) yield ['mask changed', { kind: 'prefix', prefix: { address, length: length + 1 } }];
      break;
    }
    case 'name':
      yield ['interface changed', { kind: 'name', name: value.name === 'lo' ? 'lo0' : 'lo' }];
      break;
    case 'range': {
      const { first, last } = value;
      if (first.kind === 'integer' && last.kind === 'integer' && first.value < last.value)
        yield ['range changed', { ...value, last: { kind: 'integer', value: last.value - 1 } }];
      break;
    }
    case 'integer':
      yield [
        value.value > 255 ? 'port changed' : 'number changed',
        { kind: 'integer', value: value.value === 6 ? 17 : value.value + 1 },
      ];
      break;
    default:
      break;
  }
}

interface ElementMutation<T> {
  readonly kind: string;
  readonly where: string;
  readonly elements: readonly T[];
  readonly changed: readonly T[];
}

function* elementMutations<T>(
  elements: readonly T[],
  changes: (element: T) => Iterable<readonly [string, T]>,
): Generator<ElementMutation<T>> {
  for (const [index, element] of elements.entries()) {
    const where = `element ${index + 1}`;
    yield { kind: 'element dropped', where, elements: elements.toSpliced(index, 1), changed: [element] };
    for (const [kind, changed] of changes(element))
      yield { kind: `element: ${kind}`, where, elements: elements.with(index, changed), changed: [element, changed] };
  }
}

function* setElementChanges(element: SetElement): Generator<readonly [string, SetElement]> {
  for (const [kind, value] of valueChanges(element.value)) yield [kind, { ...element, value }];
}

function* mapElementChanges(element: MapElement): Generator<readonly [string, MapElement]> {
  for (const [kind, key] of valueChanges(element.key)) yield [`key ${kind}`, { ...element, key }];
  if (element.data.kind === 'verdict') {
    const { verdict } = element.data;
    const other = verdict.kind === 'drop' ? ('accept' as const) : ('drop' as const);
    yield ['verdict changed', { ...element, data: { kind: 'verdict', verdict: { kind: other } } }];
    return;
  }
  for (const [kind, value] of valueChanges(element.data.value))
    yield [`target ${kind}`, { ...element, data: { kind: 'value', value } }];
}
