/** What becomes of the constants of a rule, a set or a map, and of what a match asks for. */
import type { MapElement, SetElement } from '../../../src/ruleset/set.ts';
import type { MatchStatement } from '../../../src/ruleset/statement.ts';
import type { Interval, Value } from '../../../src/ruleset/value.ts';

/** What a number says is for the left side to tell. */
export function named({ left }: MatchStatement, kind: string): string {
  if (kind !== 'number changed') return kind;
  if (left.kind === 'meta' && left.key === 'l4proto') return 'protocol changed';
  if (left.kind === 'payload' && (left.field === 'sport' || left.field === 'dport')) return 'port changed';
  return left.kind === 'payload' && left.field === 'type' ? 'message type changed' : kind;
}

export function* matchChanges(statement: MatchStatement): Generator<readonly [string, MatchStatement]> {
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
export function* valueChanges(value: Value): Generator<readonly [string, Value]> {
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

export function* elementMutations<T>(
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

export function* setElementChanges(element: SetElement): Generator<readonly [string, SetElement]> {
  for (const [kind, value] of valueChanges(element.value)) yield [kind, { ...element, value }];
}

export function* mapElementChanges(element: MapElement): Generator<readonly [string, MapElement]> {
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
