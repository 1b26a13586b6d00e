/** Turns one loaded table into the model: its sets and maps first, since rules are read against them. */
import { malformedObject, unmodelledCollection, unmodelledObject } from '../../diagnostics/catalogue/reading.ts';
import type { CatalogueEntry } from '../../diagnostics/entry.ts';
import type { BaseChain, Chain, ChainType, Hook, Rule, Table } from '../../ruleset/ruleset.ts';
import type { KeyedCollection, NamedMap, NamedSet } from '../../ruleset/set.ts';
import { namedBridgePriorities, namedPriorities } from '../../ruleset/symbols.ts';
import { dataTypes } from '../../ruleset/type-of.ts';
import type { DataType } from '../../ruleset/value.ts';
import { parseComment } from './comment.ts';
import { engineOf } from './engine.ts';
import { isJsonArray, isJsonObject, type Json, type JsonObject } from './json.ts';
import type { KeptReading } from './kept-reading.ts';
import {
  type LoadedChain,
  type LoadedCollection,
  type LoadedRule,
  type LoadedTable,
  rulesOf,
} from './loaded-ruleset.ts';
import {
  expectedOfTypes,
  parseAll,
  parseMapElement,
  parseReference,
  parseSetElement,
  parseVerdictData,
  type Surroundings,
} from './parse-json-expression.ts';
import { parseStatement } from './parse-json-statement.ts';
import { onlyEntry, parseInteger, parseValue } from './parse-json-value.ts';
import { unknownStatement } from './unknown-statement.ts';

/** Reports a problem of the document's object number `index`. */
export type Report = (entry: CatalogueEntry, index: number, message: string) => void;

export function parseTable(table: LoadedTable, kept: KeptReading | undefined, report: Report): Table {
  for (const [kind, index] of table.others)
    report(unmodelledObject, index, `Table \`${table.name}\` has a ${kind}, which is not modelled.`);
  const chainNames = new Set(table.chains.keys());
  const updated = updatedSets(table);
  const sets: NamedSet[] = [];
  const maps: NamedMap[] = [];
  for (const collection of table.collections.values()) {
    const isUpdated = updated.has(collection.name);
    const parse = () => parseCollection(collection, chainNames, isUpdated);
    const parsed = kept === undefined ? parse() : kept.parsed(table, collection, isUpdated, parse);
    if (parsed === undefined)
      report(unmodelledCollection, collection.index, `The ${collection.kind} \`${collection.name}\` cannot be read.`);
    else if (parsed.kind === 'set') sets.push(parsed);
    else maps.push(parsed);
  }
  const surroundings: Surroundings = {
    chains: chainNames,
    sets: new Set(sets.map((set) => set.name)),
    maps: new Map(maps.map((map) => [map.name, map])),
  };
  const chains = [...table.chains.values()].map((chain) => parseChain(table, chain, surroundings, report));
  return {
    family: table.family,
    name: table.name,
    engine: engineOf(table.family, table.name, chains),
    chains,
    sets,
    maps,
    ...(table.comment !== undefined && { comment: table.comment }),
  };
}

/** Sets that rules add to; nft does not list the flag that says so. */
function updatedSets(table: LoadedTable): ReadonlySet<string> {
  const names = new Set<string>();
  for (const chain of table.chains.values()) {
    for (const rule of rulesOf(chain)) {
      for (const statement of statementsOf(rule)) {
        const entry = onlyEntry(statement);
        if (entry === undefined || (entry[0] !== 'set' && entry[0] !== 'map') || !isJsonObject(entry[1])) continue;
        const name = parseReference(entry[1].set ?? entry[1].map ?? null);
        if (name !== undefined) names.add(name);
      }
    }
  }
  return names;
}

function statementsOf(rule: LoadedRule): readonly Json[] {
  return isJsonArray(rule.body.expr) ? rule.body.expr : [];
}

function parseTypes(json: Json | undefined): readonly DataType[] | undefined {
  const names = isJsonArray(json) ? json : [json];
  return names.every((name) => typeof name === 'string' && dataTypes.has(name)) ? (names as DataType[]) : undefined;
}

