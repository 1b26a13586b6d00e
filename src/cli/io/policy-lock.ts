/** The lock file beside a policy: read before, written when something was allocated or is no longer needed. */

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { formatLock, sameLock } from '../../lock/format.ts';
import { emptyLock, type Lock } from '../../lock/lock.ts';
import { parseLock } from '../../lock/parse.ts';
import { CommandError, exitCode } from './exit-code.ts';
import { fileExists, readSource, writeAtomically } from './files.ts';

export interface LockOptions {
  /** `--lock PATH`. */
  readonly lock?: string;
  /** `--locked`: fail where the lock would change. */
  readonly locked?: boolean;
}

export interface LoadedLock {
  readonly lock: Lock;
  readonly path: string | undefined;
  readonly existed: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/** The lock of a policy: FILE.lock, or where `--lock` says; standard input has none unless it is named. */
export function loadLock(policy: string, options: LockOptions): LoadedLock {
  const path = options.lock ?? (policy === '-' ? undefined : `${policy}.lock`);
  if (path === undefined || !fileExists(path)) return { lock: emptyLock, path, existed: false, diagnostics: [] };
  const { lock, diagnostics } = parseLock(readSource(path));
  return { lock, path, existed: true, diagnostics };
}

/** Writes the lock if it changed. A policy that needs nothing allocated needs no lock file. Throws CommandError. */
export function saveLock(loaded: LoadedLock, needed: Lock, options: LockOptions): void {
  if (sameLock(loaded.lock, needed)) return;
  const empty = needed.addresses.length === 0 && needed.ports.length === 0 && needed.subnets.length === 0;
  if (empty && !loaded.existed) return;
  if (options.locked === true) {
    throw new CommandError(
      `${loaded.path ?? 'the lock'} would change: addresses or ports were added, moved or dropped (run without --locked to write it)`,
      exitCode.refused,
    );
  }
  if (loaded.path === undefined) {
    throw new CommandError(
      'addresses or ports were given out, which have to be kept: name a lock file with --lock PATH, or write them into the policy',
    );
  }
  writeAtomically(loaded.path, formatLock(needed));
}
