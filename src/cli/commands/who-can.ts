/** `ctfw who-can FILE [SRC] DST [PROTO/PORT]`: everyone who reaches a destination, directly or by a published port. */
import { type Command, Option } from 'commander';
import { placeNames, reachOf } from '../../verifier/verifier.ts';
import { writeOut } from '../io/files.ts';
import type { Outcome } from '../io/outcome.ts';
import { type ReachFormat, reachFormats, reachText } from '../reach/print.ts';
import { type ReachOptions, reachSubject } from '../reach/subject.ts';
import { parseAskedEnd, parseAskedServices, readWhoCanWords } from '../reach/words.ts';

interface WhoCanOptions extends ReachOptions {
  readonly from?: string;
  readonly format: ReachFormat;
}

export function addWhoCan(program: Command, _outcome: Outcome): void {
  program
    .command('who-can')
    .description('everyone who reaches a destination, directly or by a published port')
    .argument(
      '<words...>',
      'FILE [SRC] DST [5432/tcp]: names of the policy or addresses; FILE may be left out with --rules',
    )
    .option('--from <source>', 'only from there, as SRC')
    .option('--rules <files...>', 'by rules found on a host: nft JSON, iptables-save, a folder of them, or `live`')
    .option('--host-view <file>', 'the host as `ctfw snapshot` saw it')
    .option('--host <name>', 'which host, where the policy has several')
    .addOption(new Option('--format <format>', 'how the answer looks').choices([...reachFormats]).default('human'))
    .action(async (words: string[], options: WhoCanOptions) => {
      const asked = readWhoCanWords(words, options.rules !== undefined);
      const services = parseAskedServices(asked.service);
      const { view, decider, notes, name } = await reachSubject(asked.file, options);
      const names = placeNames(view, decider.meaning);
      const source = options.from ?? asked.from;
      const from = source === undefined ? undefined : parseAskedEnd(source, names);
      const to = parseAskedEnd(asked.to, names);
      const reaches = reachOf(view, decider, { from, to, services });
      for (const note of notes) process.stderr.write(`ctfw: ${note}\n`);
      if (reaches.length === 0 && options.format === 'human') {
        writeOut(
          `${source ?? 'nobody'}${source === undefined ? ' can' : ' cannot'} reach ${asked.to}${asked.service === undefined ? '' : ` ${asked.service}`}\n`,
        );
        return;
      }
      writeOut(reachText(options.format, 'who-can', name, reaches, notes));
    });
}
