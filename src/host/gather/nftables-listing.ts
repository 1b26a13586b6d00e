/** The nftables listing, object by object: which tables it has, and the listing without some of them. */
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../backends/nftables/json.ts';

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
