/** What would be loaded after the commands of a document, still as JSON: tables with their chains, rules, sets and maps. */
import { malformedObject, unsupportedCommand } from '../../diagnostics/catalogue/reading.ts';
import type { CatalogueEntry } from '../../diagnostics/entry.ts';
import type { TableFamily } from '../../ruleset/ruleset.ts';
import { isJsonArray, type Json, type JsonObject } from './json.ts';

/** Something that could not be placed. */
export interface Problem {
  readonly entry: CatalogueEntry;
  readonly message: string;
}

export interface LoadedRule {
  readonly body: JsonObject;
  /** The number of the document's object that it comes from. */
  readonly index: number;
}

export interface LoadedChain {
  readonly name: string;
  body: JsonObject;
  readonly index: number;
  /** Rules put first, the last one foremost. */
  inserted: LoadedRule[];
  added: LoadedRule[];
}

/** The rules of a chain in their order. */
export function rulesOf(chain: LoadedChain): readonly LoadedRule[] {
  return [...chain.inserted].reverse().concat(chain.added);
}

function flushRules(chain: LoadedChain): void {
  chain.inserted = [];
  chain.added = [];
}

export interface LoadedCollection {
  readonly name: string;
  readonly kind: 'set' | 'map';
  readonly body: JsonObject;
  readonly index: number;
  elements: Json[];
}

export interface LoadedTable {
  readonly family: TableFamily;
  readonly name: string;
  comment: string | undefined;
  readonly chains: Map<string, LoadedChain>;
  readonly collections: Map<string, LoadedCollection>;
  /** Kinds of objects that are not modelled, with the number of the first of each. */
  readonly others: Map<string, number>;
}

const families: ReadonlySet<string> = new Set(['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev']);

/** The state of an empty host after each command in turn. */
export class LoadedRuleset {
  private readonly byName = new Map<string, LoadedTable>();

  tables(): Iterable<LoadedTable> {
    return this.byName.values();
  }

  /** Adds a thing of a kind; rules at the end of their chain, or at its start when inserted. */
  add(kind: string, body: JsonObject, index: number, first: boolean): Problem | undefined {
    if (kind === 'table') return this.addTable(body);
    const table = this.tableOf(body.table, body.family);
    if (table === undefined) return missing(kind, 'table');
    switch (kind) {
      case 'chain':
        return addChain(table, body, index);
      case 'rule':
        return addRule(table, body, index, first);
      case 'set':
      case 'map':
        return addCollection(table, kind, body, index);
      case 'element':
        return addElements(table, body);
      default:
        if (!table.others.has(kind)) table.others.set(kind, index);
        return undefined;
    }
  }

  delete(kind: string, body: JsonObject): Problem | undefined {
    if (kind === 'table') {
      if (typeof body.name !== 'string') return depends('deleting a table by its handle');
      this.byName.delete(tableKey(body.name, body.family));
      return undefined;
    }
    const table = this.tableOf(body.table, body.family);
    if (table === undefined) return missing(kind, 'table');
    const { name } = body;
    if (typeof name === 'string' && kind === 'chain') table.chains.delete(name);
    else if (typeof name === 'string' && (kind === 'set' || kind === 'map')) table.collections.delete(name);
    else if (kind === 'rule' || kind === 'chain' || kind === 'set' || kind === 'map' || kind === 'element')
      return depends(`deleting a ${kind} this way`);
    return undefined;
  }

  flush(kind: string, body: JsonObject): Problem | undefined {
    if (kind === 'ruleset') return this.flushRuleset(body);
    const owner = kind === 'table' ? body.name : body.table;
    const table = this.tableOf(owner, body.family);
    if (table === undefined) return missing(kind, 'table');
    if (kind === 'table') for (const chain of table.chains.values()) flushRules(chain);
    else if (kind === 'chain' && typeof body.name === 'string') {
      const chain = table.chains.get(body.name);
      if (chain === undefined) return missing(kind, 'chain');
      flushRules(chain);
    } else if ((kind === 'set' || kind === 'map') && typeof body.name === 'string') {
      const collection = table.collections.get(body.name);
      if (collection === undefined) return missing(kind, kind);
      collection.elements = [];
    } else return depends(`flushing a ${kind}`);
    return undefined;
  }

