/** Processes as /proc tells them: who started whom, since when they run, which sockets they hold. */
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from './proc-text.ts';

/** The processes above, nearest first, without the first process of all. */
export function ancestorsOf(proc: string, self: number): readonly number[] {
  const found: number[] = [];
  for (let pid = parentOf(proc, self); pid > 1 && found.length < 64; pid = parentOf(proc, pid)) found.push(pid);
  return found;
}

/** All that can be seen. */
export function processes(proc: string): readonly number[] {
  return namesIn(proc).flatMap((name) => (/^[1-9]\d*$/.test(name) ? [Number(name)] : []));
}

/** The numbers of the sockets that a process holds; none where that may not be seen. */
export function socketsOf(proc: string, pid: number): readonly string[] {
  const folder = join(proc, `${pid}`, 'fd');
  return namesIn(folder).flatMap((name) => /^socket:\[(\d+)\]$/.exec(linkOf(join(folder, name)))?.[1] ?? []);
}

/** Whether the sockets of a process may not be seen, as those of others without privilege. */
export function hidesSockets(proc: string, pid: number): boolean {
  try {
    readdirSync(join(proc, `${pid}`, 'fd'));
    return false;
  } catch {
    return true;
  }
}

/** When a process was started, in milliseconds from the start of the machine; the kernel tells hundredths of a second. */
export function startOf(proc: string, pid: number): number | undefined {
  const started = Number(statFields(proc, pid)[19] ?? Number.NaN);
  return Number.isFinite(started) ? started * 10 : undefined;
}

/** The letter of what a process does: `S` sleeps, `R` runs; empty where it is gone. */
export function activityOf(proc: string, pid: number): string {
  return statFields(proc, pid)[0] ?? '';
}

function parentOf(proc: string, pid: number): number {
  return Number(statFields(proc, pid)[1] ?? 0);
}

/** The second field of stat is the command's name in brackets, which may hold anything (proc(5)); those after it. */
function statFields(proc: string, pid: number): readonly string[] {
  const text = readText(join(proc, `${pid}`, 'stat'));
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
