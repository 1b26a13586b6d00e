/** `ctfw restore`: loads the generation that was confirmed last, at the start of the machine. */
import type { Command } from 'commander';
import type { ApplyContext } from '../../apply/engine/context.ts';
import { lockAtStart, type RestoreResult, restore } from '../../apply/engine/restore.ts';
import { realContext, requirePrivilege } from '../apply/context.ts';
import { addStateOption, type StateOptions } from '../apply/options.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';

interface RestoreOptions extends StateOptions {
  readonly failOpen?: boolean;
  readonly failClosed?: boolean;
}

export function addRestore(program: Command): void {
  addStateOption(
    program
      .command('restore')
      .description('load the generation that was confirmed last, as at the start of the machine'),
  )
    .option('--fail-open', 'where that is not possible, leave the machine without rules of ctfw')
    .option('--fail-closed', 'where that is not possible, lock out new connections but for logins (the default)')
    .action(async (options: RestoreOptions) => {
      requirePrivilege('restore');
      const context = realContext(options.stateDir);
      const open = options.failOpen === true && options.failClosed !== true;
      const result = await restoreOrLock({ ...context, say: () => {} }, open);
      switch (result.kind) {
        case 'restored':
          process.stderr.write(`ctfw: generation ${result.generation} is in force, read back and equal\n`);
          for (const problem of result.unset ?? []) process.stderr.write(`ctfw: ${problem}\n`);
          if (result.dropped !== undefined)
            process.stderr.write(`ctfw: generation ${result.dropped} was never confirmed and is not loaded\n`);
          return;
        case 'nothing-to-restore':
          process.stderr.write('ctfw: nothing was ever confirmed, so nothing is loaded\n');
          return;
        case 'busy':
          throw new CommandError(`ctfw ${result.owner.command} is at work (process ${result.owner.process.pid})`);
        case 'locked':
        case 'stuck':
          throw new CommandError(result.why);
        case 'failed':
        case 'unwritable':
          throw new CommandError(result.why, result.noPrivilege ? exitCode.noPrivilege : exitCode.failed);
      }
    });
}

/** A state directory that cannot be used, or a fault of our own, must not leave a machine open that was to be closed. */
async function restoreOrLock(context: ApplyContext, open: boolean): Promise<RestoreResult> {
  const result = await restoreOrFail(context, open);
  const isFailure = result.kind === 'unwritable' || (result.kind === 'failed' && result.isFault);
  return isFailure && !open ? lockAtStart(context, result.why) : result;
}

async function restoreOrFail(
  context: ApplyContext,
  open: boolean,
): Promise<RestoreResult & { readonly isFault?: boolean }> {
  try {
    return await restore(context, open);
  } catch (error) {
    const why = `this is a fault of ctfw itself, please report it: ${error instanceof Error ? error.stack : error}`;
    return { kind: 'failed', why, noPrivilege: false, isFault: true };
  }
}