  private flushRuleset(body: JsonObject): Problem | undefined {
    for (const [key, table] of this.byName) {
      if (body.family === undefined || body.family === table.family) this.byName.delete(key);
    }
    return undefined;
  }

  private addTable(body: JsonObject): Problem | undefined {
    const { name, family = 'ip' } = body;
    if (typeof name !== 'string' || typeof family !== 'string' || !families.has(family))
      return { entry: malformedObject, message: 'A table needs a name and a family.' };
    const key = tableKey(name, family);
    const table = this.byName.get(key) ?? emptyTable(family as TableFamily, name);
    if (typeof body.comment === 'string') table.comment = body.comment;
    this.byName.set(key, table);
    return undefined;
  }

  private tableOf(name: Json | undefined, family: Json | undefined): LoadedTable | undefined {
    return typeof name === 'string' ? this.byName.get(tableKey(name, family)) : undefined;
  }
}

function tableKey(name: string, family: Json | undefined): string {
  return `${typeof family === 'string' ? family : 'ip'} ${name}`;
}

function emptyTable(family: TableFamily, name: string): LoadedTable {
  return { family, name, comment: undefined, chains: new Map(), collections: new Map(), others: new Map() };
}

function missing(kind: string, what: string): Problem {
  return {
    entry: malformedObject,
    message: `This ${kind} names no ${what} that the document has before it, so its place is unknown.`,
  };
}

function depends(what: string): Problem {
  return {
    entry: unsupportedCommand,
    message: `The outcome of ${what} depends on what is loaded, which this document does not say.`,
  };
}

/** A chain that is there already keeps its rules and its hook; only its policy changes. */
function addChain(table: LoadedTable, body: JsonObject, index: number): Problem | undefined {
  const { name } = body;
  if (typeof name !== 'string') return { entry: malformedObject, message: 'A chain needs a name.' };
  const existing = table.chains.get(name);
  if (existing === undefined) table.chains.set(name, { name, body, index, inserted: [], added: [] });
  else if (body.policy !== undefined) existing.body = { ...existing.body, policy: body.policy };
  return undefined;
}

function addRule(table: LoadedTable, body: JsonObject, index: number, first: boolean): Problem | undefined {
  const chain = typeof body.chain === 'string' ? table.chains.get(body.chain) : undefined;
  if (chain === undefined) return missing('rule', 'chain');
  if (!isJsonArray(body.expr)) return { entry: malformedObject, message: 'A rule needs a list of statements, `expr`.' };
  if (body.index !== undefined || (first && body.handle !== undefined)) return depends('placing a rule by position');
  (first ? chain.inserted : chain.added).push({ body, index });
  return undefined;
}

function addCollection(table: LoadedTable, kind: 'set' | 'map', body: JsonObject, index: number): Problem | undefined {
  const { name } = body;
  if (typeof name !== 'string') return { entry: malformedObject, message: `A ${kind} needs a name.` };
  const collection = table.collections.get(name) ?? { name, kind, body, index, elements: [] };
  table.collections.set(name, collection);
  return append(collection, body.elem);
}

function addElements(table: LoadedTable, body: JsonObject): Problem | undefined {
  const collection = typeof body.name === 'string' ? table.collections.get(body.name) : undefined;
  return collection === undefined ? missing('element', 'set or map') : append(collection, body.elem);
}

function append(collection: LoadedCollection, elements: Json | undefined): Problem | undefined {
  if (elements === undefined) return undefined;
  const list = isJsonArray(elements) ? elements : [elements];
  for (const element of list) collection.elements.push(element);
  return undefined;
}
