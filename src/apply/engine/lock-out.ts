/** Locking out new connections, where there is nothing to go back to or where it cannot be loaded: closed, but for logins, and written down. */
import type { Locked } from '../artifact.ts';
import type { Installed } from '../install/installer.ts';
import { installerOf } from '../install/installers.ts';
import { lockedArtifact } from '../install/locked.ts';
import { nothingLoaded } from '../state/journal.ts';
import { type ApplyContext, tryNote } from './context.ts';
import { putBack } from './put-back.ts';

export type LockedOut =
  | { readonly kind: 'locked'; readonly why: string }
  /** Not even that could be loaded; what is in force nobody knows. */
  | { readonly kind: 'stuck'; readonly why: string };

export interface LockOutReason {
  readonly why: string;
  /** The generation that should be in force is whole, and is tried again. */
  readonly tryAgain: boolean;
}

/** `current`: what is loaded, as far as that is known. */
export async function lockOut(
  context: ApplyContext,
  locked: Locked,
  { why, tryAgain }: LockOutReason,
  current: Installed | undefined,
): Promise<LockedOut> {
  const loaded = { ...nothingLoaded, locked };
  const wanted: Installed = { artifact: lockedArtifact(locked), loaded };
  const said = `${why}; ${lockedText(locked)}`;
  const isLocked = current?.loaded.locked !== undefined && current.loaded.locked.target === locked.target;
  if (isLocked && tryAgain && (await installerOf(locked.target).verify(context.host, current)).kind === 'same')
    return { kind: 'locked', why: said }; // as it was: a line each second would fill a disk
  const result = await putBack(context, current, wanted, () => tryNote(context, { kind: 'reverting', loaded, why }));
  if (typeof result === 'string')
    return { kind: 'stuck', why: `${why}; nor could new connections be locked out: ${result}` };
  tryNote(context, { kind: 'locked', loaded: result.loaded, why, tryAgain });
  context.say(said);
  return { kind: 'locked', why: said };
}

/** What the locked state is, and the way out of it. */
export function lockedText({ operatorPort }: Locked): string {
  return `new connections are locked out, but for logins to port ${operatorPort}; those that there are go on. The way out: ctfw apply with a policy, or ctfw rollback with the number of a generation that is whole`;
}
