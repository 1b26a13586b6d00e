/** Runs a document of nftables commands on an in-memory state, refusing what the kernel refuses. */
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../backends/nftables/json.ts';
import { parseNftJson } from '../../backends/nftables/parse-json.ts';
import { checkRuleset } from '../../ruleset/check/check-ruleset.ts';
import {
  elementData,
  elementKey,
  listState,
  type MemoryChain,
  type MemoryCollection,
  type MemoryElement,
  type MemoryTable,
  type NftState,
  referencesOf,
  tableKey,
} from './nft-state.ts';

export type Ran = { readonly state: NftState } | { readonly refused: string };

class Refusal extends Error {}

/** The state after all commands of a document, or why the document is refused as a whole. `registration` numbers base chains. */
export function runCommands(before: NftState, document: string, registration: number): Ran {
  try {
    const work = new Work(before, registration);
    for (const command of commandsOf(document)) work.run(command);
    const problems = checkRuleset(parseNftJson(listState(work.tables), 'memory').ruleset);
    if (problems[0] !== undefined) throw new Refusal(problems[0]);
    return { state: work.tables };
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.message };
    throw error;
  }
}

function commandsOf(document: string): readonly Json[] {
  let json: Json;
  try {
    json = JSON.parse(document);
  } catch {
    throw new Refusal('the document is not JSON');
  }
  const commands = isJsonObject(json) ? json.nftables : undefined;
  if (!isJsonArray(commands)) throw new Refusal('the document has no list of commands');
  return commands;
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** The changes of one document; tables are replaced, never altered, so the state before stays what it was. */
class Work {
  readonly tables: Map<string, MemoryTable>;
  private registration: number;

  constructor(before: NftState, registration: number) {
    this.tables = new Map(before);
    this.registration = registration;
  }

  run(command: Json): void {
    if (!isJsonObject(command)) throw new Refusal('a command is not an object');
    const [verb, given] = Object.entries(command)[0] ?? [];
    if (verb === 'metainfo') return;
    const [kind, body] = isJsonObject(given) ? (Object.entries(given)[0] ?? []) : [];
    if (verb === undefined || kind === undefined || !isJsonObject(body)) throw new Refusal('a command says nothing');
    if (verb === 'add' || verb === 'create') this.add(kind, body, verb === 'create');
    else if (verb === 'delete') this.delete(kind, body);
    else if (verb === 'flush') this.flush(kind, body);
    else throw new Refusal(`the command ${verb} is not known`);
  }

  private add(kind: string, body: JsonObject, create: boolean): void {
    if (kind === 'table') {
      const key = tableKey(text(body.family), text(body.name));
      if (create && this.tables.has(key)) throw new Refusal(`table ${key}: File exists`);
      if (!this.tables.has(key))
        this.tables.set(key, {
          family: text(body.family),
          name: text(body.name),
          chains: new Map(),
          collections: new Map(),
        });
      return;
    }
    const table = this.tableOf(body);
    if (kind === 'chain') this.addChain(table, body);
    else if (kind === 'rule') this.addRule(table, body);
    else if (kind === 'set' || kind === 'map') this.addCollection(table, kind, body);
    else if (kind === 'element') this.addElements(table, text(body.name), elementsOf(body), create);
    else throw new Refusal(`a ${kind} is not known`);
  }

  private addChain(table: MemoryTable, body: JsonObject): void {
    const existing = table.chains.get(text(body.name));
    if (existing === undefined) {
      this.putChain(table, text(body.name), { body, rules: [], registered: this.registration++ });
      return;
    }
    const isBase = body.hook !== undefined;
    const same =
      existing.body.hook === body.hook && existing.body.prio === body.prio && existing.body.type === body.type;
    if (isBase && !same) throw new Refusal(`chain ${text(body.name)}: File exists`);
    if (body.policy !== undefined)
      this.putChain(table, text(body.name), { ...existing, body: { ...existing.body, policy: body.policy } });
  }

  private addRule(table: MemoryTable, body: JsonObject): void {
    const chain = table.chains.get(text(body.chain));
    if (chain === undefined) throw new Refusal(`chain ${text(body.chain)}: No such file or directory`);
    this.requireReferences(table, body.expr ?? null);
    this.putChain(table, text(body.chain), { ...chain, rules: [...chain.rules, { body }] });
  }

  private addCollection(table: MemoryTable, kind: 'set' | 'map', { elem, ...body }: JsonObject): void {
    const name = text(body.name);
    const existing = table.collections.get(name);
    if (existing === undefined) this.putCollection(table, name, { kind, body, elements: new Map() });
    else if (existing.kind !== kind || declaration(existing.body) !== declaration(body))
      throw new Refusal(`${kind} ${name}: File exists`);
    if (elem !== undefined) this.addElements(this.tableOf(body), name, isJsonArray(elem) ? elem : [elem], false);
  }

  private addElements(table: MemoryTable, name: string, added: readonly Json[], create: boolean): void {
    const collection = this.collectionOf(table, name);
    const elements = new Map<string, MemoryElement>(collection.elements);
    for (const json of added) {
      this.requireReferences(table, elementData(json) ?? null);
      const key = elementKey(json);
      const held = elements.get(key);
      const differs =
        held !== undefined && JSON.stringify(elementData(held.json)) !== JSON.stringify(elementData(json));
      if (held !== undefined && (create || differs)) throw new Refusal(`element of ${name}: File exists`);
      if (held === undefined) elements.set(key, { json, packets: 0 });
    }
    this.putCollection(table, name, { ...collection, elements });
  }

  private delete(kind: string, body: JsonObject): void {
    if (kind === 'table') {
      const key = tableKey(text(body.family), text(body.name));
      if (!this.tables.delete(key)) throw new Refusal(`table ${key}: No such file or directory`);
      return;
    }
    const table = this.tableOf(body);
    const name = text(body.name);
    if (kind === 'chain') this.deleteChain(table, name);
    else if (kind === 'set' || kind === 'map') this.deleteCollection(table, name);
    else if (kind === 'element') this.deleteElements(table, name, elementsOf(body));
    else throw new Refusal(`deleting a ${kind} is not known`);
  }

  private deleteChain(table: MemoryTable, name: string): void {
    if (!table.chains.has(name)) throw new Refusal(`chain ${name}: No such file or directory`);
    if (isJumpedTo(table, name)) throw new Refusal(`chain ${name}: Device or resource busy`);
    const chains = new Map(table.chains);
    chains.delete(name);
    this.put({ ...table, chains });
  }

  private deleteCollection(table: MemoryTable, name: string): void {
    this.collectionOf(table, name);
    const used = [...table.chains.values()].some(({ rules }) =>
      rules.some(({ body }) => referencesOf(body.expr ?? null).collections.has(name)),
    );
    if (used) throw new Refusal(`set ${name}: Device or resource busy`);
    const collections = new Map(table.collections);
    collections.delete(name);
    this.put({ ...table, collections });
  }

  private deleteElements(table: MemoryTable, name: string, removed: readonly Json[]): void {
    const collection = this.collectionOf(table, name);
    const elements = new Map(collection.elements);
    for (const json of removed)
      if (!elements.delete(elementKey(json))) throw new Refusal(`element of ${name}: No such file or directory`);
    this.putCollection(table, name, { ...collection, elements });
  }

  private flush(kind: string, body: JsonObject): void {
    if (kind === 'table') {
      const table = this.tables.get(tableKey(text(body.family), text(body.name)));
      if (table === undefined) throw new Refusal(`table ${text(body.name)}: No such file or directory`);
      const chains = [...table.chains].map(([name, chain]) => [name, { ...chain, rules: [] }] as const);
      this.put({ ...table, chains: new Map(chains) });
      return;
    }
    const table = this.tableOf(body);
    if (kind === 'chain') {
      const chain = table.chains.get(text(body.name));
      if (chain === undefined) throw new Refusal(`chain ${text(body.name)}: No such file or directory`);
      this.putChain(table, text(body.name), { ...chain, rules: [] });
    } else if (kind === 'set' || kind === 'map')
      this.putCollection(table, text(body.name), { ...this.collectionOf(table, text(body.name)), elements: new Map() });
    else throw new Refusal(`flushing a ${kind} is not known`);
  }

  private requireReferences(table: MemoryTable, json: Json): void {
    const { chains, collections } = referencesOf(json);
    for (const name of chains)
      if (!table.chains.has(name)) throw new Refusal(`chain ${name}: No such file or directory`);
    for (const name of collections) this.collectionOf(table, name);
  }

  private tableOf(body: JsonObject): MemoryTable {
    const key = tableKey(text(body.family), text(body.table));
    const table = this.tables.get(key);
    if (table === undefined) throw new Refusal(`table ${key}: No such file or directory`);
    return table;
  }

  private collectionOf(table: MemoryTable, name: string): MemoryCollection {
    const collection = table.collections.get(name);
    if (collection === undefined) throw new Refusal(`set ${name}: No such file or directory`);
    return collection;
  }

  private put(table: MemoryTable): void {
    this.tables.set(tableKey(table.family, table.name), table);
  }

  private putChain(table: MemoryTable, name: string, chain: MemoryChain): void {
    this.put({ ...table, chains: new Map(table.chains).set(name, chain) });
  }

  private putCollection(table: MemoryTable, name: string, collection: MemoryCollection): void {
    this.put({ ...table, collections: new Map(table.collections).set(name, collection) });
  }
}

function elementsOf(body: JsonObject): readonly Json[] {
  return isJsonArray(body.elem) ? body.elem : [];
}

function declaration({ family: _family, table: _table, name: _name, ...rest }: JsonObject): string {
  return JSON.stringify(Object.entries(rest).sort(([left], [right]) => (left < right ? -1 : 1)));
}

function isJumpedTo(table: MemoryTable, name: string): boolean {
  const inRules = [...table.chains.values()].some(({ rules }) =>
    rules.some(({ body }) => referencesOf(body.expr ?? null).chains.has(name)),
  );
  return (
    inRules ||
    [...table.collections.values()].some(({ elements }) =>
      [...elements.values()].some(({ json }) => referencesOf(elementData(json) ?? null).chains.has(name)),
    )
  );
}
