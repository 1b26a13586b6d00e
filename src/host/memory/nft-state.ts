/** What an in-memory kernel holds of nftables: tables with chains, rules, sets and maps, as JSON. Copied before it is changed. */
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../backends/nftables/json.ts';

export interface MemoryRule {
  readonly body: JsonObject;
}

export interface MemoryChain {
  readonly body: JsonObject;
  readonly rules: readonly MemoryRule[];
  /** Grows with each registration: among equal priorities the highest runs first [4]. */
  readonly registered: number;
}

export interface MemoryElement {
  /** The element as it was added: a value, an `elem` with a comment, or a pair of key and data. */
  readonly json: Json;
  readonly packets: number;
}

export interface MemoryCollection {
  readonly kind: 'set' | 'map';
  /** The declaration, without elements. */
  readonly body: JsonObject;
  readonly elements: ReadonlyMap<string, MemoryElement>;
}

export interface MemoryTable {
  readonly family: string;
  readonly name: string;
  readonly chains: ReadonlyMap<string, MemoryChain>;
  readonly collections: ReadonlyMap<string, MemoryCollection>;
}

export type NftState = ReadonlyMap<string, MemoryTable>;

export const tableKey = (family: string, name: string): string => `${family} ${name}`;

/** The value or key of an element, without what else is said about it. */
export function elementKey(json: Json): string {
  const key = isJsonArray(json) ? (json[0] ?? null) : json;
  const wrapped = isJsonObject(key) ? key.elem : undefined;
  return JSON.stringify(isJsonObject(wrapped) ? (wrapped.val ?? null) : key);
}

/** The data that a map holds for an element's key; undefined for elements of sets. */
export function elementData(json: Json): Json | undefined {
  return isJsonArray(json) ? json[1] : undefined;
}

/** The state as `nft -j list ruleset` prints it, or one table of it; `terse`: without elements. */
export function listState(state: NftState, only: { readonly table?: string; readonly terse?: boolean } = {}): string {
  const objects: Json[] = [{ metainfo: { version: 'memory', json_schema_version: 1 } }];
  for (const [key, table] of state) {
    if (only.table !== undefined && only.table !== key) continue;
    objects.push({ table: { family: table.family, name: table.name } });
    for (const collection of table.collections.values()) objects.push(listCollection(collection, only.terse === true));
    for (const { body } of table.chains.values()) objects.push({ chain: body });
    for (const { rules } of table.chains.values()) for (const { body } of rules) objects.push({ rule: body });
  }
  return `${JSON.stringify({ nftables: objects })}\n`;
}

function listCollection({ kind, body, elements }: MemoryCollection, terse: boolean): Json {
  const counts = body.stmt !== undefined;
  const held = terse ? [] : [...elements.values()];
  const elem = held.map((element) => (counts ? withCounter(element) : element.json));
  return { [kind]: { ...body, ...(elem.length > 0 && { elem }) } };
}

function withCounter({ json, packets }: MemoryElement): Json {
  const counter = { packets, bytes: packets * 60 };
  const wrap = (value: Json): Json => {
    const inner = isJsonObject(value) && isJsonObject(value.elem) ? value.elem : { val: value };
    return { elem: { ...inner, counter } };
  };
  return isJsonArray(json) ? [wrap(json[0] ?? null), json[1] ?? null] : wrap(json);
}

/** Names of chains that a JSON value jumps to, and of sets and maps that it looks into. */
export function referencesOf(json: Json): {
  readonly chains: ReadonlySet<string>;
  readonly collections: ReadonlySet<string>;
} {
  const chains = new Set<string>();
  const collections = new Set<string>();
  const visit = (value: Json, under: string): void => {
    if (typeof value === 'string') {
      if (value.startsWith('@') && under !== 'prefix' && under !== 'comment') collections.add(value.slice(1));
      return;
    }
    if (isJsonArray(value)) {
      for (const item of value) visit(item, under);
      return;
    }
    if (!isJsonObject(value)) return;
    for (const [name, item] of Object.entries(value)) {
      if ((name === 'jump' || name === 'goto') && isJsonObject(item) && typeof item.target === 'string')
        chains.add(item.target);
      else visit(item, name);
    }
  };
  visit(json, '');
  return { chains, collections };
}
