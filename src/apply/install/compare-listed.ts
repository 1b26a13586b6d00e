/**
 * Whether a table whose elements were left as nft lists them is what was emitted. Most elements are listed in the words in which
 * they were emitted, and need no reading; a set with any that is not is read and compared whole.
 */
import type { Json } from '../../backends/nftables/json.ts';
import type { Table } from '../../ruleset/ruleset.ts';
import { documentOf, tableCommands } from '../transaction/commands.ts';
import { dataOfElement, type EmittedCollection, type EmittedTable, keyOfElement } from '../transaction/tables.ts';
import { compareTable, type FoundTable, tableOfListing } from './compare-tables.ts';

/** Elements of one table by the name of their set or map. */
export type ElementsByName = ReadonlyMap<string, readonly Json[]>;

/** `found` is without the elements that `listed` has. */
export function compareListed(
  wanted: EmittedTable | undefined,
  found: Table | undefined,
  listed: ElementsByName,
  key: string,
): readonly string[] {
  if (wanted === undefined || found === undefined) return compareTable(wanted, found, key);
  const shells = [...wanted.collections].map(([name, one]): [string, EmittedCollection] => [
    name,
    withElements(one, []),
  ]);
  const differences = compareTable({ ...wanted, collections: new Map(shells) }, found, key);
  if (differences.length > 0) return differences;
  return [...wanted.collections.values()].flatMap((collection) => {
    const elements = listed.get(String(collection.body.name)) ?? [];
    return isWrittenAlike(collection, elements) ? [] : compareRead(wanted, collection, elements, key);
  });
}

function isWrittenAlike({ elements }: EmittedCollection, listed: readonly Json[]): boolean {
  if (elements.size !== listed.length) return false;
  const met = new Set<string>();
  for (const element of listed) {
    const key = keyOfElement(element);
    const held = elements.get(key);
    if (held === undefined || dataText(held) !== dataText(element)) return false;
    met.add(key);
  }
  return met.size === elements.size;
}

function dataText(element: Json): string {
  const data = dataOfElement(element);
  return data === undefined ? '' : JSON.stringify(data);
}

/** Both read, in a table that holds nothing else: that they are declared alike is known. */
function compareRead(
  wanted: EmittedTable,
  collection: EmittedCollection,
  listed: readonly Json[],
  key: string,
): readonly string[] {
  const alone = (elements: EmittedCollection): EmittedTable => ({
    ...wanted,
    chains: chainsNamed(wanted),
    collections: new Map([[String(collection.body.name), elements]]),
  });
  const found: FoundTable = tableOfListing(documentOf(tableCommands(alone(withElements(collection, listed)))));
  return compareTable(alone(collection), found, key);
}

/** Verdict maps name chains, which have to be there. */
function chainsNamed({ chains }: EmittedTable): EmittedTable['chains'] {
  return new Map([...chains].map(([name, { body }]) => [name, { body, rules: [] }]));
}

function withElements({ kind, body }: EmittedCollection, elements: readonly Json[]): EmittedCollection {
  return { kind, body, elements: new Map(elements.map((element, index) => [`${index}`, element])) };
}
