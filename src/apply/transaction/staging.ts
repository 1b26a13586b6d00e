/**
 * A generation that is too large for one transaction: its chains, sets and maps are loaded first, under names of their own
 * and in pieces, where no packet meets them; one transaction then fills the base chains. What is left of the old one goes last.
 */
import type { Json } from '../../backends/nftables/json.ts';
import { addElements, chainCommand, collectionCommand, ruleCommands } from './commands.ts';
import { declarationOf, type EmittedTable, type EmittedTables } from './tables.ts';

export interface Staged {
  /** Transactions that change nothing that a packet meets. */
  readonly prepare: readonly (readonly Json[])[];
  /** The one that does. */
  readonly flip: readonly Json[];
}

/** Bytes of one transaction: well below what the kernel takes from a process whose send buffer it does not let grow. */
const pieceBytes = 64 * 1024;

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
  };
}

function prepareTable(table: EmittedTable): readonly (readonly Json[])[] {
  const { family, name, chains, collections } = table;
  const place = { family, table: name };
  const inner = [...chains.values()].filter(({ body }) => body.hook === undefined);
  const declared: Json[] = [
    { add: { table: { family, name } } },
    ...inner.flatMap(({ body }): readonly Json[] => [
      { add: { chain: body } },
      { flush: { chain: { ...place, name: body.name ?? '' } } }, // an earlier try may have filled it
    ]),
    ...[...collections.values()].map((collection) => collectionCommand({ ...collection, elements: new Map() })),
  ];
  const elements = [...collections].flatMap(([collection, { elements: held }]) =>
    pieces([...held.values()]).map((added) => addElements(place, { name: collection, added })),
  );
  const rules = pieces(inner.flatMap(ruleCommands));
  return [...pieces(declared), ...elements, ...rules];
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

/** What a table holds besides what it should: rules go before the maps that lead to their chains, maps before the chains. */
export function cleanCommands(listed: EmittedTable, wanted: EmittedTable): readonly (readonly Json[])[] {
  const place = { family: listed.family, table: listed.name };
  const chains = [...listed.chains.keys()].filter((name) => !wanted.chains.has(name));
  const collections = [...listed.collections].filter(([name]) => !wanted.collections.has(name));
  const commands: Json[] = [
    ...chains.map((name): Json => ({ flush: { chain: { ...place, name } } })),
    ...collections.map(([name, { kind }]): Json => ({ delete: { [kind]: { ...place, name } } })),
    ...chains.map((name): Json => ({ delete: { chain: { ...place, name } } })),
  ];
  return pieces(commands);
}

/** Consecutive pieces of about this many bytes as JSON. */
function pieces<T>(items: readonly T[]): readonly (readonly T[])[] {
  const result: T[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const bytes = JSON.stringify(item).length;
    if (size + bytes > pieceBytes) {
      result.push([]);
      size = 0;
    }
    result.at(-1)?.push(item);
    size += bytes;
  }
  return result;
}
