/** Whether a process that was once seen is still that process, and how to end it. */
import { readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between the start of the machine and the start of the process. */
  readonly startTime: string;
}

/** The identity of a running process; undefined when there is none of this number. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the second field is the command's name in brackets, which may hold anything; the start time is field 22 (proc(5))
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const startTime = fields[19];
    const ended = fields[0] === 'Z' || fields[0] === 'X';
    return startTime === undefined || ended ? undefined : { pid, startTime };
  } catch {
    return undefined;
  }
}

/** Whether exactly this process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startTime === identity.startTime;
}

/** Kills exactly this process; tells whether it was still there to be killed. */
export function killProcess(identity: ProcessIdentity): boolean {
  if (!isRunning(identity)) return false;
  try {
    process.kill(identity.pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}