/** What sets are declared with beyond their keys; other flags only say how they are stored. */
function parseCommon(collection: LoadedCollection, updated: boolean): KeyedCollection | undefined {
  const { body, name } = collection;
  const keyTypes = parseTypes(body.type);
  if (keyTypes === undefined) return undefined;
  const flags = isJsonArray(body.flags) ? body.flags : [body.flags ?? null];
  const statements = body.stmt === undefined ? [] : isJsonArray(body.stmt) ? body.stmt : [body.stmt];
  if (statements.some((statement) => onlyEntry(statement)?.[0] !== 'counter')) return undefined;
  return {
    name,
    keyTypes,
    interval: flags.includes('interval'),
    counter: statements.length > 0,
    autoMerge: body['auto-merge'] === true,
    dynamic: updated || flags.includes('dynamic'),
    timeout: parseInteger(body.timeout),
    ...(typeof body.comment === 'string' && { comment: body.comment }),
  };
}

function parseCollection(
  collection: LoadedCollection,
  chains: ReadonlySet<string>,
  updated: boolean,
): NamedSet | NamedMap | undefined {
  const common = parseCommon(collection, updated);
  if (common === undefined) return undefined;
  const keys = expectedOfTypes(common.keyTypes);
  if (collection.kind === 'set') {
    const elements = parseAll(collection.elements, (element) => parseSetElement(element, keys));
    return elements === undefined ? undefined : { ...common, kind: 'set', elements };
  }
  const { map } = collection.body;
  if (map === 'verdict') {
    const surroundings: Surroundings = { chains, sets: new Set(), maps: new Map() };
    const elements = parseAll(collection.elements, (element) =>
      parseMapElement(element, keys, (json) => parseVerdictData(json, surroundings)),
    );
    return elements === undefined ? undefined : { ...common, kind: 'map', dataTypes: 'verdict', elements };
  }
  const types = parseTypes(map);
  if (types === undefined) return undefined;
  const expected = expectedOfTypes(types);
  const elements = parseAll(collection.elements, (element) =>
    parseMapElement(element, keys, (json) => {
      const value = parseValue(json, expected);
      return value === undefined ? undefined : { kind: 'value', value };
    }),
  );
  return elements === undefined ? undefined : { ...common, kind: 'map', dataTypes: types, elements };
}

function parseChain(table: LoadedTable, chain: LoadedChain, surroundings: Surroundings, report: Report): Chain {
  const { body } = chain;
  const isBase = body.hook !== undefined || body.type !== undefined || body.prio !== undefined;
  const base = isBase ? parseBase(table, body) : undefined;
  if (isBase && base === undefined)
    report(malformedObject, chain.index, `The hook, type or priority of chain \`${chain.name}\` is not one of nft's.`);
  return { name: chain.name, base, rules: rulesOf(chain).map((rule) => parseRule(rule, surroundings)) };
}

const chainTypes: ReadonlySet<Json | undefined> = new Set<Json | undefined>(['filter', 'nat', 'route']);
const hooks: ReadonlySet<Json | undefined> = new Set<Json | undefined>([
  'ingress',
  'egress',
  'prerouting',
  'input',
  'forward',
  'output',
  'postrouting',
]);

function parseBase(table: LoadedTable, body: JsonObject): BaseChain | undefined {
  const { type, hook, policy = 'accept' } = body;
  const priority = parsePriority(body.prio, table.family === 'bridge');
  if (!chainTypes.has(type) || !hooks.has(hook) || priority === undefined) return undefined;
  if (policy !== 'accept' && policy !== 'drop') return undefined;
  const devices = body.dev === undefined ? [] : isJsonArray(body.dev) ? body.dev : [body.dev];
  if (!devices.every((device) => typeof device === 'string')) return undefined;
  return { type: type as ChainType, hook: hook as Hook, priority, policy, devices };
}

/** A number; or, as people write it, a name with an offset. */
function parsePriority(json: Json | undefined, bridge: boolean): number | undefined {
  if (typeof json === 'number') return Number.isInteger(json) && Math.abs(json) <= 0x7fff_ffff ? json : undefined;
  const match = typeof json === 'string' ? /^([a-z]+)(?: ?([+-]) ?(\d{1,9}))?$/.exec(json) : null;
  if (match === null) return undefined;
  const start = (bridge ? namedBridgePriorities : namedPriorities).valueOf(match[1] ?? '');
  const offset = Number(match[3] ?? 0);
  return start === undefined ? undefined : match[2] === '-' ? start - offset : start + offset;
}

function parseRule(rule: LoadedRule, surroundings: Surroundings): Rule {
  const { comment } = rule.body;
  return {
    statements: statementsOf(rule).map((statement) =>
      isJsonObject(statement) ? parseStatement(statement, surroundings) : unknownStatement(statement),
    ),
    ...(typeof comment === 'string' ? parseComment(comment) : { origins: [] }),
  };
}
