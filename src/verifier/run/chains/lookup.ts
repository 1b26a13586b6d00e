/** Sets and maps as sets of packets: which packets show a key that one of the elements holds. Built once for each way of reading the key. */
import type { Rule, Table } from '../../../ruleset/ruleset.ts';
import type { Interval } from '../../../ruleset/value.ts';
import { type Box, boxesSet, type FieldPlace } from '../../sets/boxes.ts';
import { empty, type SetId } from '../../sets/diagrams.ts';
import type { Space } from '../../space/space.ts';
import { exactKey, type Reading, readingsKey } from '../reading/reading.ts';
import { classesOf, type FieldReading, holdsIn } from './holds.ts';
import { type Row, rowsText } from './rows.ts';
import type { FoundBefore } from './search.ts';
import { TableChains } from './table-chains.ts';

/** Readings of a key, and of the data written to fields. Rows whose fields fit become boxes; the rest is combined one by one. */
export function rowsSet(
  space: Space,
  key: readonly Reading[],
  data: readonly FieldReading[],
  rows: readonly Row[],
): SetId | 'unknown' {
  if (key.some((reading) => reading.kind === 'absent')) return empty;
  const { diagrams } = space;
  const columns = columnsOf(space, key, data);
  const groups = new Map<string, Group>();
  for (const row of rows) {
    if (row.key.length !== key.length || row.data.length !== data.length) continue;
    const box = boxOf(space, columns, row);
    if (box === 'unknown') return 'unknown';
    if (box === undefined) continue;
    const group = groupFor(space, columns.others, row, groups);
    if (group === 'unknown') return 'unknown';
    if (group.cases !== empty) group.boxes.push(box);
  }
  const sets = [...groups.values()].map(({ cases, boxes }) =>
    diagrams.intersect(cases, boxesSet(diagrams, columns.places, boxes)),
  );
  const has = key.map((reading) => ('has' in reading ? reading.has : empty));
  return diagrams.intersect(diagrams.intersectAll(...has), diagrams.uniteAll(sets));
}

/** The same of the elements of a named set or map. A proof that follows another one knows them by what they say. */
export function rowsOfCollection(
  space: Space,
  elements: readonly object[],
  key: readonly Reading[],
  data: readonly FieldReading[],
  rows: () => readonly Row[],
): SetId | 'unknown' {
  const { keptSets } = space;
  const asked = keptSets && exactKey([...key, ...data]);
  if (keptSets === undefined || asked === undefined) return rowsSet(space, key, data, rows());
  const text = keptSets.textOf(elements, () => rowsText(rows()));
  return keptSets.of(`${asked}: ${text}`, () => rowsSet(space, key, data, rows()));
}

/** How the columns of a row are read. */
interface Columns {
  readonly fields: readonly FieldColumn[];
  readonly others: readonly OtherColumn[];
  /** Of the fields that are read, each once, in the order of their levels. */
  readonly places: readonly FieldPlace[];
}

interface FieldColumn {
  readonly reading: FieldReading;
  /** In the data, or in the key. */
  readonly ofData: boolean;
  readonly index: number;
  /** Which of the places it is about. */
  readonly place: number;
}

/** Not a field: interface names, mostly. */
interface OtherColumn {
  readonly reading: Exclude<Reading, FieldReading>;
  readonly index: number;
}

function columnsOf(space: Space, key: readonly Reading[], data: readonly FieldReading[]): Columns {
  const ofKey = key.map((reading, index) => ({ reading, index, ofData: false }));
  const all = [...ofKey, ...data.map((reading, index) => ({ reading, index, ofData: true }))];
  const read = new Set(all.flatMap(({ reading }) => (reading.kind === 'field' ? [reading.field] : [])));
  const fields = [...read].sort((left, right) => space.places[left].level - space.places[right].level);
  return {
    fields: all.flatMap(({ reading, ...column }) =>
      reading.kind === 'field' ? [{ ...column, reading, place: fields.indexOf(reading.field) }] : [],
    ),
    others: ofKey.flatMap(({ reading, index }) => (reading.kind === 'field' ? [] : [{ reading, index }])),
    places: fields.map((field) => space.places[field]),
  };
}

function boxOf(space: Space, { fields, places }: Columns, row: Row): Box | undefined | 'unknown' {
  const box: { first: number; last: number }[] = [];
  for (let place = 0; place < places.length; place++) box.push({ first: 0, last: Number.MAX_SAFE_INTEGER });
  for (const { reading, index, ofData, place } of fields) {
    const value = (ofData ? row.data : row.key)[index];
    const side = box[place];
    if (value === undefined || side === undefined) continue;
    const range = classesOf(space, reading, value);
    if (range === 'unknown' || range === undefined) return range;
    if (range.first > side.first) side.first = range.first;
    if (range.last < side.last) side.last = range.last;
    if (side.first > side.last) return undefined;
  }
  return box;
}

interface Group {
  readonly cases: SetId;
  readonly boxes: Box[];
}

/** Rows that agree in what is not a field are built together. */
function groupFor(
  space: Space,
  others: readonly OtherColumn[],
  { key }: Row,
  groups: Map<string, Group>,
): Group | 'unknown' {
  let name = '';
  for (const { index } of others) name += `${valueText(key[index])} . `;
  const known = groups.get(name);
  if (known !== undefined) return known;
  const sets: SetId[] = [];
  for (const { reading, index } of others) {
    const value = key[index];
    const set = value === undefined ? empty : holdsIn(space, reading, value);
    if (set === 'unknown') return 'unknown';
    sets.push(set);
  }
  const group = { cases: space.diagrams.intersectAll(...sets), boxes: [] };
  groups.set(name, group);
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
