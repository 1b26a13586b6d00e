/** Statements that let a packet through or not, as sets of packets. */
import type { Table } from '../../../ruleset/ruleset.ts';
import type { MapReference, SetReference } from '../../../ruleset/set.ts';
import type { MatchStatement, Verdict } from '../../../ruleset/statement.ts';
import { integer, rangeValue, type Value } from '../../../ruleset/value.ts';
import { empty, everything, type SetId } from '../../sets/diagrams.ts';
import { integerLimits, mapElements, partsOf } from '../../space/cuts-of-rules.ts';
import type { Space } from '../../space/space.ts';
import { describe } from '../reading/expression-text.ts';
import type { Reader } from '../reading/reader.ts';
import type { Reading } from '../reading/reading.ts';
import { type FieldReading, holdsIn, limitsOf } from './holds.ts';
import { type Lookups, rowsOfCollection, rowsSet } from './lookup.ts';
import { intervalsOf, type Row } from './rows.ts';

export interface MatchContext {
  readonly space: Space;
  readonly table: Table;
  readonly lookups: Lookups;
  readonly reader: Reader;
  /** Tells places apart whose unknown matches are different questions. */
  readonly place: string;
}

/** Packets that a match lets through. What is not known may hold or not: a choice. */
export function matchSet(context: MatchContext, statement: MatchStatement): SetId {
  const { space, reader } = context;
  const readings = partsOf(statement.left).map((part) => reader.read(part));
  if (readings.some(({ kind }) => kind === 'absent')) return empty;
  const has = space.diagrams.intersectAll(...readings.map((reading) => ('has' in reading ? reading.has : everything)));
  const result = positiveSet(context, statement, readings);
  if (result === 'unknown')
    return space.diagrams.intersect(has, space.choice(`${context.place}: ${describe(statement.left)}`));
  return statement.operator === '!=' ? space.diagrams.subtract(has, result) : space.diagrams.intersect(has, result);
}

function positiveSet(
  context: MatchContext,
  statement: MatchStatement,
  readings: readonly Reading[],
): SetId | 'unknown' {
  const { space } = context;
  const { right, operator } = statement;
  const [first] = readings;
  // A value that was blacked out where the rules were printed: equal to what a packet has, or not.
  if (right.kind === 'redacted') return 'unknown';
  if (right.kind === 'set') return setMembers(context, right.set, readings);
  if (right.kind === 'bits') return first === undefined ? 'unknown' : bitsSet(space, first, right.bits);
  if (operator === '==' || operator === '!=')
    return rowsSet(space, readings, [], [{ key: intervalsOf(right.value), data: [] }]);
  return first === undefined ? 'unknown' : comparedSet(space, first, operator, right.value);
}

/** At least one of the bits is set. */
function bitsSet(space: Space, reading: Reading, bits: number): SetId | 'unknown' {
  switch (reading.kind) {
    case 'cases':
      return space.diagrams.uniteAll(
        reading.cases.filter(({ value }) => typeof value === 'number' && (value & bits) !== 0).map(({ set }) => set),
      );
    case 'field': {
      if (reading.field !== 'tcpFlags') return 'unknown';
      const { tcpFlags } = space.partitions;
      return space.classes('tcpFlags', (index) => (Number(tcpFlags.firstOf(index)) & bits) !== 0);
    }
    case 'mark': {
      const levels = [...space.markLevels].filter(([bit]) => (((reading.mask & bits) >>> bit) & 1) === 1);
      return space.diagrams.uniteAll(levels.map(([, { current }]) => space.bit(current)));
    }
    default:
      return 'unknown';
  }
}

function comparedSet(
  space: Space,
  reading: Reading,
  operator: '<' | '>' | '<=' | '>=',
  value: Value,
): SetId | 'unknown' {
  if (value.kind === 'concatenation') return 'unknown';
  const holds = (shown: number | bigint, first: number | bigint, last: number | bigint): boolean =>
    operator === '<'
      ? shown < first
      : operator === '<='
        ? shown <= last
        : operator === '>'
          ? shown > last
          : shown >= first;
  if (reading.kind === 'field' && reading.prefixLength === undefined) {
    const limits = limitsOf(space, reading as FieldReading, value);
    if (limits === undefined) return 'unknown';
    const partition = space.partitionOf(reading.field);
    return space.classes(reading.field, (index) => holds(partition.firstOf(index), limits.first, limits.last));
  }
  const limits = integerLimits(value);
  if (limits === undefined) return 'unknown';
  if (reading.kind === 'mark') {
    // Up to the value that is compared with, or from it on; the rest for the other two operators.
    const upwards = operator === '>=' || operator === '<';
    const [first, last] = upwards ? [limits.first, 0xffff_ffff] : [0, limits.last];
    const within = holdsIn(space, reading, rangeValue(integer(first), integer(last)));
    if (within === 'unknown') return 'unknown';
    return operator === '>=' || operator === '<=' ? within : space.diagrams.complement(within);
  }
  if (reading.kind !== 'cases') return 'unknown';
  return space.diagrams.uniteAll(
    reading.cases
      .filter(({ value: shown }) => typeof shown !== 'string' && holds(shown, limits.first, limits.last))
      .map(({ set }) => set),
  );
}

function setMembers(context: MatchContext, reference: SetReference, readings: readonly Reading[]): SetId | 'unknown' {
  const { space, table, lookups } = context;
  const rows = (elements: readonly { readonly value: Value }[]): readonly Row[] =>
    elements.map(({ value }) => ({ key: intervalsOf(value), data: [] }));
  if (reference.kind === 'anonymous') return rowsSet(space, readings, [], rows(reference.elements));
  return lookups.find(table, `set ${reference.name}`, readings, () => {
    const set = table.sets.find(({ name }) => name === reference.name);
    if (set === undefined) return empty;
    return set.dynamic ? 'unknown' : rowsOfCollection(space, set.elements, readings, [], () => rows(set.elements));
  });
}

/**
 * Packets for each verdict of a verdict map, the first element that holds a key first; the rest misses. `alike`: verdicts
 * that do the same to packets are one.
 */
export function verdictSets(
  context: MatchContext,
  key: readonly Reading[],
  reference: MapReference,
  alike: boolean,
): readonly { readonly verdict: Verdict; readonly set: SetId }[] | 'unknown' {
  const { space, table, lookups } = context;
  const chains = lookups.chains(table);
  const groups = new Map<string, { readonly verdict: Verdict; readonly rows: Row[] }>();
  for (const element of mapElements(table, reference)) {
    if (element.data.kind !== 'verdict') return 'unknown';
    const { verdict } = element.data;
    const name = alike ? chains.deed(verdict) : 'chain' in verdict ? `${verdict.kind} ${verdict.chain}` : verdict.kind;
    const group = groups.get(name) ?? { verdict, rows: [] };
    group.rows.push({ key: intervalsOf(element.key), data: [] });
    groups.set(name, group);
  }
  const result: { verdict: Verdict; set: SetId }[] = [];
  for (const [name, { verdict, rows }] of groups) {
    const make = (): SetId | 'unknown' => rowsOfCollection(space, rows, key, [], () => rows);
    const set = reference.kind === 'named' ? lookups.find(table, `map ${reference.name} ${name}`, key, make) : make();
    if (set === 'unknown') return 'unknown';
    result.push({ verdict, set });
  }
  return result;
}
