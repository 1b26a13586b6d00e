/**
 * Taking back: settings first, then the rules of the generation before, read back, then connections that these forbid; what was
 * begun is written down before it is done. Where that generation is lost or is not taken, new connections are locked out.
 */
import type { Installed } from '../install/installer.ts';
import { type Loaded, nothingLoaded } from '../state/journal.ts';
import type { Pending } from '../state/state.ts';
import { removeLeftConnections } from './connections.ts';
import { type ApplyContext, installedOf, tryNote } from './context.ts';
import { type LockedOut, lockOut } from './lock-out.ts';
import { putBack } from './put-back.ts';

export type RolledBack =
  | { readonly kind: 'back'; readonly loaded: Loaded }
  /** New connections are locked out, by the journal too. */
  | LockedOut;

/**
 * Takes back an apply that is under way or waits for confirmation. The caller holds the lock. Connections that the rules of before
 * forbid are removed unless `keepConnections`, which the one who applies has said for whoever takes it back. No other generation
 * is loaded than the one that was there: an older one may let pass what has been closed since.
 */
export async function rollBack(
  context: ApplyContext,
  pending: Pending,
  why: string,
  keepConnections = pending.keepConnections,
): Promise<RolledBack> {
  const { files, host } = context;
  const current = installedOf(files, pending.target ?? pending.previous);
  const old = whatWasBefore(files, pending);
  const loaded = old?.loaded ?? { ...nothingLoaded, locked: pending.locked };
  const begin = (): void => tryNote(context, { kind: 'reverting', loaded, why });
  const isLocked = current?.loaded.locked !== undefined && old?.loaded.locked === undefined;
  if (!isLocked) begin(); // what is tried again and again is written down only when it goes on
  for (const { name, before } of [...pending.sysctls].reverse()) {
    const result = await host.setSysctl(name, before);
    if (result.kind !== 'done') context.say(`${name} could not be set back to ${before}: ${result.message}`);
  }
  if (old === undefined) return lockOut(context, pending.locked, { why: whyLost(pending), tryAgain: false }, current);
  const result = await putBack(context, current, old, isLocked ? begin : undefined);
  if (typeof result === 'string') {
    const problem = `the rules of generation ${old.loaded.generation} could not be put back: ${result}`;
    return lockOut(context, pending.locked, { why: problem, tryAgain: true }, current);
  }
  if (!keepConnections && result.loaded.locked === undefined)
    await removeLeftConnections(context, pending, result.loaded.generation);
  tryNote(context, { kind: 'reverted', loaded: result.loaded, why });
  return { kind: 'back', loaded: result.loaded };
}

/** The rules that come back; undefined where there are none to go back to. */
export function whatWasBefore(files: ApplyContext['files'], pending: Pending): Installed | undefined {
  return pending.unknownBefore ? undefined : installedOf(files, pending.previous, pending.locked.target);
}

/** Why there are none. */
export function whyLost({ unknownBefore, previous }: Pick<Pending, 'unknownBefore' | 'previous'>): string {
  return unknownBefore
    ? 'the rules of ctfw that were loaded before are not in the state directory'
    : lostText(previous.generation);
}

export function lostText(generation: number): string {
  return `generation ${generation} is gone from the state directory, or damaged`;
}
