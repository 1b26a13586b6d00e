/**
 * One apply at a time. The lock is the highest of files `lock.1`, `lock.2`, ...: whoever makes the next number holds it, and
 * may do so when the highest is released or its owner is no longer running. A number is never made twice, so nobody can take
 * away a lock by cleaning up one that was left behind.
 */
import { identifyProcess, isRunning, type ProcessIdentity } from '../../host/process.ts';
import { StateError, type StateFiles } from './files.ts';

export interface HeldLock {
  readonly release: () => void;
}

export interface LockOwner {
  readonly process: ProcessIdentity;
  /** What it does: `apply`, `confirm`. */
  readonly command: string;
}

export type LockResult =
  | { readonly kind: 'held'; readonly lock: HeldLock }
  | { readonly kind: 'busy'; readonly owner: LockOwner };

/** What the lock knows about processes; the real one by default. */
export interface Processes {
  readonly self: () => ProcessIdentity;
  readonly isRunning: (identity: ProcessIdentity) => boolean;
}

export const realProcesses: Processes = {
  self: () => identifyProcess(process.pid) ?? { pid: process.pid, startTime: '0' },
  isRunning,
};

const released = 'released\n';

export function takeLock(files: StateFiles, command: string, processes: Processes = realProcesses): LockResult {
  for (;;) {
    const highest = Math.max(0, ...lockNumbers(files));
    const owner = highest === 0 ? undefined : ownerOf(files.read(lockName(highest)));
    if (owner !== undefined && processes.isRunning(owner.process)) return { kind: 'busy', owner };
    const mine = highest + 1;
    const text = JSON.stringify({ process: processes.self(), command } satisfies LockOwner);
    if (!files.create(lockName(mine), text)) continue;
    if (lockNumbers(files).some((number) => number > mine)) {
      files.remove(lockName(mine)); // what was seen was out of date: others have gone on
      continue;
    }
    for (const number of lockNumbers(files)) if (number < mine) files.remove(lockName(number));
    return { kind: 'held', lock: { release: () => release(files, mine) } };
  }
}

/** A lock that cannot be given back for want of disk is free when its owner ends. */
function release(files: StateFiles, number: number): void {
  try {
    files.write(lockName(number), released);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
  }
}

/** Who holds the lock now. */
export function lockOwner(files: StateFiles, processes: Processes = realProcesses): LockOwner | undefined {
  const highest = Math.max(0, ...lockNumbers(files));
  const owner = highest === 0 ? undefined : ownerOf(files.read(lockName(highest)));
  return owner !== undefined && processes.isRunning(owner.process) ? owner : undefined;
}

function lockName(number: number): string {
  return `lock.${number}`;
}

function lockNumbers(files: StateFiles): readonly number[] {
  return files.list('').flatMap((name) => {
    const number = /^lock\.([1-9]\d{0,14})$/.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

function ownerOf(text: string | undefined): LockOwner | undefined {
  if (text === undefined || text === released) return undefined;
  try {
    const { process: identity, command } = JSON.parse(text) as Partial<LockOwner>;
    if (typeof identity?.pid !== 'number' || typeof identity.startTime !== 'string') return undefined;
    return { process: identity, command: typeof command === 'string' ? command : 'a command' };
  } catch {
    return undefined;
  }
}
