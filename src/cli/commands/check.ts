/** `ctfw check [FILE...]`: parse, resolve, check. */
import type { Command } from 'commander';
import { check } from '../../compile.ts';
import { hasErrors } from '../../diagnostics/report.ts';
import { countOf, parseFormat, sayDiagnostics } from '../io/diagnostics.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import { readIncluded, readSource } from '../io/files.ts';
import type { Outcome } from '../io/outcome.ts';
import { type LockOptions, loadLock } from '../io/policy-lock.ts';

interface CheckOptions extends LockOptions {
  readonly denyWarnings?: boolean;
  readonly format: string;
}

export function addCheck(program: Command, outcome: Outcome): void {
  program
    .command('check')
    .description('read policies and say everything that is wrong with them')
    .argument('[file...]', 'policies; - is standard input')
    .option('--deny-warnings', 'fail on warnings too')
    .option('--lock <path>', 'the lock file (default: FILE.lock)')
    .option('--format <format>', 'human or json', 'human')
    .action((files: string[], options: CheckOptions) => {
      const format = parseFormat(options.format);
      if (files.length === 0)
        throw new CommandError('name at least one policy: ctfw check FILE... (- reads standard input)');
      const diagnostics = files.flatMap((file) => {
        const loaded = loadLock(file, options);
        return [...loaded.diagnostics, ...check(readSource(file), readIncluded, loaded.lock).diagnostics];
      });
      sayDiagnostics(diagnostics, format);
      const wrong =
        hasErrors(diagnostics) ||
        (options.denyWarnings === true && diagnostics.some(({ severity }) => severity === 'warning'));
      if (format === 'human')
        process.stderr.write(
          `${files.length === 1 ? files[0] : `${files.length} files`}: ${countOf(diagnostics) ?? 'no problems'}\n`,
        );
      outcome.code = wrong ? exitCode.refused : exitCode.fine;
    });
}
