/**
 * Puts iptables rules in force. Each table of each family is exchanged whole, but they cannot be exchanged together: behind the
 * lock (iptables-lock.ts) raw, mangle and nat come first and filter last, which lifts the lock in the same step. Where it fails
 * in the middle, the old tables are put back; where even that fails, the lock stays.
 */
import type { Failure, Host, IptablesTool } from '../../host/contract/host.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { Artifact } from '../artifact.ts';
import type { Change, Installation, Installer, Prepared, Ran, Verification } from './installer.ts';
import { isLocked, lockText, unlockText, withoutLock } from './iptables-lock.ts';
import {
  chainPrefix,
  changeTexts,
  ownTexts,
  readRules,
  type ToolFile,
  toolFiles,
  toolOf,
  variantOf,
} from './iptables-own.ts';

export const iptablesInstaller: Installer = {
  prepare: async (host, change): Promise<Prepared> => {
    const { artifact } = change.to;
    const present = await survey(host, artifact);
    if ('kind' in present) return { kind: 'impossible', failure: present };
    const units = unitsTo((toolFile) => wantedRules(artifact, toolFile), present);
    for (const { tool, text } of units) {
      const tried = await host.restoreIptables(tool, text, 'check');
      if (tried.kind !== 'done') return { kind: 'impossible', failure: tried };
    }
    return { kind: 'ready', installation: installationOf(units, present, change) };
  },
  verify: (host, { artifact }) => verifyTables(host, artifact),
  comparison:
    (host, { artifact }) =>
    () =>
      verifyTables(host, artifact),
};

/** One table of one tool that changes. */
interface Unit {
  readonly tool: IptablesTool;
  readonly table: string;
  readonly text: string;
}

/** What one tool holds: all rules but the lock's, and whether the lock is in force. */
interface Present {
  readonly toolFile: ToolFile;
  readonly tool: IptablesTool;
  readonly rules: Ruleset;
  readonly locked: boolean;
}

/** The order within a family: what only narrows first, what lets packets through last. */
const tableOrder = ['raw', 'mangle', 'nat', 'security', 'filter'];

/** A tool that is not there has no rules; that is a failure only where it should have some. */
async function survey(host: Host, artifact: Artifact): Promise<readonly Present[] | Failure> {
  const found: Present[] = [];
  for (const toolFile of toolFiles) {
    const tool = toolOf(toolFile, variantOf(artifact));
    const saved = await host.saveIptables(tool);
    const isNeeded = (artifact.files[toolFile.file] ?? '') !== '';
    if (saved.kind !== 'read' && isNeeded) return saved;
    const all = saved.kind === 'read' ? readRules(saved.value, toolFile, variantOf(artifact)) : { tables: [] };
    found.push({ toolFile, tool, rules: withoutLock(all), locked: isLocked(all) });
  }
  return found;
}

function wantedRules(artifact: Artifact, toolFile: ToolFile): Ruleset {
  return readRules(artifact.files[toolFile.file] ?? '', toolFile, variantOf(artifact));
}

function unitsTo(wanted: (toolFile: ToolFile) => Ruleset, present: readonly Present[]): readonly Unit[] {
  return present.flatMap(({ toolFile, tool, rules }) => {
    const changes = changeTexts(wanted(toolFile), rules, toolFile);
    return tableOrder.flatMap((table): Unit[] => {
      const text = changes.get(table);
      return text === undefined ? [] : [{ tool, table, text }];
    });
  });
}

function installationOf(
  units: readonly Unit[],
  present: readonly Present[],
  { to, operatorPort = 22 }: Change,
): Installation {
  const documents = units.map(({ tool, text }) => `# ${tool}-restore --noflush\n${text}`);
  const isNothing = units.length === 0 && !present.some(({ locked }) => locked);
  return {
    summary: {
      how: isNothing ? 'nothing' : 'tables',
      elementsAdded: 0,
      elementsRemoved: 0,
      rules: documents
        .join('')
        .split('\n')
        .filter((line) => line.startsWith('-A')).length,
      bytes: units.reduce((bytes, { text }) => bytes + Buffer.byteLength(text), 0),
      documents,
    },
    loaded: { generation: to.generation, suffix: '' },
    run: (host) => exchange(host, units, present, to.artifact, operatorPort),
    check: (host) => verifyTables(host, to.artifact),
  };
}

