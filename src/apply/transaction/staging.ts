/**
 * A generation that is too large for one transaction: its chains, sets and maps are loaded first, under names of their own
 * and in pieces, where no packet meets them; one transaction then fills the base chains; what is left of the old one goes last.
 */
import type { Json } from '../../backends/nftables/json.ts';
import { addElements, chainCommand, collectionCommand, ruleCommands } from './commands.ts';
import { declarationOf, type EmittedTable, type EmittedTables } from './tables.ts';

export interface Staged {
  /** Transactions that change nothing that a packet meets. */
  readonly prepare: readonly (readonly Json[])[];
  /** The one that does. */
  readonly flip: readonly Json[];
  readonly clean: readonly (readonly Json[])[];
}

/** Elements and rules in one transaction. */
const pieceSize = 2000;

/** `after` has names that `before` has not, but for base chains. `before` is what is on the host. */
export function stagedInstall(before: EmittedTables, after: EmittedTables): Staged {
  const tables = [...after].map(([key, table]) => ({ table, old: before.get(key) }));
  const gone = [...before].filter(([key]) => !after.has(key)).map(([, table]) => table);
  return {
    prepare: tables.flatMap(({ table }) => prepareTable(table)),
    flip: [
      ...gone.map(({ family, name }): Json => ({ delete: { table: { family, name } } })),
      ...tables.flatMap(({ table, old }) => flipTable(old, table)),
    ],
    clean: tables.flatMap(({ old }) => (old === undefined ? [] : cleanTable(old))),
  };
}

function prepareTable(table: EmittedTable): readonly (readonly Json[])[] {
  const { family, name, chains, collections } = table;
  const place = { family, table: name };
  const inner = [...chains.values()].filter(({ body }) => body.hook === undefined);
  const declared: Json[] = [
    { add: { table: { family, name } } },
    ...inner.map(chainCommand),
    ...[...collections.values()].map((collection) => collectionCommand({ ...collection, elements: new Map() })),
  ];
  const elements = [...collections].flatMap(([collection, { elements: held }]) =>
    pieces([...held.values()], pieceSize).map((added) => addElements(place, { name: collection, added })),
  );
  const rules = pieces(inner.flatMap(ruleCommands), pieceSize);
  return [...pieces(declared, pieceSize), ...elements, ...rules];
}

function flipTable(old: EmittedTable | undefined, table: EmittedTable): readonly Json[] {
  const place = { family: table.family, table: table.name };
  const isBase = ({ body }: { readonly body: { readonly hook?: Json } }): boolean => body.hook !== undefined;
  const before = [...(old?.chains.values() ?? [])].filter(isBase);
  const wanted = [...table.chains.values()].filter(isBase);
  const stays = (declaration: string): boolean => wanted.some(({ body }) => declarationOf(body) === declaration);
  return [
    ...before.map(({ body }): Json => ({ flush: { chain: { ...place, name: body.name ?? '' } } })),
    ...before
      .filter(({ body }) => !stays(declarationOf(body)))
      .map(({ body }): Json => ({ delete: { chain: { ...place, name: body.name ?? '' } } })),
    ...wanted.map(chainCommand),
    ...wanted.flatMap(ruleCommands),
  ];
}

/** Rules go before the maps that lead to their chains, maps before the chains. */
function cleanTable({ family, name: table, chains, collections }: EmittedTable): readonly (readonly Json[])[] {
  const inner = [...chains.values()].filter(({ body }) => body.hook === undefined);
  const commands: Json[] = [
    ...inner.map(({ body }): Json => ({ flush: { chain: { family, table, name: body.name ?? '' } } })),
    ...[...collections].map(([name, { kind }]): Json => ({ delete: { [kind]: { family, table, name } } })),
    ...inner.map(({ body }): Json => ({ delete: { chain: { family, table, name: body.name ?? '' } } })),
  ];
  return pieces(commands, pieceSize);
}

function pieces<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

