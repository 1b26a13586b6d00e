/** Several transactions where one would be too long for the kernel: all but one of them change nothing that a packet meets. */
import type { Json } from '../../backends/nftables/json.ts';
import type { Failure, Host } from '../../host/contract/host.ts';
import { documentOf } from '../transaction/commands.ts';
import { cleanCommands, stagedInstall } from '../transaction/staging.ts';
import { withSuffix } from '../transaction/suffix.ts';
import { type EmittedTable, type EmittedTables, tablesOfDocument } from '../transaction/tables.ts';
import { compareTable, tableOfListing } from './compare-tables.ts';
import type { Change, Prepared, Ran, Verification } from './installer.ts';

/**
 * `before`: what is loaded, as far as it is known. The kernel cannot be asked beforehand: the flip refers to what only the
 * preparation loads.
 */
export async function stagedInstallation(
  host: Host,
  before: EmittedTables,
  emitted: EmittedTables,
  change: Change,
): Promise<Prepared> {
  const suffix = freeSuffix(change);
  const after = withSuffix(emitted, suffix);
  const present = change.known ? before : await presentTables(host, new Map([...before, ...emitted]));
  const { prepare, flip } = stagedInstall(present, after);
  const documents = [...prepare.map(documentOf), documentOf(flip)];
  const elements = [...after.values()].flatMap(({ collections }) => [...collections.values()]);
  const rules = [...after.values()].flatMap(({ chains }) => [...chains.values()]);
  const sum = (numbers: readonly number[]): number => numbers.reduce((left, right) => left + right, 0);
  return {
    kind: 'ready',
    installation: {
      summary: {
        how: 'staged',
        elementsAdded: sum(elements.map((one) => one.elements.size)),
        elementsRemoved: 0,
        rules: sum(rules.map((one) => one.rules.length)),
        bytes: sum(documents.map((document) => Buffer.byteLength(document))),
        documents,
      },
      loaded: { generation: change.to.generation, suffix },
      run: (target) => runAll(target, documents, present, after),
      check: (target) => cleanAndVerify(target, after),
    },
  };
}

/** A name for this generation that the one which is loaded does not bear. */
function freeSuffix({ from, to }: Change): string {
  const suffix = `.${to.generation}`;
  return from.loaded.suffix === suffix ? `${suffix}.again` : suffix;
}

/** The base chains of tables of ours that are there although nobody knows what is in them. */
async function presentTables(host: Host, ours: EmittedTables): Promise<EmittedTables> {
  const present: [string, EmittedTable][] = [];
  for (const [key, { family, name }] of ours) {
    const listing = await host.listTable({ family, name }, 'terse');
    const table = listing.kind === 'read' ? tablesOfDocument(listing.value).get(key) : undefined;
    if (table !== undefined) present.push([key, table]);
  }
  return new Map(present);
}

async function runAll(
  host: Host,
  documents: readonly string[],
  present: EmittedTables,
  after: EmittedTables,
): Promise<Ran> {
  for (const [index, document] of documents.entries()) {
    const result = await host.runNftables(document, 'apply');
    if (result.kind === 'done') continue;
    const isFlip = index === documents.length - 1;
    if (isFlip && result.kind === 'unanswered') return { kind: 'unknown', failure: result };
    const left = new Map([...after.keys()].map((key) => [key, present.get(key)]));
    const cleaned = await cleanUp(host, left);
    return { kind: cleaned === undefined ? 'unchanged' : 'unknown', failure: result };
  }
  return { kind: 'done' };
}

/** Removes from our tables what no generation that is in force has; a table that should not be there goes whole. */
async function cleanUp(
  host: Host,
  wanted: ReadonlyMap<string, EmittedTable | undefined>,
): Promise<Failure | undefined> {
  for (const [key, table] of wanted) {
    const [family = '', name = ''] = key.split(' ');
    const listed = await host.listTable({ family, name }, 'terse');
    if (listed.kind !== 'read') return listed;
    const present = tablesOfDocument(listed.value).get(key);
    if (present === undefined) continue;
    const removal: Json[] = [{ delete: { table: { family, name } } }];
    for (const commands of table === undefined ? [removal] : cleanCommands(present, table)) {
      const result = await host.runNftables(documentOf(commands), 'apply');
      if (result.kind !== 'done') return result;
    }
  }
  return undefined;
}

/** Everything is listed and compared, without what is left of other generations. */
async function cleanAndVerify(host: Host, after: EmittedTables): Promise<Verification> {
  const failure = await cleanUp(host, after);
  if (failure !== undefined) return { kind: 'unreadable', failure };
  const differences: string[] = [];
  for (const [key, table] of after) {
    const listing = await host.listTable({ family: table.family, name: table.name });
    if (listing.kind !== 'read') return { kind: 'unreadable', failure: listing };
    differences.push(...compareTable(table, tableOfListing(listing.value), key));
  }
  return differences.length === 0 ? { kind: 'same' } : { kind: 'differs', differences };
}
