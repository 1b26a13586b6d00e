/** The commands of `ctfw`, one file each. Data goes to stdout; messages, progress and questions to stderr. */
import { Command, CommanderError } from 'commander';
import { StateError } from '../apply/state/files.ts';
import { NoRules } from '../proving/no-rules.ts';
import { CommandError, exitCode } from './io/exit-code.ts';
import type { Outcome } from './io/outcome.ts';

type AddCommand = (program: Command, outcome: Outcome, version: string) => void;

/** All commands, in the order that help lists them. Each is loaded when it is needed: most of a start is loading. */
const commands: ReadonlyMap<string, () => Promise<AddCommand>> = new Map([
  ['check', async () => (await import('./commands/check.ts')).addCheck],
  ['check-rules', async () => (await import('./commands/check-rules.ts')).addCheckRules],
  ['compile', async () => (await import('./commands/compile.ts')).addCompile],
  ['explain', async () => (await import('./commands/explain.ts')).addExplain],
  ['fmt', async () => (await import('./commands/fmt.ts')).addFmt],
  ['import', async () => (await import('./commands/import.ts')).addImport],
  ['lab', async () => (await import('./commands/lab/lab.ts')).addLab],
  ['ports', async () => (await import('./commands/ports.ts')).addPorts],
  ['hosts', async () => (await import('./commands/hosts.ts')).addHosts],
  ['resolv', async () => (await import('./commands/resolv.ts')).addResolv],
  ['verify', async () => (await import('./commands/verify.ts')).addVerify],
  ['trace', async () => (await import('./commands/trace.ts')).addTrace],
  ['who-can', async () => (await import('./commands/who-can.ts')).addWhoCan],
  ['matrix', async () => (await import('./commands/matrix.ts')).addMatrix],
  ['diff', async () => (await import('./commands/diff.ts')).addDiff],
  ['report', async () => (await import('./commands/report.ts')).addReport],
  ['snapshot', async () => (await import('./commands/snapshot.ts')).addSnapshot],
  ['plan', async () => (await import('./commands/plan.ts')).addPlan],
  ['show', async () => (await import('./commands/show.ts')).addShow],
  ['apply', async () => (await import('./commands/apply.ts')).addApply],
  ['confirm', async () => (await import('./commands/confirm.ts')).addConfirm],
  ['rollback', async () => (await import('./commands/rollback.ts')).addRollback],
  ['status', async () => (await import('./commands/status.ts')).addStatus],
  ['restore', async () => (await import('./commands/restore.ts')).addRestore],
  ['guard', async () => (await import('./commands/guard.ts')).addGuard],
  ['lsp', async () => (await import('./commands/lsp.ts')).addLsp],
  ['completion', async () => (await import('./commands/completion.ts')).addCompletion],
]);

/** The program with one of its commands, or all of them; they leave their exit code in `outcome`. */
export async function createProgram(outcome: Outcome, version: string, only?: string): Promise<Command> {
  const program = new Command('ctfw')
    .enablePositionalOptions()
    .description(
      'Compiles container network policies to nftables rulesets, shows what they do, and checks them on a real kernel.',
    )
    .version(version)
    .exitOverride()
    .showHelpAfterError('(ctfw --help lists the commands)');
  const known = only === undefined ? undefined : commands.get(only);
  const wanted = known === undefined ? [...commands.values()] : [known];
  for (const add of await Promise.all(wanted.map((load) => load()))) add(program, outcome, version);
  return program;
}

/** Runs one command line and gives the exit code of cli.md; never throws. */
export async function run(argv: readonly string[], version: string): Promise<number> {
  const outcome: Outcome = { code: exitCode.fine };
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCode.fine);
    throw error;
  });
  try {
    // the first word names the command; for anything else all of them are there, to be listed or suggested
    const program = await createProgram(outcome, version, needsAll(argv[2]) ? undefined : argv[2]);
    await program.parseAsync([...argv]);
    return outcome.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.fine : exitCode.failed;
    if (error instanceof CommandError) {
      process.stderr.write(`ctfw: ${error.message}\n`);
      return error.exitCode;
    }
    if (error instanceof NoRules) {
      process.stderr.write(`ctfw: ${error.message}\n`);
      return exitCode.refused;
    }
    if (error instanceof StateError) {
      process.stderr.write(`ctfw: ${error.message}\n`);
      return error.noPrivilege ? exitCode.noPrivilege : exitCode.failed;
    }
    process.stderr.write(
      `ctfw: this is a fault of ctfw itself, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return exitCode.failed;
  }
}

/** A script for a shell knows every command. */
function needsAll(word: string | undefined): boolean {
  return word === 'completion';
}
