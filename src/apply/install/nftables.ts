/** Puts nftables rules in force: the least transaction where what is loaded is known, else one that replaces our tables whole. */
import type { Json } from '../../backends/nftables/json.ts';
import type { Host, WriteResult } from '../../host/contract/host.ts';
import { commandsOf, documentOf, tableCommands } from '../transaction/commands.ts';
import { type Difference, differenceOf, isEmpty, isOfElementsOnly } from '../transaction/difference.ts';
import { dataCommands, presenceCommands } from '../transaction/effect-check.ts';
import { withSuffix } from '../transaction/suffix.ts';
import { type EmittedTable, type EmittedTables, tablesOfDocument } from '../transaction/tables.ts';
import { compareListed, type ElementsByName } from './compare-listed.ts';
import { compareTable, mayBeIncomplete, tableOfListing } from './compare-tables.ts';
import type {
  Installation,
  InstallationSummary,
  Installed,
  Installer,
  Prepared,
  Ran,
  RulesRead,
  Verification,
} from './installer.ts';
import { stagedInstallation } from './nftables-staged.ts';

export const rulesFile = 'rules.json';

export const nftablesInstaller: Installer = {
  prepare: async (host, change): Promise<Prepared> => {
    const before = loadedTables(change.from);
    const emitted = tablesOfDocument(change.to.artifact.files[rulesFile]);
    const { generation } = change.to;
    if (change.known && change.again !== true) {
      const { suffix } = change.from.loaded;
      const after = withSuffix(emitted, suffix);
      const difference = differenceOf(before, after);
      const least = leastInstallation(difference, after, before, { generation, suffix });
      if (least.summary.how === 'nothing' || least.summary.how === change.tried)
        return { kind: 'ready', installation: least };
      const asked = await tryOut(host, least.summary.documents);
      if (asked.kind === 'done') return { kind: 'ready', installation: least };
      if (asked.kind === 'too-long') return stagedInstallation(host, before, emitted, change);
      if (asked.kind !== 'refused') return { kind: 'impossible', failure: asked };
    }
    const whole = wholeInstallation(before, emitted, generation);
    const asked = await tryOut(host, whole.summary.documents);
    if (asked.kind === 'done') return { kind: 'ready', installation: whole };
    if (asked.kind === 'too-long') return stagedInstallation(host, change.known ? before : new Map(), emitted, change);
    return { kind: 'impossible', failure: asked };
  },
  verify: (host, installed) => verifyTables(host, wantedTables(installed)),
  comparison: (_, installed) => {
    const wanted = wantedTables(installed);
    const elements = [...wanted.values()].flatMap((table) => [...(table?.collections.values() ?? [])]);
    for (const collection of elements) void collection.elements.size; // parsed while the host is being read
    return async (reading) => compareTables(wanted, reading);
  },
};

function wantedTables(installed: Installed): WantedTables {
  return new Map<string, EmittedTable | undefined>([
    ...ownTables.map((key): [string, undefined] => [key, undefined]),
    ...loadedTables(installed),
  ]);
}

function compareTables(wanted: WantedTables, reading: RulesRead): Verification {
  const tables = reading.rulesets
    .flatMap(({ ruleset }) => ruleset.tables)
    .filter(({ engine }) => engine === 'nftables');
  const found = new Map(tables.map((table) => [`${table.family} ${table.name}`, table]));
  const apart = (reading.elementsApart ?? []).length > 0;
  const differences = [...wanted].flatMap(([key, table]) =>
    apart
      ? compareListed(table, found.get(key), elementsOf(reading, key), key)
      : compareTable(table, found.get(key), key),
  );
  return differences.length === 0 ? { kind: 'same' } : { kind: 'differs', differences };
}

/** The tables that are ours by their names, whatever is in them. */
export const ownTables: readonly string[] = ['inet ctfw', 'bridge ctfw'];

function elementsOf({ elementsApart = [] }: RulesRead, key: string): ElementsByName {
  return new Map(elementsApart.filter(({ table }) => table === key).map(({ name, elements }) => [name, elements]));
}

function loadedTables({ artifact, loaded }: Installed): EmittedTables {
  return withSuffix(tablesOfDocument(artifact.files[rulesFile]), loaded.suffix);
}

async function tryOut(host: Host, documents: readonly string[]): Promise<WriteResult> {
  for (const document of documents) {
    const result = await host.runNftables(document, 'check');
    if (result.kind !== 'done') return result;
  }
  return { kind: 'done' };
}

