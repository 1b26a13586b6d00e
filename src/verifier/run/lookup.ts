/** Sets and maps as sets of packets: which packets show a key that one of the elements holds. Built once for each way of reading the key. */
import type { Rule, Table } from '../../ruleset/ruleset.ts';
import type { Interval, Value } from '../../ruleset/value.ts';
import { type Box, boxesSet } from '../sets/boxes.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import type { Field } from '../space/fields.ts';
import type { Space } from '../space/space.ts';
import { classesOf, type FieldReading, holdsIn } from './holds.ts';
import { type Reading, readingsKey } from './reading.ts';
import type { FoundBefore } from './search.ts';
import { TableChains } from './table-chains.ts';

/** What an element stands for: the values of its key, and of its data where that is translated to. */
export interface Row {
  readonly key: readonly Interval[];
  readonly data: readonly Interval[];
}

export const intervalsOf = (value: Value): readonly Interval[] =>
  value.kind === 'concatenation' ? value.parts : [value];

/** Readings of a key, and of the data written to fields. Rows whose fields fit become boxes; the rest is combined one by one. */
export function rowsSet(
  space: Space,
  key: readonly Reading[],
  data: readonly FieldReading[],
  rows: readonly Row[],
): SetId | 'unknown' {
  if (key.some((reading) => reading.kind === 'absent')) return empty;
  const readings = [...key, ...data];
  const { diagrams } = space;
  const fieldPlaces = placesOf(space, readings);
  const groups = new Map<string, { readonly cases: SetId; readonly boxes: Box[] }>();
  const has = diagrams.intersectAll(...key.map((reading) => ('has' in reading ? reading.has : empty)));
  for (const row of rows) {
    const values = [...row.key, ...row.data];
    if (values.length !== readings.length) continue;
    const box = boxOf(space, readings, values, fieldPlaces);
    if (box === 'unknown') return 'unknown';
    if (box === undefined) continue;
    const group = groupFor(space, readings, values, groups);
    if (group === 'unknown') return 'unknown';
    if (group.cases !== empty) group.boxes.push(box);
  }
  const places = fieldPlaces.map((field) => space.places[field]);
  const sets = [...groups.values()].map(({ cases, boxes }) =>
    diagrams.intersect(cases, boxesSet(diagrams, places, boxes)),
  );
  return diagrams.intersect(has, diagrams.uniteAll(sets));
}

/** The fields that are read, each once, in the order of their levels. */
function placesOf(space: Space, readings: readonly Reading[]): readonly Field[] {
  const fields = new Set(readings.flatMap((reading) => (reading.kind === 'field' ? [reading.field] : [])));
  return [...fields].sort((left, right) => space.places[left].level - space.places[right].level);
}

function boxOf(
  space: Space,
  readings: readonly Reading[],
  values: readonly Interval[],
  fields: readonly Field[],
): Box | undefined | 'unknown' {
  const box = fields.map(() => ({ first: 0, last: Number.MAX_SAFE_INTEGER }));
  for (const [index, reading] of readings.entries()) {
    const value = values[index];
    if (reading.kind !== 'field' || value === undefined) continue;
    const range = classesOf(space, reading, value);
    if (range === 'unknown' || range === undefined) return range;
    const side = box[fields.indexOf(reading.field)];
    if (side === undefined) continue;
    side.first = Math.max(side.first, range.first);
    side.last = Math.min(side.last, range.last);
    if (side.first > side.last) return undefined;
  }
  return box;
}

/** Rows that agree in what is not a field (interface names, mostly) are built together. */
function groupFor(
  space: Space,
  readings: readonly Reading[],
  values: readonly Interval[],
  groups: Map<string, { readonly cases: SetId; readonly boxes: Box[] }>,
): { readonly cases: SetId; readonly boxes: Box[] } | 'unknown' {
  let key = '';
  for (const [index, reading] of readings.entries())
    if (reading.kind !== 'field') key += `${valueText(values[index])} . `;
  const known = groups.get(key);
  if (known !== undefined) return known;
  const sets: SetId[] = [];
  for (const [index, reading] of readings.entries()) {
    const value = values[index];
    if (reading.kind === 'field' || value === undefined) continue;
    const set = holdsIn(space, reading, value);
    if (set === 'unknown') return 'unknown';
    sets.push(set);
  }
  const group = { cases: space.diagrams.intersectAll(...sets), boxes: [] };
  groups.set(key, group);
  return group;
}

function valueText(value: Interval | undefined): string {
  if (value === undefined) return '';
  if (value.kind === 'name') return value.name;
  if (value.kind === 'integer') return `${value.value}`;
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}` : part));
}

/** Results by what was asked, for one space and one set of tables. */
export class Lookups {
  private readonly known = new Map<string, SetId | 'unknown'>();
  private readonly tables = new Map<Table, number>();
  private readonly chainsByTable = new Map<Table, TableChains>();
  private readonly fitting = new Map<Rule, Map<string, SetId>>();
  /** What chains that look something up have found. */
  readonly found: FoundBefore = new Map();

  chains(table: Table): TableChains {
    let chains = this.chainsByTable.get(table);
    if (chains === undefined) {
      chains = new TableChains(table);
      this.chainsByTable.set(table, chains);
    }
    return chains;
  }

  /** The packets that fit one of some rules, of which the first is given, by how what they look at is read. */
  fits(first: Rule, readings: readonly Reading[], make: () => SetId): SetId {
    let known = this.fitting.get(first);
    if (known === undefined) {
      known = new Map();
      this.fitting.set(first, known);
    }
    const key = readingsKey(readings);
    let set = known.get(key);
    if (set === undefined) {
      set = make();
      known.set(key, set);
    }
    return set;
  }

  find(table: Table, name: string, readings: readonly Reading[], make: () => SetId | 'unknown'): SetId | 'unknown' {
    let number = this.tables.get(table);
    if (number === undefined) {
      number = this.tables.size;
      this.tables.set(table, number);
    }
    const key = `${number} ${name} ${readingsKey(readings)}`;
    let result = this.known.get(key);
    if (result === undefined) {
      result = make();
      this.known.set(key, result);
    }
    return result;
  }
}
