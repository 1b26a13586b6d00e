/** `ctfw import compose FILE`, `ctfw import docker FILE`: a policy from what exists. What is not taken over is said, never dropped silently. */
import { basename, dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { Command } from 'commander';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { visible } from '../../diagnostics/display.ts';
import { hasErrors } from '../../diagnostics/report.ts';
import { type IgnoredKey, summarizeIgnored } from '../../import/reading/ignored.ts';
import { emptyLock } from '../../lock/lock.ts';
import { resolve as resolvePolicy } from '../../model/resolve.ts';
import { checkModel } from '../../model/rules/check.ts';
import type { SourceFile } from '../../source/span.ts';
import { printPolicy } from '../../syntax/print.ts';
import type { PolicyFile } from '../../syntax/tree.ts';
import { parseFormat, sayDiagnostics } from '../io/diagnostics.ts';
import { exitCode } from '../io/exit-code.ts';
import { fileExists, readSource, writeAtomically, writeOut } from '../io/files.ts';
import type { Outcome } from '../io/outcome.ts';

interface ImportOptions {
  readonly output?: string;
  readonly projectName?: string;
  readonly format: string;
}

/** What every importer gives. */
interface Imported {
  readonly file: PolicyFile | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly ignored: readonly IgnoredKey[];
}

export function addImport(program: Command, outcome: Outcome): void {
  const command = program.command('import').description('make a policy from what exists');
  addCompose(command, outcome);
  addDocker(command, outcome);
}

function addCompose(command: Command, outcome: Outcome): void {
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
      const source = readSource(file);
      const folder = basename(file === '-' ? process.cwd() : dirname(resolve(file)));
      const result = importCompose(source, {
        environment: environmentFor(file),
        projectName: options.projectName ?? folder,
      });
      give(source, 'compose', result, options, outcome);
    });
}

function addDocker(command: Command, outcome: Outcome): void {
  command
    .command('docker')
    .description('make a policy from what an engine runs: docker inspect $(docker ps -q) $(docker network ls -q)')
    .argument(
      '<file>',
      'what docker inspect or podman inspect printed, several texts one behind the other; - is standard input',
    )
    .option('-o, --output <file>', 'write the policy to this file')
    .option('--format <format>', 'how messages on standard error look: human or json', 'human')
    .action(async (file: string, options: ImportOptions) => {
      const { importDocker } = await import('../../import/docker/import-docker.ts');
      const source = readSource(file);
      const result = importDocker(source);
      give(
        source,
        'docker',
        { ...result, diagnostics: [...result.diagnostics, ...problemsOf(result.file)] },
        options,
        outcome,
      );
    });
}

/** What is wrong with a policy as it is: an engine lets some things be that no policy can say, and documents may contradict themselves. */
function problemsOf(file: PolicyFile | undefined): readonly Diagnostic[] {
  if (file === undefined) return [];
  const resolved = resolvePolicy([file], emptyLock);
  const found = [...resolved.diagnostics, ...checkModel(resolved.model, [file]).diagnostics];
  return found.filter(({ severity }) => severity === 'error');
}

function give(source: SourceFile, what: string, imported: Imported, options: ImportOptions, outcome: Outcome): void {
  const format = parseFormat(options.format);
  sayDiagnostics(imported.diagnostics, format);
  const ignored = summarizeIgnored(imported.ignored);
  if (ignored !== undefined && format === 'human')
    process.stderr.write(`${visible(source.name)}: ${visible(ignored)}\n`);
  if (imported.file === undefined || hasErrors(imported.diagnostics)) {
    outcome.code = exitCode.refused;
    return;
  }
  const policy = printPolicy(imported.file);
  const header = `# Made from ${visible(basename(source.name))} by ctfw import ${what}.\n`;
  const text = policy.trim() === '' ? header : `${header}\n${policy}`;
  if (options.output === undefined) writeOut(text);
  else writeAtomically(options.output, text);
}

/** As compose does: `.env` beside the file, and the shell's variables before it. */
function environmentFor(file: string): Readonly<Record<string, string>> {
  const path = join(file === '-' ? '.' : dirname(file), '.env');
  const beside = fileExists(path) ? parseEnv(readSource(path).text) : {};
  const all = Object.entries({ ...beside, ...process.env });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
