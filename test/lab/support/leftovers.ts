/** What a lab could leave behind: namespaces (they live as long as a process, a descriptor or a mount refers to them), wires, processes. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Lab } from '../../../src/lab/lab.ts';

/** The kernel's names of a lab's namespaces, such as `net:[4026532281]`. */
export function namespaceNames(lab: Pick<Lab, 'pid' | 'descriptors'>): readonly string[] {
  return Object.values(lab.descriptors).map((descriptor) => readlinkSync(`/proc/${lab.pid}/fd/${descriptor}`));
}

/** Who on this machine still refers to one of the namespaces. */
export function referencesTo(names: readonly string[]): readonly string[] {
  const wanted = new Set(names);
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    for (const link of [`/proc/${pid}/ns/net`, ...entriesOf(`/proc/${pid}/fd`), ...threadNamespaces(pid)]) {
      if (wanted.has(target(link))) found.push(link);
    }
  }
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  return [...found, ...names.filter((name) => mounts.includes(name))];
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map((entry) => `${folder}/${entry}`);
  } catch {
    return []; // the process has ended meanwhile
  }
}

function threadNamespaces(pid: string): readonly string[] {
  return entriesOf(`/proc/${pid}/task`).map((thread) => `${thread}/ns/net`);
}

function target(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}

/** The network interfaces of the namespace that the tests run in. */
export function ownInterfaces(): readonly string[] {
  return readFileSync('/proc/net/dev', 'utf8')
    .split('\n')
    .slice(2)
    .map((line) => line.split(':')[0]?.trim() ?? '')
    .filter((name) => name !== '')
    .sort();
}

/** The number of a process's parent. */
export function parentOf(pid: number): number {
  const stat = readStat(`${pid}`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** The processes that descend from one, and itself. */
export function processTree(root: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    parents.set(Number(entry), parentOf(Number(entry)));
  }
  const isBelow = (pid: number | undefined): boolean =>
    pid !== undefined && pid !== 0 && (pid === root || isBelow(parents.get(pid)));
  return [...parents.keys()].filter(isBelow);
}

function readStat(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

/** Waits until something holds; fails with what it was when it never does. */
export async function eventually<Value>(read: () => Value, holds: (value: Value) => boolean): Promise<Value> {
  const end = Date.now() + 10_000;
  for (;;) {
    const value = read();
    if (holds(value) || Date.now() > end) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
