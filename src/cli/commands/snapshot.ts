/** `ctfw snapshot`: rules, host view and connections of a live host or namespace, as files for use elsewhere. */
import type { Command } from 'commander';
import { gatherHost } from '../../host/gather/gather.ts';
import type { GatheredHost } from '../../host/gather/gathered.ts';
import { inNamedNamespace, ownNamespace } from '../../host/gather/runner.ts';
import { formatHostView } from '../../host-view/json.ts';
import { formatAddress } from '../../net/address.ts';
import { formatVersion } from '../io/diagnostics.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import { writeOut } from '../io/files.ts';
import { replaceFolder } from '../io/folder.ts';
import type { Outcome } from '../io/outcome.ts';

interface SnapshotOptions {
  readonly output?: string;
  readonly netns?: string;
}

/** The file by which a snapshot is known. */
const viewFile = 'host-view.json';

export function addSnapshot(program: Command, outcome: Outcome): void {
  program
    .command('snapshot')
    .description('write rules, host view and connections of this host into a folder, for trace and verify elsewhere')
    .option('-o, --output <folder>', 'where to write (default: snapshot-NAME)')
    .option('--netns <name>', 'of this network namespace of `ip netns` instead')
    .action(async (options: SnapshotOptions) => {
      if (process.platform !== 'linux')
        throw new CommandError('there is netfilter to look at on Linux only', exitCode.noPrivilege);
      const { netns } = options;
      if (netns !== undefined && !/^[\w.-]{1,64}$/.test(netns))
        throw new CommandError(`"${netns}" is not the name of a network namespace`);
      const runner = netns === undefined ? ownNamespace : inNamedNamespace(netns);
      const gathered = await gatherHost({ runner, name: netns });
      if (gathered.view.interfaces.length === 0) {
        const reasons = gathered.missing.filter(({ part }) => part === 'interfaces').map(({ message }) => message);
        if (netns !== undefined && reasons.some((reason) => /cannot open network namespace/i.test(reason)))
          throw new CommandError(`there is no network namespace "${netns}" (\`ip netns\` lists those that there are)`);
        throw new CommandError(`nothing could be gathered: ${reasons.join(' ')}`, exitCode.noPrivilege);
      }
      const folder = options.output ?? `snapshot-${gathered.view.name.replace(/[^\w.-]/g, '_')}`;
      const files = snapshotFiles(gathered);
      replaceFolder(folder, files, viewFile);
      for (const { message } of gathered.missing) process.stderr.write(`ctfw: ${message}\n`);
      writeOut([...files.keys()].map((name) => `${folder}/${name}\n`).join(''));
      const lacking = gathered.missing.filter(({ why }) => why !== 'inexact');
      if (lacking.length === 0) return;
      process.stderr.write(
        `ctfw: the snapshot is incomplete: ${[...new Set(lacking.map(({ part }) => part))].join(', ')} could not be read${lacking.some(({ why }) => why === 'privilege') ? ' without root' : ''}\n`,
      );
      outcome.code = exitCode.noPrivilege;
    });
}

/** The files by name; parts that could not be read have none. */
export function snapshotFiles(gathered: GatheredHost): ReadonlyMap<string, string> {
  const files = new Map([[viewFile, formatHostView(gathered.view)]]);
  for (const { file, text } of gathered.rulesets) files.set(file, text);
  if (gathered.connections !== undefined) files.set('connections.json', json({ connections: gathered.connections }));
  if (gathered.listeners !== undefined) files.set('listeners.json', json({ listeners: gathered.listeners }));
  files.set(
    'snapshot.json',
    json({
      host: gathered.view.name,
      rules: gathered.rulesets.map(({ file, tool }) => ({ file, tool })),
      iptables: gathered.iptablesVariants,
      missing: gathered.missing,
    }),
  );
  return files;
}

/** Addresses stand as their text. */
function json(document: object): string {
  const text = JSON.stringify(
    { formatVersion, ...document },
    (_, value: unknown) => (isAddress(value) ? formatAddress(value) : value),
    2,
  );
  return `${text}\n`;
}

function isAddress(value: unknown): value is Parameters<typeof formatAddress>[0] {
  return typeof value === 'object' && value !== null && 'value' in value && typeof value.value === 'bigint';
}
