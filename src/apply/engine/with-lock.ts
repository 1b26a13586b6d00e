/** Doing something under the lock; a state directory that cannot be written is a result, not an exception. */
import { StateError } from '../state/files.ts';
import { type LockOwner, lockOwner, takeLock } from '../state/lock.ts';
import type { ApplyContext } from './context.ts';

/** Another command holds the lock. */
export interface Busy {
  readonly kind: 'busy';
  readonly owner: LockOwner;
}

/** The state directory could not be written, and nothing was changed that has not been taken back. */
export interface Unwritable {
  readonly kind: 'unwritable';
  readonly why: string;
  readonly noPrivilege: boolean;
}

/**
 * `evenWithout`: where the lock cannot be written and nobody holds it, the work is done without it. On a full disk nobody
 * else can take the lock either, and taking rules back must not wait for space.
 */
export async function withLock<T>(
  { files, processes }: ApplyContext,
  command: string,
  work: () => Promise<T>,
  evenWithout = false,
): Promise<T | Busy | Unwritable> {
  try {
    const taken = takeOrGoWithout({ files, processes }, command, evenWithout);
    if (taken.kind === 'busy') return taken;
    try {
      return await work();
    } finally {
      taken.release();
    }
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    return { kind: 'unwritable', why: error.message, noPrivilege: error.noPrivilege };
  }
}

function takeOrGoWithout(
  { files, processes }: Pick<ApplyContext, 'files' | 'processes'>,
  command: string,
  evenWithout: boolean,
): Busy | { readonly kind: 'held'; readonly release: () => void } {
  try {
    const taken = takeLock(files, command, processes);
    return taken.kind === 'busy' ? taken : { kind: 'held', release: taken.lock.release };
  } catch (error) {
    if (!(error instanceof StateError) || !evenWithout) throw error;
    const owner = ownerIfReadable({ files, processes });
    return owner === undefined ? { kind: 'held', release: () => {} } : { kind: 'busy', owner };
  }
}

/** In a directory that cannot be read nobody else finds a lock either. */
function ownerIfReadable({ files, processes }: Pick<ApplyContext, 'files' | 'processes'>): LockOwner | undefined {
  try {
    return lockOwner(files, processes);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    return undefined;
  }
}
