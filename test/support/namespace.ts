/** A network namespace without a name that lives as long as a test: entered by the number of the process that holds it. */
import { spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { behind, type Runner } from '../../src/host/gather/runner.ts';

export interface Namespace {
  readonly pid: number;
  /** The words that run a command in it. */
  readonly enter: readonly [string, ...string[]];
  readonly runner: Runner;
  readonly close: () => void;
}

/** `unprivileged`: root of a user namespace of its own, as in a container without privileges. */
export async function openNamespace(options: { readonly unprivileged?: boolean } = {}): Promise<Namespace> {
  const flags = options.unprivileged === true ? ['-U', '-r', '-n'] : ['-n'];
  const child = spawn('unshare', [...flags, 'sleep', '3600'], { stdio: 'ignore' });
  const pid = child.pid ?? 0;
  const own = readlinkSync('/proc/self/ns/net');
  for (let tries = 0; tries < 400; tries++) {
    if (isOther(pid, own)) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const enter: [string, ...string[]] = [
    'nsenter',
    '-t',
    `${pid}`,
    ...(options.unprivileged === true ? ['-U', '--preserve-credentials'] : []),
    '-n',
    '--',
  ];
  return { pid, enter, runner: behind(enter), close: () => child.kill('SIGKILL') };
}

/** Whether the process has left our namespace and become what it was started for. */
function isOther(pid: number, own: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`) !== own && readlinkSync(`/proc/${pid}/exe`).endsWith('sleep');
  } catch {
    return false;
  }
}
