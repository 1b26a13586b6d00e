/** `ctfw guard`: the process that apply leaves behind, which takes back what nobody confirms. Not for people. */
import type { Command } from 'commander';
import { guardStep, rememberForGuard } from '../../apply/engine/guard.ts';
import { guardFile, realContext } from '../apply/context.ts';
import { addStateOption, type StateOptions } from '../apply/options.ts';
import { exitCode } from '../io/exit-code.ts';
import type { Outcome } from '../io/outcome.ts';

/** Milliseconds between two looks; after a failure it tries again as often. */
const lookEvery = 250;

export function addGuard(program: Command, outcome: Outcome): void {
  addStateOption(program.command('guard', { hidden: true }).description('take back what nobody confirms')).action(
    async (options: StateOptions) => {
      for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGPIPE', 'SIGQUIT'] as const) process.on(signal, () => {});
      const context = rememberForGuard({ ...realContext(options.stateDir), say: () => {} });
      context.files.write(guardFile, `${process.pid}`);
      for (;;) {
        const step = await guardStep(context);
        if (step.kind === 'over') break;
        await context.host.wait(step.kind === 'stuck' ? 4 * lookEvery : lookEvery);
      }
      outcome.code = exitCode.fine;
    },
  );
}
