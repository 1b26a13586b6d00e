/**
 * Entries that are recognised by the same fields share one set and one rule, so a packet meets as many rules as there are
 * kinds of keys, however many entries there are. Equal keys merge and keep all their origins, port ranges under one key are
 * cut at each other's borders: the elements of a set are disjoint by construction.
 */
import { concat, type Expression } from '../ruleset/expression.ts';
import type { Rule } from '../ruleset/ruleset.ts';
import type { MapElement, NamedMap, NamedSet } from '../ruleset/set.ts';
import {
  counter,
  equals,
  inSet,
  type MatchStatement,
  type NatStatement,
  type Statement,
  type Verdict,
} from '../ruleset/statement.ts';
import { type DataType, type Interval, integer, rangeValue, type Scalar, type Value } from '../ruleset/value.ts';
import { compareIntervals } from '../ruleset/value-order.ts';
import type { Origin } from '../source/span.ts';

/** A field of a key: what is read from the packet. Fields of one `id` are the same field. */
export interface Field {
  readonly id: string;
  readonly expression: Expression;
  readonly type: DataType;
  /** Room that the field takes in a key. */
  readonly bytes: number;
  /** Only packets of one family have it, so that it tells the family. */
  readonly ofOneFamily: boolean;
}

export interface KeyPart {
  readonly field: Field;
  readonly value: Interval;
}

/** A test that stands in the rule instead of the key; those of one `id` are the same test. */
export interface Test {
  readonly id: string;
  readonly match: MatchStatement;
}

/** Something to recognise: every test and every part of the key must hold. A port range is the last part. */
export interface KeyedEntry {
  readonly parts: readonly KeyPart[];
  readonly tests: readonly Test[];
  readonly origins: readonly Origin[];
}

export interface Translation {
  readonly family: 'ip' | 'ip6';
  readonly address: Scalar;
  readonly port: number;
}

/** What happens to a packet that an entry covers: the same for all, looked up per entry, or a destination to translate to. */
export type KeyedAction<Entry extends KeyedEntry> =
  | { readonly kind: 'statements'; readonly statements: readonly Statement[] }
  | { readonly kind: 'verdicts'; readonly verdictOf: (entry: Entry) => Verdict }
  | { readonly kind: 'translations'; readonly translationOf: (entry: Entry) => Translation };

export interface KeyTable {
  readonly rules: readonly Rule[];
  readonly sets: readonly NamedSet[];
  readonly maps: readonly NamedMap[];
}

export const emptyKeyTable: KeyTable = { rules: [], sets: [], maps: [] };

/** The longest key that the kernel takes (NFT_DATA_VALUE_MAXLEN), in bytes. */
const maximumKeyBytes = 64;
/** The most fields that nft 1.0.6 can name the type of (six bits each in 32): a longer key loads but lists as nonsense. */
const maximumKeyFields = 5;

/** The rules and sets that recognise the entries. `name` starts the names of the sets; it must be unique in its table. */
export function keyTable<Entry extends KeyedEntry>(
  name: string,
  entries: Iterable<Entry>,
  action: KeyedAction<Entry>,
): KeyTable {
  const kinds = new Map<string, Entry[]>();
  let kind: Entry[] = [];
  for (const written of entries) {
    const entry = shortenKey(written);
    // Entries of one kind mostly follow each other.
    const [first] = kind;
    if (first === undefined || !isOfKind(entry, first)) {
      const signature = signatureOf(entry);
      kind = kinds.get(signature) ?? [];
      kinds.set(signature, kind);
    }
    kind.push(entry);
  }
  const names = new Set<string>();
  return joinKeyTables(
    [...kinds.keys()].sort().map((signature) => lowerKind(name, kinds.get(signature) ?? [], action, names)),
  );
}

/** The same for entries that share a set: their tests and the fields of their keys. */
function signatureOf(entry: KeyedEntry): string {
  let signature = '';
  for (const { id } of entry.tests) signature += `${id} `;
  signature += '|';
  for (const { field, value } of entry.parts)
    signature += value.kind === 'range' ? ` ${field.id} range` : ` ${field.id}`;
  return signature;
}

/** Whether two entries certainly have the same signature: their tests and fields are the very same. */
function isOfKind(entry: KeyedEntry, other: KeyedEntry): boolean {
  const { parts, tests } = entry;
  if (parts.length !== other.parts.length || tests.length !== other.tests.length) return false;
  for (let index = 0; index < tests.length; index++) if (tests[index] !== other.tests[index]) return false;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index];
    const otherPart = other.parts[index];
    if (part?.field !== otherPart?.field) return false;
    if ((part?.value.kind === 'range') !== (otherPart?.value.kind === 'range')) return false;
  }
  return true;
}

export function joinKeyTables(tables: readonly KeyTable[]): KeyTable {
  return {
    rules: tables.flatMap((table) => table.rules),
    sets: tables.flatMap((table) => table.sets),
    maps: tables.flatMap((table) => table.maps),
  };
}

