/** The tables that an emitted nftables document makes, as JSON: what two generations are compared by. */
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../backends/nftables/json.ts';
import { type EmittedCommand, emittedCommands, isEmittedText, parseElements } from './emitted-text.ts';

export interface EmittedTable {
  readonly family: string;
  readonly name: string;
  readonly chains: ReadonlyMap<string, EmittedChain>;
  readonly collections: ReadonlyMap<string, EmittedCollection>;
}

export interface EmittedChain {
  /** Name, and for base chains type, hook, priority and policy. */
  readonly body: JsonObject;
  /** In their order, each the body of an `add rule`. */
  readonly rules: readonly JsonObject[];
}

export interface EmittedCollection {
  readonly kind: 'set' | 'map';
  /** The declaration without elements. */
  readonly body: JsonObject;
  /** Elements by their value or key. */
  readonly elements: ReadonlyMap<string, Json>;
  /** The same as the lines of the document, where they stand there: what is equal need not be parsed. */
  readonly lines?: string | undefined;
}

/** Tables by family and name. */
export type EmittedTables = ReadonlyMap<string, EmittedTable>;

export const noTables: EmittedTables = new Map();

/** Reads a document that emit-json wrote (it adds things to tables that it has deleted before), or a listing of nft. */
export function tablesOfDocument(document: string | undefined): EmittedTables {
  if (document === undefined) return noTables;
  const tables = new Map<string, MutableTable>();
  for (const { command, elements } of commandsOf(document)) {
    const added = 'add' in command ? command.add : command;
    if (!isJsonObject(added)) continue;
    const [kind, body] = Object.entries(added)[0] ?? [];
    if (kind !== undefined && isJsonObject(body)) addTo(tables, kind, body, elements);
  }
  return tables;
}

function commandsOf(document: string): Iterable<EmittedCommand> {
  if (isEmittedText(document)) return emittedCommands(document);
  const { nftables } = JSON.parse(document) as { readonly nftables: readonly JsonObject[] };
  return nftables.map((command) => ({ command, elements: undefined }));
}

interface MutableTable extends EmittedTable {
  readonly chains: Map<string, { readonly body: JsonObject; readonly rules: JsonObject[] }>;
  readonly collections: Map<string, EmittedCollection>;
}

function addTo(tables: Map<string, MutableTable>, kind: string, body: JsonObject, lines: string | undefined): void {
  const family = String(body.family);
  const key = `${family} ${String(kind === 'table' ? body.name : body.table)}`;
  if (kind === 'table') {
    if (!tables.has(key))
      tables.set(key, { family, name: String(body.name), chains: new Map(), collections: new Map() });
    return;
  }
  const table = tables.get(key);
  if (table === undefined) return;
  if (kind === 'chain') table.chains.set(String(body.name), { body, rules: [] });
  else if (kind === 'rule') table.chains.get(String(body.chain))?.rules.push(body);
  else if (kind === 'set' || kind === 'map') {
    const { elem, ...declaration } = body;
    table.collections.set(
      String(body.name),
      new TextCollection(kind, declaration, lines, isJsonArray(elem) ? elem : []),
    );
  }
}

/** A set or map whose elements are parsed when somebody asks for them. */
class TextCollection implements EmittedCollection {
  private parsed: ReadonlyMap<string, Json> | undefined;

  constructor(
    readonly kind: 'set' | 'map',
    readonly body: JsonObject,
    readonly lines: string | undefined,
    private readonly given: readonly Json[],
  ) {}

  get elements(): ReadonlyMap<string, Json> {
    this.parsed ??= byKey(this.lines === undefined ? this.given : parseElements(this.lines));
    return this.parsed;
  }
}

/** Elements by what the kernel knows them by. */
export function byKey(elements: readonly Json[]): ReadonlyMap<string, Json> {
  return new Map(elements.map((element) => [keyOfElement(element), element]));
}

/** The value of a set's element, or the key of a map's: what the kernel knows it by, without its comment. */
export function keyOfElement(element: Json): string {
  return JSON.stringify(plainKey(element));
}

/** The value or key of an element as JSON. */
export function plainKey(element: Json): Json {
  const key = isJsonArray(element) ? (element[0] ?? null) : element;
  const wrapped = isJsonObject(key) ? key.elem : undefined;
  return isJsonObject(wrapped) ? (wrapped.val ?? null) : key;
}

/** The data that a map's element gives; undefined for elements of sets. */
export function dataOfElement(element: Json): Json | undefined {
  return isJsonArray(element) ? element[1] : undefined;
}

/** What a chain is without its rules, and a set without its elements, as text. */
export function declarationOf(body: JsonObject): string {
  const { policy: _policy, ...rest } = body;
  return JSON.stringify(rest);
}

/** What a rule does, as text; its comment does nothing. */
export function effectOf(rule: JsonObject): string {
  return JSON.stringify(rule.expr ?? null);
}
