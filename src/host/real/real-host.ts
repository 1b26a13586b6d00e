/** A real host: the namespace of this process, or the one that a runner enters. Nothing else changes a machine. */
import { uptime } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host, IptablesTool, WriteResult } from '../contract/host.ts';
import { gatherConnections } from '../gather/connections.ts';
import { gatherHost } from '../gather/gather.ts';
import { gatherBesideRules } from '../gather/gather-again.ts';
import { ownNamespace, type Runner } from '../gather/runner.ts';
import type { RunResult } from '../run.ts';
import { removeConnection } from './conntrack.ts';
import { failureOfRun } from './failure.ts';
import { withScratchFile } from './scratch.ts';
import { readSetting, writeSetting } from './settings.ts';
import { watchRules } from './watch-rules.ts';

export interface RealHostOptions {
  /** Who runs the commands; default: this process, in its own namespace. */
  readonly runner?: Runner;
  /** What the host is called; default: its own name. */
  readonly name?: string;
  /** Milliseconds after which a tool that changes rules is given up; default 60 000. */
  readonly timeoutMs?: number;
}

/** More than any listing. */
const maximumOutput = 1 << 30;

export function realHost({ runner = ownNamespace, name, timeoutMs = 60_000 }: RealHostOptions = {}): Host {
  return {
    read: (options) => gatherHost({ runner, name, elementsApart: options?.elementsApart }),
    readBesideRules: (earlier) => gatherBesideRules(earlier, { runner, name }),
    watchRules: () => watchRules(runner),
    listTable: async (table, detail) => {
      const terse = detail === 'terse' ? ['-t'] : [];
      const result = await runner('nft', ['-j', ...terse, 'list', 'table', table.family, table.name], {
        maximumOutput,
        timeoutMs,
      });
      if (result.kind === 'exited' && result.status === 0) return { kind: 'read', value: result.stdout };
      const isAbsent = result.kind === 'exited' && /no such file or directory/i.test(result.stderr);
      return isAbsent ? { kind: 'read', value: undefined } : failureOfRun(result, 'nft');
    },
    runNftables: (document, mode) =>
      withScratchFile(document, async (path): Promise<WriteResult> => {
        const args = ['-j', ...(mode === 'check' ? ['-c'] : []), '-f', path];
        const result = resultOf(await runner('nft', args, { timeoutMs }));
        if (mode === 'apply' || result.kind !== 'no-privilege') return result;
        // without privilege the rules can still be tried where one is root: in an empty namespace of one's own
        const own = resultOf(await runner('unshare', ['-r', '-n', 'nft', ...args], { timeoutMs }));
        return own.kind === 'done' || own.kind === 'too-long' ? { kind: 'done' } : result;
      }),
    saveIptables: async (tool) => {
      const result = await runner(`${tool}-save`, [], { maximumOutput, timeoutMs });
      if (result.kind === 'exited' && result.status === 0) return { kind: 'read', value: result.stdout };
      return failureOfRun(result, `${tool}-save`);
    },
    restoreIptables: async (tool, text, mode) => {
      const command = `${tool}-restore`;
      if (mode === 'check' && tool.startsWith('ebtables')) return { kind: 'done' }; // it has no way of only trying
      const result = await runner(command, restoreOptions(tool, mode), { input: text, timeoutMs });
      return result.kind === 'exited' && result.status === 0 ? { kind: 'done' } : failureOfRun(result, command);
    },
    sysctl: (setting) => readSetting(runner, setting),
    setSysctl: (setting, value) => writeSetting(runner, setting, value),
    connections: async () => {
      const max = await readSetting(runner, 'net.netfilter.nf_conntrack_max');
      const settings =
        max.kind === 'read' && max.value !== undefined ? { 'net.netfilter.nf_conntrack_max': max.value } : {};
      const { value, missing } = await gatherConnections(runner, settings);
      if (value !== undefined) return { kind: 'read', value };
      const why = missing[0];
      const kind = why?.why === 'privilege' ? 'no-privilege' : why?.why === 'tool' ? 'no-tool' : 'refused';
      return { kind, message: why?.message ?? 'the connections cannot be read' };
    },
    removeConnection: (connection) => removeConnection(runner, connection),
    now: () => Date.now(),
    uptime: () => Math.round(uptime() * 1000),
    wait: async (milliseconds) => {
      await sleep(milliseconds);
    },
  };
}

function resultOf(result: RunResult): WriteResult {
  return result.kind === 'exited' && result.status === 0 ? { kind: 'done' } : failureOfRun(result, 'nft');
}

/** The legacy tools wait for each other only when told to; ebtables does not wait. */
function restoreOptions(tool: IptablesTool, mode: 'apply' | 'check'): readonly string[] {
  if (tool.startsWith('ebtables')) return ['--noflush'];
  const check = mode === 'check' ? ['--test'] : [];
  return tool.endsWith('legacy') ? ['--noflush', '--wait=20', ...check] : ['--noflush', ...check];
}
