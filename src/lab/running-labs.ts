/** Labs that were left running: written down in one small file each, so that another process can enter or end them. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identifyProcess, isRunning, killProcess, type ProcessIdentity } from '../host/process.ts';
import { agentPath, pythonCommand, pythonOptions } from './agent.ts';
import type { Place } from './agent-protocol.ts';
import type { Lab } from './lab.ts';
import { LabError } from './lab-error.ts';
import type { NamespaceName } from './topology.ts';

export interface RunningLab {
  readonly name: string;
  readonly process: ProcessIdentity;
  /** Whether the lab has a user namespace of its own, as it has without root. */
  readonly ownUsers: boolean;
  /** The agent's file descriptor of each namespace. */
  readonly descriptors: Readonly<Record<NamespaceName, number>>;
  /** Its descriptors of the mount and UTS namespace, where a namespace has names of its own. */
  readonly places: Readonly<Record<NamespaceName, Place>>;
  /** The namespace of each container. */
  readonly containers: Readonly<Record<string, NamespaceName>>;
}

const formatVersion = 2;

/** Where labs of this user are written down: `/run/ctfw-lab` for root, else in the user's runtime folder. */
export function runningLabsFolder(): string {
  const user = process.geteuid?.() ?? 0;
  if (user === 0) return '/run/ctfw-lab';
  const runtime = process.env.XDG_RUNTIME_DIR;
  return runtime === undefined || runtime === '' ? join(tmpdir(), `ctfw-lab-${user}`) : join(runtime, 'ctfw-lab');
}

/**
 * Leaves a lab running under a name, beyond the end of this process. The lab must have been built with `mayOutlive`.
 * Throws LabError when a lab of this name runs already, and for names that are no file names.
 */
export async function leaveRunning(lab: Lab, name: string, folder = runningLabsFolder()): Promise<RunningLab> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) throw new LabError(`A lab cannot be called ${name}.`);
  if (findRunningLab(name, folder) !== undefined) throw new LabError(`A lab called ${name} is running already.`);
  const identity = identifyProcess(lab.pid);
  if (identity === undefined) throw new LabError('The lab has ended.');
  const running: RunningLab = {
    name,
    process: identity,
    ownUsers: process.geteuid?.() !== 0,
    descriptors: lab.descriptors,
    places: lab.places,
    containers: lab.topology.containers,
  };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!isOwn(folder)) throw new LabError(`The folder ${folder} belongs to somebody else.`);
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ formatVersion, ...running }), { mode: 0o600 });
  await lab.detach();
  return running;
}

/** Every lab that runs, by name. Files of labs that have ended are removed on the way. */
export function runningLabs(folder = runningLabsFolder()): readonly RunningLab[] {
  return fileNames(folder)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => {
      const lab = readRunningLab(join(folder, file));
      if (lab !== undefined && isRunning(lab.process)) return [lab];
      rmSync(join(folder, file), { force: true });
      return [];
    });
}

/** The running lab of a name. */
export function findRunningLab(name: string, folder = runningLabsFolder()): RunningLab | undefined {
  return runningLabs(folder).find((lab) => lab.name === name);
}

/** Ends a running lab; its namespaces, wires and processes go with it. Tells whether there was anything to end. */
export function endRunningLab(lab: RunningLab, folder = runningLabsFolder()): boolean {
  rmSync(join(folder, `${lab.name}.json`), { force: true });
  return killProcess(lab.process);
}

/** The command line (for `run` or `runInTerminal`) that runs a command inside a container of a running lab, or on its `host`. */
export function commandInside(
  lab: RunningLab,
  place: string,
  command: readonly string[],
): { readonly command: string; readonly args: readonly string[] } {
  const namespace = lab.containers[place] ?? place;
  const descriptor = lab.descriptors[namespace];
  if (descriptor === undefined) throw new LabError(`The lab ${lab.name} has nothing called ${place}.`);
  const [mounts, hostname] = lab.places[namespace] ?? ['-', '-'];
  const where = [`${lab.process.pid}`, `${descriptor}`, `${mounts}`, `${hostname}`, lab.ownUsers ? '1' : '0'];
  return { command: pythonCommand(), args: [...pythonOptions, agentPath(), 'enter', ...where, ...command] };
}

/** Files in a folder that others may write to could make us end the wrong process. */
function isOwn(folder: string): boolean {
  const { uid, mode } = statSync(folder);
  return uid === process.geteuid?.() && (mode & 0o022) === 0;
}

function fileNames(folder: string): readonly string[] {
  try {
    return isOwn(folder) ? readdirSync(folder).sort() : [];
  } catch {
    return []; // nobody has left a lab running yet
  }
}

function readRunningLab(path: string): RunningLab | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as RunningLab & { readonly formatVersion: number };
    if (value.formatVersion !== formatVersion || typeof value.process.pid !== 'number') return undefined;
    return value;
  } catch {
    return undefined; // half-written or foreign: no lab of ours
  }
}
