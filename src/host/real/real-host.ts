/** A real host: the namespace of this process, or one that a runner's prefix enters. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host, IptablesTool, WriteResult } from '../host.ts';
import type { HostReading } from '../reading.ts';
import type { ReadResult } from '../host.ts';
import { listConnections, removeConnection } from './conntrack.ts';
import { failureOfRun, here, type Runner } from './runner.ts';
import { withScratchFile } from './scratch.ts';

export interface RealHostOptions {
  readonly runner?: Runner;
  /** Milliseconds after which a tool that changes rules is given up; default 60 000. */
  readonly timeoutMs?: number;
  /** Reads the whole host. */
  readonly gather: (runner: Runner) => Promise<ReadResult<HostReading>>;
}

export function realHost({ runner = here, timeoutMs = 60_000, gather }: RealHostOptions): Host {
  const nft = async (args: readonly string[]): Promise<ReadResult<string | undefined>> => {
    const result = await runner.run('nft', ['-j', ...args], { maximumOutput: 1 << 30, timeoutMs });
    if (result.kind === 'exited' && result.status === 0) return { kind: 'read', value: result.stdout };
    if (result.kind === 'exited' && /No such file or directory/.test(result.stderr)) return { kind: 'read', value: undefined };
    return failureOfRun(result, 'nft');
  };
  return {
    read: () => gather(runner),
    listNftables: (table) => nft(table === undefined ? ['list', 'ruleset'] : ['list', 'table', table.family, table.name]),
    listSet: (table, kind, name) => nft(['list', kind, table.family, table.name, name]),
    runNftables: (document, mode) =>
      withScratchFile(document, async (path): Promise<WriteResult> => {
        const args = ['-j', ...(mode === 'check' ? ['-c'] : []), '-f', path];
        const result = await runner.run('nft', args, { timeoutMs });
        return result.kind === 'exited' && result.status === 0 ? { kind: 'done' } : failureOfRun(result, 'nft');
      }),
    saveIptables: async (tool) => {
      const result = await runner.run(commandOf(tool, 'save'), [], { maximumOutput: 1 << 30, timeoutMs });
      if (result.kind === 'exited' && result.status === 0) return { kind: 'read', value: result.stdout };
      return failureOfRun(result, commandOf(tool, 'save'));
    },
    restoreIptables: async (tool, text, mode) => {
      const command = commandOf(tool, 'restore');
      const args = ['--noflush', ...(mode === 'check' ? ['--test'] : []), ...(tool.endsWith('legacy') ? ['--wait', '20'] : [])];
      const result = await runner.run(command, tool.startsWith('ebtables') ? ['--noflush'] : args, { input: text, timeoutMs });
      return result.kind === 'exited' && result.status === 0 ? { kind: 'done' } : failureOfRun(result, command);
    },
    sysctl: (name) => runner.readSetting(settingPath(name)),
    setSysctl: (name, value) => runner.writeSetting(settingPath(name), value),
    connections: () => listConnections(runner),
    removeConnection: (tuple) => removeConnection(runner, tuple),
    now: () => Date.now(),
    wait: async (milliseconds) => {
      await sleep(milliseconds);
    },
  };
}

function commandOf(tool: IptablesTool, verb: 'save' | 'restore'): string {
  return `${tool}-${verb}`;
}

/** Names of interfaces may hold dots: what stands between `conf` and the last word is one name. */
function settingPath(name: string): string {
  const perInterface = /^net\.(ipv[46])\.(conf|neigh)\.(.+)\.([a-z0-9_]+)$/.exec(name);
  const words = perInterface === null ? name.split('.') : ['net', ...perInterface.slice(1)];
  return `/proc/sys/${words.join('/')}`;
}
