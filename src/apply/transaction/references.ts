/** Which chains, sets and maps a piece of nftables JSON names, and the same piece with other names. */
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../backends/nftables/json.ts';

/** Gives the new name of a chain or of a set or map. */
export interface Renaming {
  readonly chain: (name: string) => string;
  readonly collection: (name: string) => string;
}

/** Texts of these keys are for people: what looks like a name there is none. */
const freeText: ReadonlySet<string> = new Set(['prefix', 'comment']);

/** The same JSON with every reference to a chain, set or map renamed. */
export function renamed(json: Json, names: Renaming): Json {
  const visit = (value: Json): Json => {
    if (typeof value === 'string') return value.startsWith('@') ? `@${names.collection(value.slice(1))}` : value;
    if (isJsonArray(value)) return value.map(visit);
    if (!isJsonObject(value)) return value;
    const entries = Object.entries(value).map(([key, item]): [string, Json] => {
      const target = (key === 'jump' || key === 'goto') && isJsonObject(item) ? item.target : undefined;
      if (typeof target === 'string') return [key, { ...(item as JsonObject), target: names.chain(target) }];
      return [key, freeText.has(key) ? item : visit(item)];
    });
    return Object.fromEntries(entries);
  };
  return visit(json);
}

/** The chains that JSON jumps or goes to, and the sets and maps that it looks into. */
export function referencesIn(json: Json): {
  readonly chains: ReadonlySet<string>;
  readonly collections: ReadonlySet<string>;
} {
  const chains = new Set<string>();
  const collections = new Set<string>();
  renamed(json, {
    chain: (name) => {
      chains.add(name);
      return name;
    },
    collection: (name) => {
      collections.add(name);
      return name;
    },
  });
  return { chains, collections };
}
