/** `ctfw hosts FILE CONTAINER`: the container's /etc/hosts. */
import type { Command } from 'commander';
import { formatHostsFile, hostsLines } from '../../names/hosts-file.ts';
import { formatVersion, parseFormat } from '../io/diagnostics.ts';
import { exitCode } from '../io/exit-code.ts';
import { writeOut } from '../io/files.ts';
import type { Outcome } from '../io/outcome.ts';
import type { LockOptions } from '../io/policy-lock.ts';
import { containerNamed, loadModel, refuseHostMode } from '../io/policy-model.ts';

interface HostsOptions extends LockOptions {
  readonly format: string;
}

export function addHosts(program: Command, outcome: Outcome): void {
  program
    .command('hosts')
    .description("print a container's /etc/hosts: its own names, its links, and who shares a network with it")
    .argument('<file>', 'the policy; - is standard input')
    .argument('<container>', 'the container')
    .option('--lock <path>', 'the lock file (default: FILE.lock)')
    .option('--format <format>', 'human or json', 'human')
    .action((file: string, name: string, options: HostsOptions) => {
      const format = parseFormat(options.format);
      const model = loadModel(file, options, format);
      if (model === undefined) {
        outcome.code = exitCode.refused;
        return;
      }
      const container = containerNamed(model, name);
      refuseHostMode(container, '/etc/hosts');
      const hosts = hostsLines(model, container);
      if (format === 'json') writeOut(`${JSON.stringify({ formatVersion, container: name, hosts }, undefined, 2)}\n`);
      else writeOut(formatHostsFile(hosts));
    });
}
