/**
 * Loading the generation that was confirmed last, at the start of the machine. Where that cannot be, new connections are locked out,
 * unless somebody has decided otherwise: there is nobody who could choose another generation.
 */
import { type Locked, targets } from '../artifact.ts';
import { describe } from '../install/describe.ts';
import { installerOf } from '../install/installers.ts';
import { StateError } from '../state/files.ts';
import { generationNumbers, readGeneration } from '../state/generations.ts';
import { decidesWhatIsConfirmed, nothingLoaded, readJournal } from '../state/journal.ts';
import { usualLocked } from '../state/state.ts';
import { type ApplyContext, installedOf, note, stateOf } from './context.ts';
import { type LockedOut, lockOut } from './lock-out.ts';
import { isInForce } from './settle.ts';
import { type Busy, type Unwritable, withLock } from './with-lock.ts';

export type RestoreResult =
  | {
      readonly kind: 'restored';
      readonly generation: number;
      readonly dropped: number | undefined;
      /** Settings that could not be set, and why, where there are any. */
      readonly unset?: readonly string[];
    }
  /** Nothing was ever confirmed. */
  | { readonly kind: 'nothing-to-restore' }
  /** It could not be loaded; what is in force is what was. */
  | Failed
  | LockedOut
  | Busy
  | Unwritable;

interface Failed {
  readonly kind: 'failed';
  readonly why: string;
  readonly noPrivilege: boolean;
}

/** What waited for a confirmation when the machine went down is not loaded again. `open`: what fails leaves no rules. */
export function restore(context: ApplyContext, open = false): Promise<RestoreResult> {
  return withLock(context, 'restore', () => restoreOrLock(context, open), true);
}

async function restoreOrLock(context: ApplyContext, open: boolean): Promise<RestoreResult> {
  const result = await restoreLocked(context);
  if (result.kind !== 'failed' || open || result.noPrivilege) return result;
  const { state } = stateOf(context);
  const isStarted = state.kind === 'settled' ? state.loaded.generation : (state.pending.target?.generation ?? 0);
  if (isStarted !== 0 && (await isInForce(context)) === undefined) return result;
  return lockAtStart(context, result.why);
}

async function restoreLocked(context: ApplyContext): Promise<RestoreResult> {
  const { files, host } = context;
  const { confirmed, state } = stateOf(context);
  const dropped = state.kind === 'settled' ? undefined : state.pending.generation;
  const doubt = doubtOf(context);
  if (doubt !== undefined) return failed(doubt);
  const generation = confirmed === 0 ? undefined : readGeneration(files, confirmed);
  if (generation === undefined) {
    if (confirmed === 0 && state.kind === 'settled') return { kind: 'nothing-to-restore' };
    if (confirmed !== 0) return failed(`generation ${confirmed} is gone from the state directory, or damaged`);
  }
  const target = generation?.artifact.target ?? 'nftables';
  const installer = installerOf(target);
  const from = installedOf(files, nothingLoaded, target);
  if (from === undefined) return { kind: 'nothing-to-restore' };
  const to = { artifact: generation?.artifact ?? from.artifact, generation: confirmed };
  const prepared = await installer.prepare(host, { from, to, known: false });
  if (prepared.kind === 'impossible') return failed(prepared.failure.message, prepared.failure.kind === 'no-privilege');
  const ran = await prepared.installation.run(host);
  if (ran.kind !== 'done') return failed(ran.failure.message);
  const checked = await prepared.installation.check(host);
  if (checked.kind !== 'same') return failed(describe(checked));
  const unset: string[] = [];
  for (const [name, value] of Object.entries(generation?.meta.sysctls ?? {})) {
    const result = await host.setSysctl(name, value);
    if (result.kind !== 'done') unset.push(`${name} could not be set to ${value}: ${result.message}`);
  }
  note(context, { kind: 'restored', loaded: prepared.installation.loaded });
  return { kind: 'restored', generation: confirmed, dropped, ...(unset.length > 0 && { unset }) };
}

function failed(why: string, noPrivilege = false): Failed {
  return { kind: 'failed', why, noPrivilege };
}

/**
 * Why it is not known what was confirmed last: a line that cannot be read after the one that says so, or no line at all beside
 * generations, of which the first alone may be of an apply that had not begun.
 */
function doubtOf({ files }: Pick<ApplyContext, 'files'>): string | undefined {
  const { lines, damagedAfter } = readJournal(files);
  const last = lines.findLastIndex(({ event }) => decidesWhatIsConfirmed(event));
  if (damagedAfter !== undefined && damagedAfter > last)
    return 'the journal is damaged, so it is not known which generation was confirmed last';
  if (lines.length === 0 && generationNumbers(files).some((number) => number > 1))
    return 'the journal is gone, so it is not known which generation was confirmed last';
  return undefined;
}

/** Nothing of ours is in force at the start of a machine, so that any tool will do where the right one fails twice. */
export async function lockAtStart(context: ApplyContext, why: string): Promise<LockedOut> {
  const locked = knownLocked(context);
  const others = targets.filter((target) => target !== locked.target);
  let stuck: LockedOut | undefined;
  for (const target of [locked.target, locked.target, ...others]) {
    const result = await lockOut(context, { ...locked, target }, { why, tryAgain: false }, undefined);
    if (result.kind === 'locked') return result;
    stuck ??= result;
  }
  return stuck ?? { kind: 'stuck', why };
}

function knownLocked(context: ApplyContext): Locked {
  try {
    return stateOf(context).locked;
  } catch (error) {
    if (error instanceof StateError) return usualLocked;
    throw error;
  }
}
