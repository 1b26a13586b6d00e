/** Several transactions where one would be too long for the kernel: all but one of them change nothing that a packet meets. */
import type { Host } from '../../host/contract/host.ts';
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
      run: (target) => runAll(target, documents),
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

async function runAll(host: Host, documents: readonly string[]): Promise<Ran> {
  for (const [index, document] of documents.entries()) {
    const result = await host.runNftables(document, 'apply');
    if (result.kind === 'done') continue;
    const isFlip = index === documents.length - 1;
    return { kind: isFlip && result.kind === 'unanswered' ? 'unknown' : 'unchanged', failure: result };
  }
  return { kind: 'done' };
}

/** What is left of other generations goes, then everything is listed and compared. */
async function cleanAndVerify(host: Host, after: EmittedTables): Promise<Verification> {
  const differences: string[] = [];
  for (const [key, table] of after) {
    const place = { family: table.family, name: table.name };
    const listed = await host.listTable(place, 'terse');
    if (listed.kind !== 'read') return { kind: 'unreadable', failure: listed };
    const present = tablesOfDocument(listed.value).get(key);
    for (const commands of present === undefined ? [] : cleanCommands(present, table)) {
      const result = await host.runNftables(documentOf(commands), 'apply');
      if (result.kind !== 'done') return { kind: 'unreadable', failure: result };
    }
    const listing = await host.listTable(place);
    if (listing.kind !== 'read') return { kind: 'unreadable', failure: listing };
    differences.push(...compareTable(table, tableOfListing(listing.value), key));
  }
  return differences.length === 0 ? { kind: 'same' } : { kind: 'differs', differences };
}
