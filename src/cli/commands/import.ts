/** `ctfw import compose FILE`: a policy from a compose file. What is not taken over is said, never dropped silently. */
import { basename, dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { Command } from 'commander';
import { hasErrors } from '../../diagnostics/report.ts';
import { summarizeIgnored } from '../../import/reading/ignored.ts';
import { printPolicy } from '../../syntax/print.ts';
import { parseFormat, sayDiagnostics } from '../io/diagnostics.ts';
import { exitCode } from '../io/exit-code.ts';
import { fileExists, readSource, writeAtomically, writeOut } from '../io/files.ts';
import type { Outcome } from '../io/outcome.ts';

interface ImportOptions {
  readonly output?: string;
  readonly projectName?: string;
  readonly format: string;
}

export function addImport(program: Command, outcome: Outcome): void {
  const command = program.command('import').description('make a policy from what exists');
  command
    .command('compose')
    .description('make a policy from a compose file')
    .argument('<file>', 'the compose file; - is standard input')
    .option('-o, --output <file>', 'write the policy to this file')
    .option('--project-name <name>', 'the project, as in docker compose -p (default: the name of the folder)')
    .option('--format <format>', 'how messages on standard error look: human or json', 'human')
    .action(async (file: string, options: ImportOptions) => {
      // Loaded here: the YAML reader is large, and no other command needs it.
      const { importCompose } = await import('../../import/compose/import-compose.ts');
      const format = parseFormat(options.format);
      const source = readSource(file);
      const folder = basename(file === '-' ? process.cwd() : dirname(resolve(file)));
      const result = importCompose(source, {
        environment: environmentFor(file),
        projectName: options.projectName ?? folder,
      });
      sayDiagnostics(result.diagnostics, format);
      const ignored = summarizeIgnored(result.ignored);
      if (ignored !== undefined && format === 'human') process.stderr.write(`${source.name}: ${ignored}\n`);
      if (result.file === undefined || hasErrors(result.diagnostics)) {
        outcome.code = exitCode.refused;
        return;
      }
      const policy = printPolicy(result.file);
      const header = `# Made from ${basename(source.name)} by ctfw import compose.\n`;
      const text = policy.trim() === '' ? header : `${header}\n${policy}`;
      if (options.output === undefined) writeOut(text);
      else writeAtomically(options.output, text);
    });
}

/** As compose does: `.env` beside the file, and the shell's variables before it. */
function environmentFor(file: string): Readonly<Record<string, string>> {
  const path = join(file === '-' ? '.' : dirname(file), '.env');
  const beside = fileExists(path) ? parseEnv(readSource(path).text) : {};
  const all = Object.entries({ ...beside, ...process.env });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
