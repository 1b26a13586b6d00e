/** Applying a plan from the command line: questions before, waiting afterwards, and what is said about the outcome. */
import { createInterface } from 'node:readline/promises';
import { type ApplyOptions, type ApplyResult, applyPlan } from '../../apply/engine/apply.ts';
import { confirm } from '../../apply/engine/confirm.ts';
import { type ApplyContext, stateOf } from '../../apply/engine/context.ts';
import { takeBack } from '../../apply/engine/take-back.ts';
import type { Plan } from '../../apply/plan/plan.ts';
import { findLogin, loginName } from '../../host/login.ts';
import { CommandError, type ExitCode, exitCode } from '../io/exit-code.ts';
import { whoAmI } from './context.ts';
import { changesAnything, findingLines } from './show-plan.ts';

export interface PerformOptions {
  readonly confirmSeconds: number;
  readonly keepConnections: boolean;
  readonly again: boolean;
  /** False: the question before the transaction is asked. */
  readonly sure: boolean;
  /** The port that the operator says to log in to; undefined: that of this login. */
  readonly operatorPort: number | undefined;
}

const say = (message: string): void => void process.stderr.write(`ctfw: ${message}\n`);

/** Gives the exit code. */
export async function perform(context: ApplyContext, plan: Plan, options: PerformOptions): Promise<ExitCode> {
  const refusals = plan.findings.filter(({ severity }) => severity === 'refusal');
  for (const line of findingLines(plan)) process.stderr.write(`${line}\n`);
  if (refusals.length > 0) {
    say('nothing was changed');
    return exitCode.refused;
  }
  if (!options.sure && changesAnything(plan)) await askBefore();
  const login = findLogin();
  const applyOptions: ApplyOptions = {
    confirmSeconds: options.confirmSeconds,
    keepConnections: options.keepConnections,
    again: options.again,
    operatorPort: options.operatorPort ?? login?.localPort ?? 22,
    by: whoAmI(),
    login: login === undefined ? undefined : loginName(login),
    keepGenerations: 10,
  };
  const result = await applyPlan(context, plan, applyOptions);
  if (result.kind !== 'applied') return sayFailure(result);
  const { generation, deadline, installation, removedConnections } = result;
  const ended = removedConnections === 0 ? '' : `; ${removedConnections} connections ended`;
  say(
    installation.how === 'nothing'
      ? `generation ${generation}: the rules were so already${ended}`
      : `generation ${generation} is in force (${installation.bytes} bytes, read back and equal)${ended}`,
  );
  if (deadline === undefined) return exitCode.fine;
  return waitForConfirmation(context, generation, deadline);
}

/** Throws CommandError where the answer is no, or nobody can be asked. */
async function askBefore(): Promise<void> {
  if (process.stdin.isTTY !== true)
    throw new CommandError('apply asks before it changes anything, and there is no terminal to ask on: add --yes');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question('Apply this? Only "yes" is taken for a yes: ');
  terminal.close();
  if (answer.trim() !== 'yes') throw new CommandError('nothing was changed', exitCode.refused);
}

function sayFailure(result: Exclude<ApplyResult, { kind: 'applied' }>): ExitCode {
  switch (result.kind) {
    case 'busy':
      say(`ctfw ${result.owner.command} is at work (process ${result.owner.process.pid}); nothing was changed`);
      return exitCode.failed;
    case 'waiting':
      say(
        `generation ${result.generation} waits for its confirmation: ctfw confirm, or ctfw rollback; nothing was changed`,
      );
      return exitCode.failed;
    case 'stale':
      say(`the host is no longer as the plan found it (${result.moved.join(', ')}): plan again; nothing was changed`);
      return exitCode.stale;
    case 'refused':
    case 'unwritable':
      say(`${result.why}; nothing was changed`);
      return result.noPrivilege ? exitCode.noPrivilege : exitCode.failed;
    case 'rolled-back':
      say(`${result.why}; the rules from before are in force again, read back and equal`);
      return exitCode.rolledBack;
    case 'stuck':
      say(`${result.why}; look at ctfw status`);
      return exitCode.failed;
  }
}

/** How often the journal is looked at, in milliseconds. */
const lookEvery = 200;

async function waitForConfirmation(context: ApplyContext, generation: number, deadline: number): Promise<ExitCode> {
  const seconds = Math.round((deadline - context.host.now()) / 1000);
  say(`it is taken back in ${seconds} s unless confirmed: open a new connection and run \`ctfw confirm\` there`);
  const terminal =
    process.stdin.isTTY === true ? createInterface({ input: process.stdin, output: process.stderr }) : undefined;
  terminal?.on('line', (answer) => void answerHere(context, generation, answer));
  terminal?.setPrompt('or type "confirm" here, or "rollback": ');
  terminal?.prompt();
  try {
    for (;;) {
      const { state, confirmed } = stateOf(context);
      if (confirmed >= generation) {
        say(`generation ${generation} is confirmed`);
        return exitCode.fine;
      }
      if (state.kind === 'settled') {
        say(
          `generation ${generation} was not confirmed: the rules of generation ${state.loaded.generation} are in force again, read back and equal`,
        );
        return exitCode.rolledBack;
      }
      if (context.host.now() > deadline + patience) {
        say('nobody took it back in time; look at ctfw status');
        return exitCode.failed;
      }
      await context.host.wait(lookEvery);
    }
  } finally {
    terminal?.close();
  }
}

/** Milliseconds for the guard to do its work. */
const patience = 60_000;

async function answerHere(context: ApplyContext, generation: number, answer: string): Promise<void> {
  if (answer.trim() === 'rollback') await takeBack(context, whoAmI());
  if (answer.trim() !== 'confirm') return;
  const login = findLogin();
  const own = { connection: login === undefined ? undefined : loginName(login), since: login?.since };
  const result = await confirm(context, whoAmI(), own, generation);
  if (result.kind === 'confirmed' && !result.fresh) say(oldTerminal);
}

export const oldTerminal =
  'warning: this connection was open before the apply, so it does not show that one still gets in; try a new login';
