/**
 * Taking back: settings first, then the rules of the generation before, read back, then connections that these forbid; what was
 * begun is written down before it is done.
 */
import { emptyArtifact } from '../artifact.ts';
import { describe } from '../install/describe.ts';
import type { Installed } from '../install/installer.ts';
import { installerOf } from '../install/installers.ts';
import { StateError } from '../state/files.ts';
import { type JournalEvent, nothingLoaded } from '../state/journal.ts';
import type { Pending } from '../state/state.ts';
import { removeLeftConnections } from './connections.ts';
import { type ApplyContext, installedOf, note } from './context.ts';

export type RolledBack =
  | {
      readonly kind: 'back';
      readonly generation: number;
      /** The generation that should have come back and has no files any more: none of our rules are in force instead. */
      readonly lost: number | undefined;
    }
  /** The old rules could not be loaded; what is in force is said in `why`. */
  | { readonly kind: 'stuck'; readonly why: string };

/**
 * Takes back an apply that is under way or waits for confirmation. The caller holds the lock. Connections that the rules of before
 * forbid are removed unless `keepConnections`, which the one who applies has said for whoever takes it back.
 */
export async function rollBack(
  context: ApplyContext,
  pending: Pending,
  why: string,
  keepConnections = pending.keepConnections,
): Promise<RolledBack> {
  const { files, host } = context;
  const target = pending.target ?? pending.previous;
  const current = installedOf(files, target);
  const kind = current?.artifact.target;
  const before = installedOf(files, pending.previous, kind);
  const lost = before === undefined ? pending.previous.generation : undefined;
  // whoever was locked out by the new rules gets in again
  const old = before ?? { artifact: emptyArtifact(kind ?? 'nftables'), loaded: nothingLoaded };
  if (lost !== undefined) context.say(lostText(lost));
  tryNote(context, { kind: 'reverting', loaded: old.loaded, why });
  for (const { name, before } of [...pending.sysctls].reverse()) {
    const result = await host.setSysctl(name, before);
    if (result.kind !== 'done') context.say(`${name} could not be set back to ${before}: ${result.message}`);
  }
  const result = await putBack(context, current, old);
  if (typeof result === 'string') return { kind: 'stuck', why: result };
  if (!keepConnections) await removeLeftConnections(context, pending, old.loaded.generation);
  const said = lost === undefined ? why : `${why}; ${lostText(lost)}`;
  tryNote(context, { kind: 'reverted', loaded: result.loaded, why: said });
  return { kind: 'back', generation: old.loaded.generation, lost };
}

export function lostText(generation: number): string {
  return `generation ${generation} is gone from the state directory, or damaged: no rules of ctfw are in force instead`;
}

/** The least change where what is loaded is known; everything anew where it is not, or where the least was not enough. */
async function putBack(
  { host }: ApplyContext,
  current: Installed | undefined,
  old: Installed,
): Promise<{ readonly loaded: Installed['loaded'] } | string> {
  const installer = installerOf(old.artifact.target);
  const isThere = current !== undefined && (await installer.verify(host, current)).kind === 'same';
  let problem = '';
  for (const known of isThere ? [true, false] : [false]) {
    const from = current ?? old;
    const to = { artifact: old.artifact, generation: old.loaded.generation };
    const prepared = await installer.prepare(host, { from, to, known });
    if (prepared.kind === 'impossible') {
      problem = prepared.failure.message;
      continue;
    }
    const { installation } = prepared;
    const ran = await installation.run(host);
    if (ran.kind !== 'done') problem = ran.failure.message;
    const checked =
      ran.kind === 'unchanged' ? undefined : await installer.verify(host, { ...old, loaded: installation.loaded });
    if (checked?.kind === 'same') return { loaded: installation.loaded };
    if (checked !== undefined) problem = describe(checked);
  }
  return `the rules of generation ${old.loaded.generation} could not be put back: ${problem}`;
}

/** Taking back does not wait for a disk: what could not be written down is done again by the next command. */
function tryNote(context: ApplyContext, event: JournalEvent): void {
  try {
    note(context, event);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    context.say(error.message);
  }
}
