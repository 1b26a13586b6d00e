/** The commands of `ctfw`, one file each. Data goes to stdout; messages, progress and questions to stderr. */
import { Command, CommanderError } from 'commander';
import { StateError } from '../apply/state/files.ts';
import { addApply } from './commands/apply.ts';
import { addCheck } from './commands/check.ts';
import { addCheckRules } from './commands/check-rules.ts';
import { addCompile } from './commands/compile.ts';
import { addCompletion } from './commands/completion.ts';
import { addConfirm } from './commands/confirm.ts';
import { addDiff } from './commands/diff.ts';
import { addExplain } from './commands/explain.ts';
import { addFmt } from './commands/fmt.ts';
import { addGuard } from './commands/guard.ts';
import { addHosts } from './commands/hosts.ts';
import { addImport } from './commands/import.ts';
import { addLab } from './commands/lab/lab.ts';
import { addLsp } from './commands/lsp.ts';
import { addMatrix } from './commands/matrix.ts';
import { addPlan } from './commands/plan.ts';
import { addPorts } from './commands/ports.ts';
import { addReport } from './commands/report.ts';
import { addResolv } from './commands/resolv.ts';
import { addRestore } from './commands/restore.ts';
import { addRollback } from './commands/rollback.ts';
import { addShow } from './commands/show.ts';
import { addSnapshot } from './commands/snapshot.ts';
import { addStatus } from './commands/status.ts';
import { addTrace } from './commands/trace.ts';
import { addVerify } from './commands/verify.ts';
import { addWhoCan } from './commands/who-can.ts';
import { CommandError, exitCode } from './io/exit-code.ts';
import type { Outcome } from './io/outcome.ts';

/** All commands, in the order that help lists them. */
const commands = [
  addCheck,
  addCheckRules,
  addCompile,
  addExplain,
  addFmt,
  addImport,
  addLab,
  addPorts,
  addHosts,
  addResolv,
  addVerify,
  addTrace,
  addWhoCan,
  addMatrix,
  addDiff,
  addReport,
  addSnapshot,
  addPlan,
  addShow,
  addApply,
  addConfirm,
  addRollback,
  addStatus,
  addRestore,
  addGuard,
  addLsp,
  addCompletion,
];

/** The program with all of its commands; they leave their exit code in `outcome`. */
export function createProgram(outcome: Outcome, version: string): Command {
  const program = new Command('ctfw')
    .enablePositionalOptions()
    .description(
      'Compiles container network policies to nftables rulesets, shows what they do, and checks them on a real kernel.',
    )
    .version(version)
    .exitOverride()
    .showHelpAfterError('(ctfw --help lists the commands)');
  for (const add of commands) add(program, outcome, version);
  return program;
}

/** Runs one command line and gives the exit code of cli.md; never throws. */
export async function run(argv: readonly string[], version: string): Promise<number> {
  const outcome: Outcome = { code: exitCode.fine };
  const program = createProgram(outcome, version);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCode.fine);
    throw error;
  });
  try {
    await program.parseAsync([...argv]);
    return outcome.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.fine : exitCode.failed;
    if (error instanceof CommandError) {
      process.stderr.write(`ctfw: ${error.message}\n`);
      return error.exitCode;
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
