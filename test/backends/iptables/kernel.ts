/** Loads rules into a network namespace of their own, which ends with the command, and lists them again. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IptablesEngine } from '../../../src/backends/iptables/tables.ts';

export type Tool = 'iptables' | 'ip6tables' | 'ebtables';

export type Loaded = { readonly listing: string; readonly error?: undefined } | { readonly error: string };

const commands: Readonly<Record<Tool, (engine: string) => readonly [restore: string, save: string]>> = {
  iptables: (engine) => [`iptables-${engine}-restore`, `iptables-${engine}-save`],
  ip6tables: (engine) => [`ip6tables-${engine}-restore`, `ip6tables-${engine}-save`],
  ebtables: (engine) => [`ebtables-${engine}-restore`, `ebtables-${engine}-save`],
};

/** Loads the files one after the other (all but the first without flushing) and lists what is there then. */
export function loadAndList(tool: Tool, engine: IptablesEngine, ...files: readonly string[]): Loaded {
  const [restore, save] = commands[tool](engine === 'iptables-nft' ? 'nft' : 'legacy');
  const folder = mkdtempSync(join(tmpdir(), 'ctfw-rules-'));
  const paths = files.map((_text, index) => join(folder, `${index}`));
  for (const [index, path] of paths.entries()) writeFileSync(path, files[index] ?? '');
  const script =
    'restore=$1 save=$2 flag=; shift 2; for file; do "$restore" $flag < "$file" || exit 1; flag=--noflush; done; exec "$save"';
  const result = spawnSync('unshare', ['-n', 'sh', '-c', script, 'sh', restore, save, ...paths], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  rmSync(folder, { recursive: true });
  return result.status === 0 ? { listing: result.stdout } : { error: `${result.stderr}${result.error?.message ?? ''}` };
}

/** Whether namespaces can be made here, and the tool works in one. */
export function kernelTakes(tool: Tool, engine: IptablesEngine): boolean {
  return loadAndList(tool, engine, tool === 'ebtables' ? '*filter\n' : '*filter\nCOMMIT\n').error === undefined;
}

/**
 * A listing without what a ruleset does not keep: times, counters, the place of a comment in its rule, and the spellings
 * `-m state` and `-j NOTRACK`, which mean the same as `-m conntrack --ctstate` and `-j CT --notrack`.
 */
export function comparable(listing: string): readonly string[] {
  return listing
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/ \[\d+:\d+\]$/, '').replace(/-m state (! )?--state /, '-m conntrack $1--ctstate '))
    .map((line) => line.replace(/-j NOTRACK$/, '-j CT --notrack'))
    .map((line) => {
      const comment = / -m comment --comment (?:"(?:[^"\\]|\\.)*"|\S+)/.exec(line)?.[0] ?? '';
      return `${line.replace(comment, '')}${comment}`;
    });
}