/** Only what differs. */
function leastInstallation(
  difference: Difference,
  after: EmittedTables,
  before: EmittedTables,
  loaded: Installation['loaded'],
): Installation {
  if (isEmpty(difference)) {
    const summary: InstallationSummary = { ...summaryOf(difference, []), how: 'nothing' };
    return { summary, loaded, run: async () => ({ kind: 'done' }), check: async () => ({ kind: 'same' }) };
  }
  const elementsOnly = isOfElementsOnly(difference);
  const document = documentOf(commandsOf(difference));
  return {
    summary: {
      ...summaryOf(difference, [document]),
      how: before.size === 0 ? 'whole' : elementsOnly ? 'elements' : 'parts',
    },
    loaded,
    run: (host) => runOne(host, document),
    check: elementsOnly
      ? (host) => checkElements(host, difference)
      : (host) => verifyTables(host, withAbsent(after, before)),
  };
}

/** Our tables are deleted and made anew. Their base chains come first among equal priorities then [4]. */
function wholeInstallation(before: EmittedTables, after: EmittedTables, generation: number): Installation {
  const names = [...new Set([...ownTables, ...before.keys(), ...after.keys()])].map(placeOf);
  const commands: Json[] = [
    ...names.flatMap((table): Json[] => [{ add: { table } }, { delete: { table } }]),
    ...[...after.values()].flatMap(tableCommands),
  ];
  const document = documentOf(commands);
  const difference: Difference = { removed: [], added: [...after.values()], changed: [] };
  return {
    summary: { ...summaryOf(difference, [document]), how: 'whole' },
    loaded: { generation, suffix: '' },
    run: (host) => runOne(host, document),
    check: (host) => verifyTables(host, withAbsent(after, before)),
  };
}

async function runOne(host: Host, document: string): Promise<Ran> {
  const result = await host.runNftables(document, 'apply');
  if (result.kind === 'done') return { kind: 'done' };
  return { kind: result.kind === 'unanswered' ? 'unknown' : 'unchanged', failure: result };
}

/** Asks the kernel whether it could take the change back: it can exactly when all of it is there. */
async function checkElements(host: Host, difference: Difference): Promise<Verification> {
  const questions = [presenceCommands(difference), dataCommands(difference)].filter((commands) => commands.length > 0);
  const answers = await Promise.all(questions.map((commands) => host.runNftables(documentOf(commands), 'check')));
  for (const answer of answers) {
    if (answer.kind === 'refused') return { kind: 'differs', differences: [answer.message] };
    if (answer.kind !== 'done') return { kind: 'unreadable', failure: answer };
  }
  return { kind: 'same' };
}

function placeOf(key: string): { readonly family: string; readonly name: string } {
  const [family = '', name = ''] = key.split(' ');
  return { family, name };
}

/** Tables that were there and should be gone, as undefined. */
export type WantedTables = ReadonlyMap<string, EmittedTable | undefined>;

export function withAbsent(after: EmittedTables, before: EmittedTables): WantedTables {
  const absent = [...before.keys()].filter((key) => !after.has(key)).map((key) => [key, undefined] as const);
  return new Map([...after, ...absent]);
}

/** Milliseconds until a listing that seems incomplete is asked for again. */
const pauses: readonly number[] = [200, 800];

/** Lists our tables whole and compares them. */
export async function verifyTables(host: Host, wanted: WantedTables): Promise<Verification> {
  for (const pause of pauses) {
    const found = await verifyOnce(host, wanted);
    if (found.kind !== 'differs' || !mayBeIncomplete(found.differences)) return found;
    await host.wait(pause);
  }
  return verifyOnce(host, wanted);
}

async function verifyOnce(host: Host, wanted: WantedTables): Promise<Verification> {
  const differences: string[] = [];
  for (const [key, table] of wanted) {
    const listing = await host.listTable(placeOf(key));
    if (listing.kind !== 'read') return { kind: 'unreadable', failure: listing };
    differences.push(...compareTable(table, tableOfListing(listing.value), key));
  }
  return differences.length === 0 ? { kind: 'same' } : { kind: 'differs', differences };
}

function summaryOf({ added, changed }: Difference, documents: readonly string[]): Omit<InstallationSummary, 'how'> {
  const sum = (numbers: readonly number[]): number => numbers.reduce((left, right) => left + right, 0);
  const newChains = added.flatMap(({ chains }) => [...chains.values()]);
  const newCollections = [
    ...added.flatMap(({ collections }) => [...collections.values()]),
    ...changed.flatMap(({ addedCollections }) => addedCollections),
  ];
  const elements = changed.flatMap((one) => one.elements);
  return {
    elementsAdded: sum([...elements.map((one) => one.added.length), ...newCollections.map((one) => one.elements.size)]),
    elementsRemoved: sum(elements.map((one) => one.removed.length)),
    rules: sum([...newChains, ...changed.flatMap(({ refilled }) => refilled)].map(({ rules }) => rules.length)),
    bytes: sum(documents.map((document) => Buffer.byteLength(document))),
    documents,
  };
}