/** A single table is exchanged in one step, and needs no lock. */
async function exchange(
  host: Host,
  units: readonly Unit[],
  before: readonly Present[],
  artifact: Artifact,
  operatorPort: number,
): Promise<Ran> {
  const needsLock = units.length > 1 || before.some(({ locked }) => locked);
  const failure =
    (needsLock ? await lock(host, before, operatorPort) : undefined) ??
    (await load(host, units, needsLock ? before : []));
  if (failure === undefined) return { kind: 'done' };
  const stuck = await putBack(host, before, artifact);
  if (stuck === undefined) return { kind: 'unchanged', failure };
  return { kind: 'locked', failure: { ...stuck, message: `${failure.message}; and then ${stuck.message}` } };
}

const filters = ({ toolFile }: Present): boolean => toolFile.family !== 'bridge';

async function lock(host: Host, before: readonly Present[], operatorPort: number): Promise<Failure | undefined> {
  for (const { tool } of before.filter((one) => filters(one) && !one.locked)) {
    const result = await host.restoreIptables(tool, lockText(operatorPort), 'apply');
    if (result.kind !== 'done') return result;
  }
  return undefined;
}

/** Loads the tables in their order; the lock of each family goes with its `filter`, or at the end. */
async function load(host: Host, units: readonly Unit[], locked: readonly Present[]): Promise<Failure | undefined> {
  const open = new Set(locked.filter(filters).map(({ tool }) => tool));
  for (const { tool, table, text } of units) {
    const lifts = table === 'filter' && open.delete(tool);
    const result = await host.restoreIptables(tool, lifts ? unlockText(text) : text, 'apply');
    if (result.kind !== 'done') return result;
  }
  for (const tool of open) {
    const result = await host.restoreIptables(tool, unlockText(undefined), 'apply');
    if (result.kind !== 'done') return result;
  }
  return undefined;
}

/** What was there before: whatever was loaded meanwhile is read again, nothing is taken for granted. */
async function putBack(host: Host, before: readonly Present[], artifact: Artifact): Promise<Failure | undefined> {
  const now = await survey(host, artifact);
  if ('kind' in now) return now;
  const old = new Map(before.map(({ toolFile, rules }) => [toolFile, rules]));
  const units = unitsTo((toolFile) => old.get(toolFile) ?? { tables: [] }, now);
  return load(
    host,
    units,
    now.filter(({ locked }) => locked),
  );
}

async function verifyTables(host: Host, artifact: Artifact): Promise<Verification> {
  const present = await survey(host, artifact);
  if ('kind' in present) return { kind: 'unreadable', failure: present };
  const differences = present.flatMap(({ toolFile, tool, rules, locked }) => {
    const [wanted, found] = [ownTexts(wantedRules(artifact, toolFile), toolFile), ownTexts(rules, toolFile)];
    const tables = [...new Set([...wanted.keys(), ...found.keys()])];
    return [
      ...(locked ? [`${tool} is locked: new connections are dropped`] : []),
      ...tables.flatMap((table) => differenceOf(`${tool} table ${table}`, wanted.get(table), found.get(table))),
    ];
  });
  return differences.length === 0 ? { kind: 'same' } : { kind: 'differs', differences };
}

const passedOr = ', or a rule of others before it lets packets past it (ctfw apply puts it first again)';

function differenceOf(place: string, wanted: string | undefined, found: string | undefined): readonly string[] {
  if (wanted === found) return [];
  if (wanted === undefined) return [`${place} holds chains of ours and should not`];
  if (found === undefined) return [`${place} holds nothing of ours`];
  const lines = new Set(found.split('\n'));
  const missing = wanted.split('\n').find((line) => !lines.has(line));
  if (missing === undefined) return [`${place}: it holds more, or in another order`];
  const passed = !missing.startsWith(`-A ${chainPrefix}`) && missing.includes(` -j ${chainPrefix}`) ? passedOr : '';
  return [`${place}: \`${missing}\` is missing${passed}`];
}
