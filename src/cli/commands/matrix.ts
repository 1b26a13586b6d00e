/** `ctfw matrix FILE`: who reaches whom on what, by a policy or by rules found on a host. */
import { type Command, Option } from 'commander';
import { reachOf } from '../../verifier/verifier.ts';
import { writeOut } from '../io/files.ts';
import type { Outcome } from '../io/outcome.ts';
import { type ReachFormat, reachFormats, reachText } from '../reach/print.ts';
import { type ReachOptions, reachSubject } from '../reach/subject.ts';

interface MatrixOptions extends ReachOptions {
  readonly format: ReachFormat;
}

export function addMatrix(program: Command, _outcome: Outcome): void {
  program
    .command('matrix')
    .description('who reaches whom on what: all of it, exactly, in as few lines as it takes')
    .argument('[file]', 'the policy; - is standard input; may be left out with --rules')
    .option('--rules <files...>', 'by rules found on a host: nft JSON, iptables-save, a folder of them, or `live`')
    .option('--host-view <file>', 'the host as `ctfw snapshot` saw it')
    .option('--host <name>', 'which host, where the policy has several')
    .addOption(new Option('--format <format>', 'how the answer looks').choices([...reachFormats]).default('human'))
    .action(async (file: string | undefined, options: MatrixOptions) => {
      const { view, decider, notes, name } = await reachSubject(file, options);
      const reaches = reachOf(view, decider);
      for (const note of notes) process.stderr.write(`ctfw: ${note}\n`);
      if (reaches.length === 0 && options.format === 'human') process.stderr.write('ctfw: nobody reaches anybody\n');
      writeOut(reachText(options.format, 'matrix', name, reaches, notes));
    });
}