/** Where a key would be too long for the kernel or nft, interface names become tests of the rule: hosts have few interfaces. */
function shortenKey<Entry extends KeyedEntry>(entry: Entry): Entry {
  let bytes = 0;
  for (const part of entry.parts) bytes += part.field.bytes;
  let fields = entry.parts.length;
  if (bytes <= maximumKeyBytes && fields <= maximumKeyFields) return entry;
  const parts: KeyPart[] = [];
  const tests = [...entry.tests];
  for (const part of entry.parts) {
    const tooLong = bytes > maximumKeyBytes || fields > maximumKeyFields;
    if (tooLong && part.value.kind === 'name') {
      tests.push({ id: `${part.field.id} ${part.value.name}`, match: equals(part.field.expression, part.value) });
      bytes -= part.field.bytes;
      fields--;
    } else parts.push(part);
  }
  return { ...entry, parts, tests };
}

function lowerKind<Entry extends KeyedEntry>(
  name: string,
  entries: readonly Entry[],
  action: KeyedAction<Entry>,
  names: Set<string>,
): KeyTable {
  const sample = entries[0];
  if (sample === undefined) return emptyKeyTable;
  const tests = sample.tests.map((test) => test.match);
  const fields = sample.parts.map((part) => part.field);
  const ranges = sample.parts.at(-1)?.value.kind === 'range';
  const elements = mergeElements(entries, ranges);
  if (fields.length === 0) return bareRule(elements, tests, action);
  const key =
    fields.length === 1 && fields[0] !== undefined
      ? fields[0].expression
      : concat(...fields.map((field) => field.expression));
  const setName = freeName(
    [
      name,
      ...sample.tests.map((test) => word(test.id)),
      ...fields.map((field) => word(field.id)),
      ...(ranges ? ['range'] : []),
    ].join('.'),
    names,
  );
  const collection = {
    name: setName,
    keyTypes: fields.map((field) => field.type),
    interval: ranges,
    counter: true,
    autoMerge: false,
    dynamic: false,
    timeout: undefined,
  };
  const rule = (...statements: readonly Statement[]): Rule => ({ statements: [...tests, ...statements], origins: [] });
  const map = (
    suffix: string,
    dataTypes: NamedMap['dataTypes'],
    dataOf: (entry: Entry) => MapElement['data'],
  ): NamedMap => ({
    ...collection,
    kind: 'map',
    name: `${setName}${suffix}`,
    dataTypes,
    elements: elements.map(({ value, origins, entry }) => ({ key: value, origins, data: dataOf(entry) })),
  });
  switch (action.kind) {
    case 'statements': {
      const set: NamedSet = {
        ...collection,
        kind: 'set',
        elements: elements.map(({ value, origins }) => ({ value, origins })),
      };
      return { rules: [rule(inSet(key, setName), ...action.statements)], sets: [set], maps: [] };
    }
    case 'verdicts': {
      const verdicts = map('', 'verdict', (entry) => ({ kind: 'verdict', verdict: action.verdictOf(entry) }));
      return {
        rules: [rule({ kind: 'vmap', key, map: { kind: 'named', name: setName } })],
        sets: [],
        maps: [verdicts],
      };
    }
    case 'translations': {
      const { family } = action.translationOf(sample);
      const addresses = map('', [family === 'ip' ? 'ipv4_addr' : 'ipv6_addr'], (entry) => ({
        kind: 'value',
        value: action.translationOf(entry).address,
      }));
      const ports: NamedMap = {
        ...collection,
        kind: 'map',
        name: `${setName}.port`,
        dataTypes: ['inet_service'],
        counter: false,
        // The elements of the address map say where they come from, and count.
        elements: elements.map(({ value, entry }) => ({
          key: value,
          origins: noOrigins,
          data: { kind: 'value', value: integer(action.translationOf(entry).port) },
        })),
      };
      return { rules: [rule(translate(family, key, addresses.name, ports.name))], sets: [], maps: [addresses, ports] };
    }
  }
}

/** `dnat ip to KEY map @addresses : KEY map @ports`: one map each, since a named map of address and port together does not load from JSON. */
function translate(family: 'ip' | 'ip6', key: Expression, addresses: string, ports: string): NatStatement {
  const lookup = (name: string): NatStatement['address'] => ({
    kind: 'expression',
    expression: { kind: 'map', key, map: { kind: 'named', name } },
  });
  return {
    kind: 'nat',
    type: 'dnat',
    family,
    address: lookup(addresses),
    port: lookup(ports),
    shiftBase: undefined,
    flags: [],
  };
}

const noOrigins: readonly Origin[] = [];

