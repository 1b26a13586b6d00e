/** The real world for the commands that change a host: this machine, its state directory, and the guard as a process of its own. */
import { readFileSync, readlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApplyContext } from '../../apply/engine/context.ts';
import { watchedLooks } from '../../apply/engine/watched-looks.ts';
import { StateError, type StateFiles } from '../../apply/state/files.ts';
import { journalName } from '../../apply/state/journal.ts';
import { realProcesses } from '../../apply/state/lock.ts';
import { MemoryFiles } from '../../apply/state/memory-files.ts';
import { realFiles } from '../../apply/state/real-files.ts';
import { startDetached } from '../../host/detached.ts';
import { isRunning, killProcess } from '../../host/process.ts';
import { realHost } from '../../host/real/real-host.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import { judgeConnections } from './judge-connections.ts';
import { threadedLooks } from './threaded-looks.ts';

export function realContext(stateFolder: string): ApplyContext {
  const folder = resolve(stateFolder);
  return {
    host: realHost(),
    files: realFiles(folder),
    processes: realProcesses,
    startGuard: () => startGuard(folder),
    judgeConnections,
    say: (message) => void process.stderr.write(`ctfw: ${message}\n`),
  };
}

/** The same, and a look at the host is begun at once, beside whatever else is done before it is needed. */
export function applyingContext(stateFolder: string): ApplyContext {
  const context = realContext(stateFolder);
  return { ...context, looks: threadedLooks(resolve(stateFolder)) ?? watchedLooks(context) };
}

/** The same for looking only: what may not be read of the state directory is as if nothing had been applied. */
export function lookingContext(stateFolder: string): ApplyContext {
  const context = realContext(stateFolder);
  try {
    context.files.read(journalName);
    return context;
  } catch (error) {
    if (!(error instanceof StateError) || !error.noPrivilege) throw error;
    context.say(`${error.message}: it is not known what was applied before`);
    return { ...context, files: new MemoryFiles() };
  }
}

/** Milliseconds for the guard to say that it is there; a machine under load takes seconds to start a program. */
const guardPatience = 20_000;

/** The guard is there once it has said so: until then a signal could still end it. */
async function startGuard(folder: string): ReturnType<ApplyContext['startGuard']> {
  const args = [process.argv[1] ?? '', 'guard', '--state-dir', folder];
  const unit = `ctfw-guard-${process.pid}`;
  const started = await startDetached(process.execPath, args, { unit, units: isInFirstNamespace() });
  if ('problem' in started) return started;
  const files = realFiles(folder);
  for (const end = Date.now() + guardPatience; Date.now() < end; await sleep(20)) {
    if (files.read(guardFile) === `${started.pid}`) return started;
    if (!isRunning(started)) return { problem: `it ended at once${whyUnwritable(files)}` };
  }
  killProcess(started);
  return { problem: 'it did not start in time' };
}

/** A guard that cannot say that it is there ends, and has nobody to tell why. */
function whyUnwritable(files: StateFiles): string {
  try {
    files.write(guardFile, 'none'); // not empty: an empty file may still find a place on a full disk
    return '';
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    return ` (${error.message})`;
  }
}

/** Where the guard says that it is there. */
export const guardFile = 'guard';

/** A unit of systemd runs in the namespace of the machine, which need not be ours. */
function isInFirstNamespace(): boolean {
  try {
    return readlinkSync('/proc/1/ns/net') === readlinkSync('/proc/self/ns/net');
  } catch {
    return false;
  }
}

/** CAP_NET_ADMIN is bit 12 of the effective capabilities (capabilities(7)). */
export function mayChangeNetwork(): boolean {
  try {
    const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return mask !== undefined && (BigInt(`0x${mask}`) >> 12n) % 2n === 1n;
  } catch {
    return false;
  }
}

/** Throws CommandError where this process may not change rules, nor read them: what is not read must not be called in sync, nor drift. */
export function requirePrivilege(command: string, does: 'changes' | 'reads' = 'changes'): void {
  if (!mayChangeNetwork())
    throw new CommandError(
      `ctfw ${command} ${does} the rules of this host, which needs root (the capability CAP_NET_ADMIN); run it with sudo`,
      exitCode.noPrivilege,
    );
}

/** Who does it, for the record: the user that sudo knows, or the one of the process. */
export function whoAmI(): string {
  const { SUDO_USER, USER, LOGNAME } = process.env;
  return (SUDO_USER ?? LOGNAME ?? USER ?? `user ${process.geteuid?.() ?? '?'}`).slice(0, 64);
}
