/** Names of one generation: chains, sets and maps with a suffix, so that it can be loaded beside the one that is in force. */
import type { Json } from '../../backends/nftables/json.ts';
import { type Renaming, renamed } from './references.ts';
import {
  dataOfElement,
  type EmittedChain,
  type EmittedCollection,
  type EmittedTable,
  type EmittedTables,
} from './tables.ts';

/** The tables with a suffix on all names but those of base chains, which stay where they are registered. */
export function withSuffix(tables: EmittedTables, suffix: string): EmittedTables {
  if (suffix === '') return tables;
  return new Map([...tables].map(([key, table]) => [key, suffixedTable(table, suffix)]));
}

function suffixedTable(table: EmittedTable, suffix: string): EmittedTable {
  const isBase = (name: string): boolean => table.chains.get(name)?.body.hook !== undefined;
  const names: Renaming = {
    chain: (name) => (isBase(name) ? name : `${name}${suffix}`),
    collection: (name) => `${name}${suffix}`,
  };
  const chains = [...table.chains].map(([name, chain]): [string, EmittedChain] => [
    names.chain(name),
    {
      body: { ...chain.body, name: names.chain(name) },
      rules: chain.rules.map((rule) => ({
        ...rule,
        chain: names.chain(String(rule.chain)),
        expr: renamed(rule.expr ?? null, names),
      })),
    },
  ]);
  const collections = [...table.collections].map(([name, collection]): [string, EmittedCollection] => [
    names.collection(name),
    {
      kind: collection.kind,
      body: { ...collection.body, name: names.collection(name) },
      elements: new Map([...collection.elements].map(([key, element]) => [key, renamedData(element, names)])),
    },
  ]);
  return { ...table, chains: new Map(chains), collections: new Map(collections) };
}

function renamedData(element: Json, names: Renaming): Json {
  const data = dataOfElement(element);
  return data === undefined || !Array.isArray(element) ? element : [element[0] ?? null, renamed(data, names)];
}
