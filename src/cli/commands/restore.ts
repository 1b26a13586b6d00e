/** `ctfw restore`: loads the generation that was confirmed last, at the start of the machine. */
import type { Command } from 'commander';
import type { ApplyContext } from '../../apply/engine/context.ts';
import { failClosed, type RestoreResult, restore } from '../../apply/engine/restore.ts';
import { realContext, requirePrivilege } from '../apply/context.ts';
import { addStateOption, type StateOptions } from '../apply/options.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';

interface RestoreOptions extends StateOptions {
  readonly failClosed?: boolean;
}

export function addRestore(program: Command): void {
  addStateOption(
    program
      .command('restore')
      .description('load the generation that was confirmed last, as at the start of the machine'),
  )
    .option('--fail-closed', 'where that is not possible, forward nothing at all')
    .action(async (options: RestoreOptions) => {
      requirePrivilege('restore');
      const context = realContext(options.stateDir);
      const result = await restoreOrFail(context);
      switch (result.kind) {
        case 'restored':
          process.stderr.write(`ctfw: generation ${result.generation} is in force, read back and equal\n`);
          if (result.dropped !== undefined)
            process.stderr.write(`ctfw: generation ${result.dropped} was never confirmed and is not loaded\n`);
          return;
        case 'nothing-to-restore':
          process.stderr.write('ctfw: nothing was ever confirmed, so nothing is loaded\n');
          return;
        case 'busy':
          throw new CommandError(`ctfw ${result.owner.command} is at work (process ${result.owner.process.pid})`);
        default: {
          const problem = options.failClosed === true ? await failClosed(context.host) : undefined;
          const instead =
            options.failClosed !== true
              ? ''
              : problem === undefined
                ? '; nothing is forwarded instead'
                : `; nor could forwarding be stopped: ${problem}`;
          throw new CommandError(
            `${result.why}${instead}`,
            result.noPrivilege ? exitCode.noPrivilege : exitCode.failed,
          );
        }
      }
    });
}

/** A fault of our own must not leave a machine open that was to be closed. */
async function restoreOrFail(context: ApplyContext): Promise<RestoreResult> {
  try {
    return await restore(context);
  } catch (error) {
    const why = `this is a fault of ctfw itself, please report it: ${error instanceof Error ? error.stack : error}`;
    return { kind: 'failed', why, noPrivilege: false };
  }
}
