/** `ctfw check [FILE...]`: parse, resolve, check. */
import type { Command } from 'commander';
import { check } from '../../compile.ts';
import { applySafeEdits } from '../../diagnostics/apply-edits.ts';
import { hasErrors } from '../../diagnostics/report.ts';
import type { Lock } from '../../lock/lock.ts';
import type { SourceFile } from '../../source/span.ts';
import { countOf, parseFormat, sayDiagnostics } from '../io/diagnostics.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import { readIncluded, readSource, writeAtomically } from '../io/files.ts';
import type { Outcome } from '../io/outcome.ts';
import { type LockOptions, loadLock } from '../io/policy-lock.ts';

interface CheckOptions extends LockOptions {
  readonly denyWarnings?: boolean;
  readonly fix?: boolean;
  readonly format: string;
}

export function addCheck(program: Command, outcome: Outcome): void {
  program
    .command('check')
    .description('read policies and say everything that is wrong with them')
    .argument('[file...]', 'policies; - is standard input')
    .option('--deny-warnings', 'fail on warnings too')
    .option('--fix', 'write into the policies what can be mended without changing what they mean')
    .option('--lock <path>', 'the lock file (default: FILE.lock)')
    .option('--format <format>', 'human or json', 'human')
    .action((files: string[], options: CheckOptions) => {
      const format = parseFormat(options.format);
      if (files.length === 0)
        throw new CommandError('name at least one policy: ctfw check FILE... (- reads standard input)');
      if (options.fix === true && files.includes('-'))
        throw new CommandError('standard input cannot be mended: name a file');
      const diagnostics = files.flatMap((file) => {
        const loaded = loadLock(file, options);
        const written = readSource(file);
        const source = options.fix === true ? fix(file, written, loaded.lock) : written;
        return [...loaded.diagnostics, ...check(source, readIncluded, loaded.lock).diagnostics];
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

/** Writes a policy with the safe edits of what is wrong with it; files that it includes are mended when they are named themselves. */
function fix(path: string, source: SourceFile, lock: Lock): SourceFile {
  const { text, applied } = applySafeEdits(source, (edited) => check(edited, readIncluded, lock).diagnostics);
  if (applied === 0) return source;
  writeAtomically(path, text);
  process.stderr.write(`${path}: ${applied === 1 ? '1 place' : `${applied} places`} mended\n`);
  return { name: source.name, text };
}
