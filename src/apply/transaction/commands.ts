/** The commands that turn the tables of one generation into those of another, in one transaction. */
import type { Json, JsonObject } from '../../backends/nftables/json.ts';
import type { Difference, ElementDifference, TableDifference } from './difference.ts';
import { type EmittedChain, type EmittedCollection, type EmittedTable, plainKey } from './tables.ts';

/** The document of a difference: rules are emptied before what they refer to goes, and filled after what they refer to is there. */
export function documentOf(commands: readonly Json[]): string {
  return `{"nftables": [\n${commands.map((command) => JSON.stringify(command)).join(',\n')}\n]}\n`;
}

export function commandsOf(difference: Difference): readonly Json[] {
  return [
    ...difference.removed.map(({ family, name }): Json => ({ delete: { table: { family, name } } })),
    ...difference.changed.flatMap(changeCommands),
    ...difference.added.flatMap(tableCommands),
  ];
}

function changeCommands(change: TableDifference): readonly Json[] {
  const { family, name: tableName } = change.table;
  const place = { family, table: tableName };
  const flushed = new Set([...change.removedChains, ...change.refilled.map(({ body }) => String(body.name))]);
  const added = new Set(change.addedChains.map(({ body }) => String(body.name)));
  const existing = [...flushed].filter((name) => !added.has(name) || change.removedChains.includes(name));
  return [
    ...existing.map((name): Json => ({ flush: { chain: { ...place, name } } })),
    ...change.elements.flatMap((elements) => removeElements(place, elements)),
    ...change.removedCollections.map(({ kind, name }): Json => ({ delete: { [kind]: { ...place, name } } })),
    ...change.removedChains.map((name): Json => ({ delete: { chain: { ...place, name } } })),
    ...[...change.addedChains, ...change.policies].map(chainCommand),
    ...change.addedCollections.map(collectionCommand),
    ...change.elements.flatMap((elements) => addElements(place, elements)),
    ...change.refilled.flatMap(ruleCommands),
  ];
}

/** A table that is not there, with all it holds: chains before the verdict maps that name them, rules last. */
export function tableCommands({ family, name, chains, collections }: EmittedTable): readonly Json[] {
  return [
    { add: { table: { family, name } } },
    ...[...chains.values()].map(chainCommand),
    ...[...collections.values()].map(collectionCommand),
    ...[...chains.values()].flatMap(ruleCommands),
  ];
}

export function chainCommand({ body }: EmittedChain): Json {
  return { add: { chain: body } };
}

export function ruleCommands({ rules }: EmittedChain): readonly Json[] {
  return rules.map((body) => ({ add: { rule: body } }));
}

export function collectionCommand({ kind, body, elements }: EmittedCollection): Json {
  return { add: { [kind]: { ...body, ...(elements.size > 0 && { elem: [...elements.values()] }) } } };
}

interface Place {
  readonly family: string;
  readonly table: string;
}

export function addElements(place: Place, { name, added }: Pick<ElementDifference, 'name' | 'added'>): readonly Json[] {
  return added.length === 0 ? [] : [{ add: { element: elementsBody(place, name, added) } }];
}

/** Elements go by their key; maps want the data with it. */
export function removeElements(
  place: Place,
  { name, removed }: Pick<ElementDifference, 'name' | 'removed'>,
): readonly Json[] {
  return removed.length === 0 ? [] : [{ delete: { element: elementsBody(place, name, removed.map(withoutComment)) } }];
}

function elementsBody(place: Place, name: string, elem: readonly Json[]): JsonObject {
  return { ...place, name, elem };
}

export function withoutComment(element: Json): Json {
  return Array.isArray(element) ? [plainKey(element), element[1] ?? null] : plainKey(element);
}
