/** `ctfw confirm`: what was applied stays. From a new connection it shows that one still gets in. */
import type { Command } from 'commander';
import { confirm } from '../../apply/engine/confirm.ts';
import { findLogin, loginName } from '../../host/login.ts';
import { realContext, requirePrivilege, whoAmI } from '../apply/context.ts';
import { addStateOption, type StateOptions } from '../apply/options.ts';
import { oldTerminal } from '../apply/perform.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import type { Outcome } from '../io/outcome.ts';

export function addConfirm(program: Command, outcome: Outcome): void {
  addStateOption(program.command('confirm').description('keep what was applied last')).action(
    async (options: StateOptions) => {
      requirePrivilege('confirm');
      const login = findLogin();
      const own = { connection: login === undefined ? undefined : loginName(login), since: login?.since };
      const context = realContext(options.stateDir);
      let result = await confirm(context, whoAmI(), own);
      for (let tries = 0; result.kind === 'busy' && tries < patience; tries++) {
        await context.host.wait(lookEvery); // apply may be about to say that it is done
        result = await confirm(context, whoAmI(), own);
      }
      switch (result.kind) {
        case 'confirmed':
          process.stderr.write(`ctfw: generation ${result.generation} is confirmed\n`);
          if (!result.fresh) process.stderr.write(`ctfw: ${login === undefined ? noLogin : oldTerminal}\n`);
          return;
        case 'nothing-waits':
          process.stderr.write(
            `ctfw: ${result.tookBack === undefined ? 'nothing waits for a confirmation' : `it is too late: ${result.tookBack}, and it was taken back`}\n`,
          );
          outcome.code = result.tookBack === undefined ? exitCode.refused : exitCode.rolledBack;
          return;
        case 'not-in-force':
          throw new CommandError(`it is not confirmed: ${result.why}`, exitCode.refused);
        case 'busy':
          throw new CommandError(`ctfw ${result.owner.command} is at work (process ${result.owner.process.pid})`);
        case 'unwritable':
          throw new CommandError(result.why, result.noPrivilege ? exitCode.noPrivilege : exitCode.failed);
        case 'stuck':
          throw new CommandError(`${result.why}; look at ctfw status`);
      }
    },
  );
}

/** How often, and after how many milliseconds, it tries again while another command is at work. */
const patience = 50;
const lookEvery = 200;

const noLogin =
  'warning: this was not confirmed over a network connection, so it does not show that one still gets in; try a new login';
