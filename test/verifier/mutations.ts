/** Single changes of a ruleset, of every kind that a mistake in a compiler could make: what the proof has to notice. */
import type { BaseChain, Chain, Rule, Ruleset, Table } from '../../src/ruleset/ruleset.ts';
import type { MapElement, SetElement } from '../../src/ruleset/set.ts';
import type { MatchStatement, Statement } from '../../src/ruleset/statement.ts';
import type { Interval, Value } from '../../src/ruleset/value.ts';

export interface Mutation {
  readonly kind: string;
  readonly where: string;
  readonly mutant: readonly Ruleset[];
}

/** All single mutations of rules that are loaded together, in a fixed order. */
export function* mutationsOf(rulesets: readonly Ruleset[]): Generator<Mutation> {
  for (const [place, ruleset] of rulesets.entries())
    for (const [index, table] of ruleset.tables.entries()) {
      const whole = (mutated: Table): readonly Ruleset[] =>
        rulesets.with(place, { tables: ruleset.tables.with(index, mutated) });
      for (const { kind, where, table: mutated } of tableMutations(table))
        yield { kind, where: `${table.family} ${where}`, mutant: whole(mutated) };
    }
}

interface TableMutation {
  readonly kind: string;
  readonly where: string;
  readonly table: Table;
}

function* tableMutations(table: Table): Generator<TableMutation> {
  for (const [index, chain] of table.chains.entries()) {
    for (const { kind, where, chain: mutated } of chainMutations(chain))
      yield { kind, where: `${chain.name} ${where}`, table: { ...table, chains: table.chains.with(index, mutated) } };
  }
  for (const [index, set] of table.sets.entries()) {
    for (const { kind, where, elements } of elementMutations<SetElement>(set.elements, setElementChanges))
      yield {
        kind: `set ${kind}`,
        where: `${set.name} ${where}`,
        table: { ...table, sets: table.sets.with(index, { ...set, elements }) },
      };
  }
  for (const [index, map] of table.maps.entries()) {
    for (const { kind, where, elements } of elementMutations<MapElement>(map.elements, mapElementChanges))
      yield {
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
}

function* chainMutations(chain: Chain): Generator<ChainMutation> {
  const { rules, base } = chain;
  if (base !== undefined) {
    for (const [kind, changed] of baseChanges(base)) yield { kind, where: 'base', chain: { ...chain, base: changed } };
  }
  for (const [index, rule] of rules.entries()) {
    const where = `rule ${index + 1}`;
    const withRules = (changed: readonly Rule[]): Chain => ({ ...chain, rules: changed });
    yield { kind: 'rule dropped', where, chain: withRules(rules.toSpliced(index, 1)) };
    const next = rules[index + 1];
    if (next !== undefined)
      yield { kind: 'rules swapped', where, chain: withRules(rules.with(index, next).with(index + 1, rule)) };
    if (index + 2 < rules.length)
      yield { kind: 'rule moved to the end', where, chain: withRules([...rules.toSpliced(index, 1), rule]) };
    if (index > 1)
      yield { kind: 'rule moved to the front', where, chain: withRules([rule, ...rules.toSpliced(index, 1)]) };
    for (const [kind, changed] of ruleChanges(rule))
      yield { kind, where, chain: withRules(rules.with(index, changed)) };
  }
}

function* baseChanges(base: BaseChain): Generator<readonly [string, BaseChain]> {
  yield ['policy changed', { ...base, policy: base.policy === 'accept' ? 'drop' : 'accept' }];
  if (base.type !== 'nat') yield ['priority changed', { ...base, priority: base.priority < 0 ? 50 : -250 }];
  if (base.type === 'filter' && base.hook === 'forward') yield ['hook changed', { ...base, hook: 'input' }];
  if (base.type === 'filter' && base.hook === 'input') yield ['hook changed', { ...base, hook: 'forward' }];
  if (base.type === 'filter' && base.hook === 'prerouting') yield ['hook changed', { ...base, hook: 'input' }];
}

function* ruleChanges(rule: Rule): Generator<readonly [string, Rule]> {
  const { statements } = rule;
  for (const [index, statement] of statements.entries()) {
    const replace = (changed: Statement): Rule => ({ ...rule, statements: statements.with(index, changed) });
    const remove = (): Rule => ({ ...rule, statements: statements.toSpliced(index, 1) });
    switch (statement.kind) {
      case 'match':
        yield [
          statements.some(({ kind }) => kind === 'nat') ? 'masquerade or translation widened' : 'match dropped',
          remove(),
        ];
        yield ['negation flipped', replace({ ...statement, operator: statement.operator === '!=' ? '==' : '!=' })];
        for (const [kind, changed] of matchChanges(statement)) yield [named(statement, kind), replace(changed)];
        break;
      case 'verdict': {
        const { verdict } = statement;
        if (verdict.kind === 'accept')
          yield ['accept becomes drop', replace({ kind: 'verdict', verdict: { kind: 'drop' } })];
        if (verdict.kind === 'drop')
          yield ['drop becomes accept', replace({ kind: 'verdict', verdict: { kind: 'accept' } })];
        if (verdict.kind === 'goto')
          yield ['goto becomes jump', replace({ kind: 'verdict', verdict: { ...verdict, kind: 'jump' } })];
        if (verdict.kind === 'jump')
          yield ['jump becomes goto', replace({ kind: 'verdict', verdict: { ...verdict, kind: 'goto' } })];
        if (verdict.kind === 'return')
          yield ['return becomes accept', replace({ kind: 'verdict', verdict: { kind: 'accept' } })];
        break;
      }
      case 'vmap': {
        const { map } = statement;
        if (map.kind === 'named') break;
        for (const { kind, elements } of elementMutations<MapElement>(map.elements, mapElementChanges))
          yield [`verdict map ${kind}`, replace({ ...statement, map: { kind: 'anonymous', elements } })];
        break;
      }
      case 'nat':
        yield [statement.type === 'masquerade' ? 'masquerade lost' : 'translation lost', remove()];
        for (const [what, operand] of [
          ['address', statement.address],
          ['port', statement.port],
        ] as const) {
          if (operand?.kind !== 'value') continue;
          for (const [kind, value] of valueChanges(operand.value))
            yield [`NAT target ${kind}`, replace({ ...statement, [what]: { kind: 'value', value } })];
        }
        break;
      case 'reject':
        yield ['reject becomes drop', replace({ kind: 'verdict', verdict: { kind: 'drop' } })];
        if (statement.with === 'tcp-reset')
          yield ['reject changed', replace({ kind: 'reject', with: 'icmpx', code: 'admin-prohibited' })];
        break;
      case 'assign':
        yield ['mark not set', remove()];
        break;
      default:
        break;
    }
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
}

function* elementMutations<T>(
  elements: readonly T[],
  changes: (element: T) => Iterable<readonly [string, T]>,
): Generator<ElementMutation<T>> {
  for (const [index, element] of elements.entries()) {
    const where = `element ${index + 1}`;
    yield { kind: 'element dropped', where, elements: elements.toSpliced(index, 1) };
    for (const [kind, changed] of changes(element))
      yield { kind: `element: ${kind}`, where, elements: elements.with(index, changed) };
  }
}

function* setElementChanges(element: SetElement): Generator<readonly [string, SetElement]> {
  for (const [kind, value] of valueChanges(element.value)) yield [kind, { ...element, value }];
}

function* mapElementChanges(element: MapElement): Generator<readonly [string, MapElement]> {
  for (const [kind, key] of valueChanges(element.key)) yield [`key ${kind}`, { ...element, key }];
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
