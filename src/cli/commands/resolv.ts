/** `ctfw resolv FILE CONTAINER`: the container's /etc/resolv.conf. */
import type { Command } from 'commander';
import { formatResolver, type Resolver, resolverOf } from '../../names/resolver.ts';
import { formatVersion, parseFormat } from '../io/diagnostics.ts';
import { exitCode } from '../io/exit-code.ts';
import { writeOut } from '../io/files.ts';
import type { Outcome } from '../io/outcome.ts';
import type { LockOptions } from '../io/policy-lock.ts';
import { containerNamed, loadModel, refuseHostMode } from '../io/policy-model.ts';

interface ResolvOptions extends LockOptions {
  readonly format: string;
}

export function addResolv(program: Command, outcome: Outcome): void {
  program
    .command('resolv')
    .description("print a container's /etc/resolv.conf: the name servers it can reach, search domains, options")
    .argument('<file>', 'the policy; - is standard input')
    .argument('<container>', 'the container')
    .option('--lock <path>', 'the lock file (default: FILE.lock)')
    .option('--format <format>', 'human or json', 'human')
    .action((file: string, name: string, options: ResolvOptions) => {
      const format = parseFormat(options.format);
      const model = loadModel(file, options, format);
      if (model === undefined) {
        outcome.code = exitCode.refused;
        return;
      }
      const container = containerNamed(model, name);
      refuseHostMode(container, '/etc/resolv.conf');
      const resolver = resolverOf(model, container);
      if (format === 'json') {
        writeOut(`${JSON.stringify({ formatVersion, container: name, ...resolver }, undefined, 2)}\n`);
        return;
      }
      writeOut(formatResolver(resolver));
      for (const remark of remarks(resolver)) process.stderr.write(`ctfw: ${remark}\n`);
    });
}

function remarks({ leftOut, isFallback }: Resolver): readonly string[] {
  return [
    ...leftOut.map((server) => `${server} is left out: inside the container it is the container itself`),
    ...(isFallback
      ? ['the policy gives no name server that the container can reach; these are the ones Docker falls back to']
      : []),
  ];
}