/** Entries without any key field are all the same test. */
function bareRule<Entry extends KeyedEntry>(
  elements: readonly MergedElement<Entry>[],
  tests: readonly Statement[],
  action: KeyedAction<Entry>,
): KeyTable {
  const element = elements[0];
  if (element === undefined) return emptyKeyTable;
  const does = (): readonly Statement[] => {
    if (action.kind === 'statements') return action.statements;
    if (action.kind === 'verdicts') return [{ kind: 'verdict', verdict: action.verdictOf(element.entry) }];
    throw new Error('a translation needs a key');
  };
  return { ...emptyKeyTable, rules: [{ statements: [...tests, counter, ...does()], origins: element.origins }] };
}

function word(id: string): string {
  return id.replaceAll(/[^A-Za-z0-9_-]+/g, '-');
}

/** Different tests may give the same word; a number keeps the names of sets apart. */
function freeName(name: string, names: Set<string>): string {
  let free = name;
  for (let number = 2; names.has(free); number++) free = `${name}.${number}`;
  names.add(free);
  return free;
}

interface MergedElement<Entry> {
  readonly value: Value;
  readonly origins: readonly Origin[];
  /** The first entry, in the order given, that the element comes from. */
  readonly entry: Entry;
}

/** Entries with equal keys become one element; the elements come in the order of their keys. */
function mergeElements<Entry extends KeyedEntry>(
  entries: readonly Entry[],
  ranges: boolean,
): readonly MergedElement<Entry>[] {
  const fields = (entries[0]?.parts.length ?? 0) - (ranges ? 1 : 0);
  const sorted = [...entries].sort((left, right) => compareKeys(left, right, fields));
  const result: MergedElement<Entry>[] = [];
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    const first = sorted[start];
    if (first === undefined) break;
    for (end = start + 1; end < sorted.length; end++) {
      const next = sorted[end];
      if (next === undefined || compareKeys(first, next, fields) !== 0) break;
    }
    const group = end === start + 1 ? [first] : sorted.slice(start, end);
    if (ranges)
      for (const { range, entries } of disjointRanges(group)) result.push(mergedElement(first, fields, range, entries));
    else result.push(mergedElement(first, fields, undefined, group));
  }
  return result;
}

function compareKeys(left: KeyedEntry, right: KeyedEntry, fields: number): number {
  for (let index = 0; index < fields; index++) {
    const leftPart = left.parts[index];
    const rightPart = right.parts[index];
    const order =
      leftPart === undefined || rightPart === undefined ? 0 : compareIntervals(leftPart.value, rightPart.value);
    if (order !== 0) return order;
  }
  return 0;
}

function mergedElement<Entry extends KeyedEntry>(
  keyed: Entry,
  fields: number,
  range: Interval | undefined,
  entries: readonly Entry[],
): MergedElement<Entry> {
  const parts: Interval[] = [];
  for (let index = 0; index < fields; index++) {
    const part = keyed.parts[index];
    if (part !== undefined) parts.push(part.value);
  }
  if (range !== undefined) parts.push(range);
  const [only] = parts;
  const value: Value = parts.length === 1 && only !== undefined ? only : { kind: 'concatenation', parts };
  const [entry = keyed] = entries;
  const origins = entries.length === 1 ? entry.origins : entries.flatMap(({ origins }) => origins);
  return { value, origins: uniqueOrigins(origins), entry };
}

function rangeOf(entry: KeyedEntry): { readonly first: number; readonly last: number } {
  const value = entry.parts.at(-1)?.value;
  if (value?.kind !== 'range' || value.first.kind !== 'integer' || value.last.kind !== 'integer')
    throw new Error('not a port range');
  return { first: value.first.value, last: value.last.value };
}

/** Cuts overlapping ranges at each other's borders: a sweep, each piece with all the entries that cover it in the order given. */
function disjointRanges<Entry extends KeyedEntry>(
  entries: readonly Entry[],
): readonly { range: Interval; entries: readonly Entry[] }[] {
  const ranges = entries.map((entry, order) => ({ entry, order, ...rangeOf(entry) }));
  const borders = [...new Set(ranges.flatMap(({ first, last }) => [first, last + 1]))].sort((a, b) => a - b);
  const starting = [...ranges].sort((a, b) => a.first - b.first);
  const pieces: { range: Interval; entries: readonly Entry[] }[] = [];
  let active: typeof ranges = [];
  let next = 0;
  for (const [index, first] of borders.entries()) {
    active = active.filter((range) => range.last >= first);
    for (let range = starting[next]; range !== undefined && range.first <= first; range = starting[++next])
      active.push(range);
    const last = (borders[index + 1] ?? first + 1) - 1;
    if (active.length === 0) continue;
    const covering = [...active].sort((a, b) => a.order - b.order).map((range) => range.entry);
    pieces.push({ range: rangeValue(integer(first), integer(last)), entries: covering });
  }
  return pieces;
}

function uniqueOrigins(origins: readonly Origin[]): readonly Origin[] {
  if (origins.length < 2) return origins;
  return [...new Map(origins.map((origin) => [`${origin.file}:${origin.line}`, origin])).values()];
}
