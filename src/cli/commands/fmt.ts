/** `ctfw fmt`: the one layout of policies. */
import type { Command } from 'commander';
import { hasErrors } from '../../diagnostics/report.ts';
import { parsePolicy } from '../../syntax/parse.ts';
import { printPolicy } from '../../syntax/print.ts';
import { sayDiagnostics } from '../io/diagnostics.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import { readSource, writeAtomically, writeOut } from '../io/files.ts';
import type { Outcome } from '../io/outcome.ts';
import { unifiedDiff } from '../io/unified-diff.ts';

interface FmtOptions {
  readonly check?: boolean;
  readonly diff?: boolean;
}

export function addFmt(program: Command, outcome: Outcome): void {
  program
    .command('fmt')
    .description('lay policies out in the one way; comments stay')
    .argument('[file...]', 'policies, rewritten in place; - goes from standard input to standard output')
    .option('--check', 'change nothing; fail and name the files that are laid out otherwise')
    .option('--diff', 'change nothing; print what would change as a unified diff, and fail if anything would')
    .action((files: string[], options: FmtOptions) => {
      if (files.length === 0)
        throw new CommandError('name at least one policy: ctfw fmt FILE... (- reads standard input)');
      for (const path of files) {
        const source = readSource(path);
        const { file, diagnostics } = parsePolicy(source);
        if (hasErrors(diagnostics)) {
          sayDiagnostics(diagnostics, 'human');
          outcome.code = exitCode.refused;
          continue;
        }
        const text = printPolicy(file);
        if (options.check === true || options.diff === true) {
          if (text !== source.text) {
            writeOut(options.diff === true ? unifiedDiff(source.name, source.text, text) : `${source.name}\n`);
            outcome.code = exitCode.refused;
          }
        } else if (path === '-') writeOut(text);
        else if (text !== source.text) writeAtomically(path, text);
      }
    });
}
