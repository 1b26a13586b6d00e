/** Kernel settings of a real host, read and written in the namespace of its runner. */

import type { ReadResult, WriteResult } from '../contract/host.ts';
import type { Runner } from '../gather/runner.ts';
import { failureOfRun } from './failure.ts';

export async function readSetting(runner: Runner, name: string): Promise<ReadResult<string | undefined>> {
  const result = await runner('cat', [settingPath(name)]);
  if (result.kind === 'exited' && result.status === 0) return { kind: 'read', value: result.stdout.trim() };
  if (result.kind === 'exited' && /no such file/i.test(result.stderr)) return { kind: 'read', value: undefined };
  return failureOfRun(result, `reading ${name}`);
}

/** The value goes over standard input of `tee`: nothing but a program can write a file of another namespace. */
export async function writeSetting(runner: Runner, name: string, value: string): Promise<WriteResult> {
  const result = await runner('tee', [settingPath(name)], { input: value });
  return result.kind === 'exited' && result.status === 0 ? { kind: 'done' } : failureOfRun(result, `setting ${name}`);
}

/** Names of interfaces may hold dots: what stands between `conf` and the last word is one name. */
export function settingPath(name: string): string {
  const perInterface = /^net\.(ipv[46])\.(conf|neigh)\.(.+)\.([a-z0-9_]+)$/.exec(name);
  const words = perInterface === null ? name.split('.') : ['net', ...perInterface.slice(1)];
  return `/proc/sys/${words.join('/')}`;
}
