/** The nftables listing, object by object: which tables it has, and the listing without some of them. */
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../backends/nftables/json.ts';
import type { ElementsApart, ListedElements } from './gathered.ts';

/** A table by family and name: `ip filter`. */
export type TableKey = string;

export interface NftablesListing {
  readonly objects: readonly Json[];
  /** Rules by chain, by table. */
  readonly tables: ReadonlyMap<TableKey, ReadonlyMap<string, number>>;
}

/** Undefined when the text is no listing. */
export function readListing(text: string): NftablesListing | undefined {
  let document: Json;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  const objects = isJsonObject(document) ? document.nftables : undefined;
  if (!isJsonArray(objects)) return undefined;
  const tables = new Map<TableKey, Map<string, number>>();
  for (const object of objects) {
    if (!isJsonObject(object)) continue;
    const { table, chain, rule } = object;
    if (isJsonObject(table)) tables.set(keyOf(table.family, table.name), new Map());
    if (isJsonObject(chain)) tables.get(keyOf(chain.family, chain.table))?.set(`${chain.name}`, 0);
    if (isJsonObject(rule)) {
      const chains = tables.get(keyOf(rule.family, rule.table));
      chains?.set(`${rule.chain}`, (chains.get(`${rule.chain}`) ?? 0) + 1);
    }
  }
  return { objects, tables };
}

/** A listing without the elements of some tables, and these elements. */
export function withElementsApart(
  listing: NftablesListing,
  { tables, moreThan }: ElementsApart = { tables: [], moreThan: 0 },
): { readonly listing: NftablesListing; readonly apart: readonly ListedElements[] } {
  const apart: ListedElements[] = [];
  const objects = listing.objects.map((object): Json => {
    const kind = !isJsonObject(object) ? undefined : 'set' in object ? 'set' : 'map' in object ? 'map' : undefined;
    const body = isJsonObject(object) && kind !== undefined ? object[kind] : undefined;
    if (kind === undefined || !isJsonObject(body)) return object;
    const { elem, ...declaration } = body;
    const table = keyOf(body.family, body.table);
    if (!tables.includes(table) || !isJsonArray(elem)) return object;
    apart.push({ table, name: String(body.name), elements: elem });
    return { [kind]: declaration };
  });
  const count = apart.reduce((sum, { elements }) => sum + elements.length, 0);
  return count > moreThan ? { listing: { ...listing, objects }, apart } : { listing, apart: [] };
}

/** A listing without the objects of some tables, one object a line. */
export function listingWithout({ objects }: NftablesListing, tables: ReadonlySet<TableKey>): string {
  const kept = objects.filter((object) => !(isJsonObject(object) && tables.has(tableOf(object))));
  return `{"nftables": [\n${kept.map((object) => JSON.stringify(object)).join(',\n')}\n]}\n`;
}

function tableOf(object: JsonObject): TableKey {
  if (isJsonObject(object.table)) return keyOf(object.table.family, object.table.name);
  const [body] = Object.values(object);
  return isJsonObject(body) ? keyOf(body.family, body.table) : '';
}

function keyOf(family: Json | undefined, name: Json | undefined): TableKey {
  return `${family} ${name}`;
}
