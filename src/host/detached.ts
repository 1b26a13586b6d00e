/** Starts a process that outlives its starter, its terminal and its connection: a unit of systemd where that runs, else a session of its own. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { identifyProcess, type ProcessIdentity } from './process.ts';
import { run } from './run.ts';

export interface DetachedOptions {
  /** The name of the unit, where there are units. */
  readonly unit: string;
  /** False: never a unit, which would run in the machine's own namespaces. */
  readonly units?: boolean;
}

/** The identity of the process, or why it could not be started. */
export async function startDetached(
  command: string,
  args: readonly string[],
  { unit, units = true }: DetachedOptions,
): Promise<ProcessIdentity | { readonly problem: string }> {
  if (units && existsSync('/run/systemd/system')) {
    const started = await startUnit(command, args, unit);
    if (started !== undefined) return started;
  }
  return startSession(command, args);
}

/** Undefined where systemd does not take it: then a session has to do. */
async function startUnit(command: string, args: readonly string[], unit: string): Promise<ProcessIdentity | undefined> {
  const options = ['--quiet', '--collect', `--unit=${unit}`, '--property=Type=exec', '--property=Restart=on-failure'];
  const started = await run('systemd-run', [...options, '--', command, ...args]);
  if (started.kind !== 'exited' || started.status !== 0) return undefined;
  const shown = await run('systemctl', ['show', '--property=MainPID', '--value', unit]);
  const pid = shown.kind === 'exited' ? Number(shown.stdout.trim()) : 0;
  return pid > 0 ? identifyProcess(pid) : undefined;
}

function startSession(
  command: string,
  args: readonly string[],
): Promise<ProcessIdentity | { readonly problem: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, [...args], { detached: true, stdio: 'ignore', cwd: '/' });
    child.on('error', (error) => resolve({ problem: error.message }));
    child.on('spawn', () => {
      child.unref();
      const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
      resolve(identity ?? { problem: 'it ended at once' });
    });
  });
}
