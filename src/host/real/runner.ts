/** Where commands of a real host run: here, or behind a prefix that enters another namespace. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Failure, ReadResult, WriteResult } from '../host.ts';
import { type RunOptions, type RunResult, run } from '../run.ts';

export interface Runner {
  readonly run: (command: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>;
  /** Reads a file of /proc/sys as the namespace sees it; undefined where there is none. */
  readonly readSetting: (path: string) => Promise<ReadResult<string | undefined>>;
  readonly writeSetting: (path: string, value: string) => Promise<WriteResult>;
}

/** Where tools of the administrator are, and where an ordinary PATH does not look. */
const administrationFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

function environment(): Readonly<Record<string, string>> {
  const path = process.env.PATH ?? '/usr/bin:/bin';
  return { PATH: [path, ...administrationFolders].join(':') };
}

/** Commands run in the namespace of this process. */
export const here: Runner = {
  run: (command, args, options) => run(command, args, { ...options, environment: environment() }),
  readSetting: async (path) => {
    try {
      return { kind: 'read', value: readFileSync(path, 'utf8').trim() };
    } catch (error) {
      return codeOf(error) === 'ENOENT' ? { kind: 'read', value: undefined } : failureOf(error, path);
    }
  },
  writeSetting: async (path, value) => {
    try {
      writeFileSync(path, value);
      return { kind: 'done' };
    } catch (error) {
      return failureOf(error, path);
    }
  },
};

/** Commands run behind a prefix such as `nsenter --net=/run/netns/edge`, an argument each. */
export function behind(prefix: readonly [string, ...string[]]): Runner {
  const [command, ...before] = prefix;
  const through: Runner['run'] = (inner, args, options) =>
    run(command, [...before, inner, ...args], { ...options, environment: environment() });
  return {
    run: through,
    readSetting: async (path) => {
      const result = await through('cat', [path]);
      if (result.kind === 'exited' && result.status === 0) return { kind: 'read', value: result.stdout.trim() };
      if (result.kind === 'exited' && /No such file/.test(result.stderr)) return { kind: 'read', value: undefined };
      return failureOfRun(result, 'cat');
    },
    writeSetting: async (path, value) => {
      const result = await through('tee', [path], { input: value });
      return result.kind === 'exited' && result.status === 0 ? { kind: 'done' } : failureOfRun(result, path);
    },
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function failureOf(error: unknown, path: string): Failure {
  const code = codeOf(error);
  const message = `${path}: ${error instanceof Error ? error.message : String(error)}`;
  return code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
    ? { kind: 'no-privilege', message: `${path} may not be written: this needs root (CAP_NET_ADMIN)` }
    : { kind: 'refused', message };
}

/** Why a command did not do what it was asked to. */
export function failureOfRun(result: RunResult, tool: string): Failure {
  switch (result.kind) {
    case 'not-started':
      return { kind: 'no-tool', message: `${tool} is not here (${result.message})` };
    case 'stopped':
      return { kind: 'unanswered', message: `${tool} was ended before it was done (${result.why})` };
    case 'exited': {
      const message = (result.stderr.trim() || result.stdout.trim() || `status ${result.status}`).slice(0, 2000);
      if (/Operation not permitted|Permission denied|must be root|you must be root/i.test(message))
        return { kind: 'no-privilege', message: `${tool}: this needs root (CAP_NET_ADMIN): ${message}` };
      if (/Message too long|No buffer space/i.test(message)) return { kind: 'too-long', message: `${tool}: ${message}` };
      return { kind: 'refused', message: `${tool}: ${message}` };
    }
  }
}
