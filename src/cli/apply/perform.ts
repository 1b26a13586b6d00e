/** Applying a plan from the command line: questions before, waiting afterwards, and what is said about the outcome. */
import { createInterface } from 'node:readline/promises';
import { type ApplyOptions, type ApplyResult, applyPlan } from '../../apply/engine/apply.ts';
import { confirm } from '../../apply/engine/confirm.ts';
import { type ApplyContext, stateOf } from '../../apply/engine/context.ts';
import { guardStep } from '../../apply/engine/guard.ts';
import { lockedText } from '../../apply/engine/lock-out.ts';
import { takeBack } from '../../apply/engine/take-back.ts';
import type { Plan } from '../../apply/plan/plan.ts';
import { rememberingFiles } from '../../apply/state/remembered-files.ts';
import { findLogin, loginName } from '../../host/login.ts';
import { CommandError, type ExitCode, exitCode } from '../io/exit-code.ts';
import { type SignalWatch, watchSignals } from '../io/signals.ts';
import { whoAmI } from './context.ts';
import { changesAnything, findingLines } from './show-plan.ts';
import { againInForce } from './show-status.ts';

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
  const signals = watchSignals();
  try {
    // the state directory may be lost while it waits
    return await applyAndWait({ ...context, files: rememberingFiles(context.files) }, plan, applyOptions, signals);
  } finally {
    signals.close();
  }
}

/** A signal does not stop an apply in the middle; one that waits ends, and the guard does the rest. */
async function applyAndWait(
  context: ApplyContext,
  plan: Plan,
  applyOptions: ApplyOptions,
  signals: SignalWatch,
): Promise<ExitCode> {
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
  await context.looks?.close(); // nothing more is looked at while it waits
  return waitForConfirmation(context, generation, applyOptions.confirmSeconds, signals);
}

/** Throws CommandError where the answer is no, or nobody can be asked. */
async function askBefore(): Promise<void> {
  if (process.stdin.isTTY !== true)
    throw new CommandError('apply asks before it changes anything, and there is no terminal to ask on: add --yes');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const gone = new AbortController();
  for (const event of ['SIGINT', 'close'] as const) terminal.on(event, () => gone.abort());
  const question = 'Apply this? Only "yes" is taken for a yes: ';
  const answer = await terminal.question(question, { signal: gone.signal }).catch(() => 'no');
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

async function waitForConfirmation(
  context: ApplyContext,
  generation: number,
  seconds: number,
  signals: SignalWatch,
): Promise<ExitCode> {
  const end = context.host.uptime() + seconds * 1000;
  const before = stateOf(context).state;
  const wasLocked = before.kind !== 'settled' && before.pending.previous.locked !== undefined;
  say(`it is taken back in ${seconds} s unless confirmed: open a new connection and run \`ctfw confirm\` there`);
  const terminal =
    process.stdin.isTTY === true ? createInterface({ input: process.stdin, output: process.stderr }) : undefined;
  terminal?.on('SIGINT', signals.ask);
  terminal?.on('line', (answer) => void answerHere(context, generation, answer));
  terminal?.setPrompt('or type "confirm" here, or "rollback": ');
  terminal?.prompt();
  try {
    for (;;) {
      const { state, confirmed, last } = stateOf(context);
      if (confirmed >= generation) {
        say(`generation ${generation} is confirmed`);
        return exitCode.fine;
      }
      if (state.kind === 'settled') {
        const isLocked = state.loaded.locked !== undefined && !wasLocked;
        const after = isLocked ? `${last?.text}; ${lockedText(state.loaded.locked)}` : againInForce(state.loaded);
        say(`generation ${generation} was not confirmed: ${after}`);
        return isLocked ? exitCode.failed : exitCode.rolledBack;
      }
      if (signals.askedToEnd()) {
        say(whatHappensNow(generation, Math.max(0, Math.round((end - context.host.uptime()) / 1000))));
        return exitCode.failed;
      }
      if (context.host.uptime() > end + forTheGuard) await guardStep(context);
      if (context.host.uptime() > end + patience) {
        say(
          `${state.kind === 'locked' ? state.why : 'nobody took it back in time, or could write it down'}; look at ctfw status`,
        );
        return exitCode.failed;
      }
      await context.host.wait(lookEvery);
    }
  } finally {
    terminal?.close();
  }
}

function whatHappensNow(generation: number, seconds: number): string {
  return `no longer waiting here: in ${seconds} s generation ${generation} is taken back, unless \`ctfw confirm\` keeps it; \`ctfw rollback\` takes it back at once`;
}

/** Milliseconds for the guard to begin; after that it is taken for dead. */
const forTheGuard = 3000;

/** Milliseconds for all of it. */
const patience = 60_000;

async function answerHere(context: ApplyContext, generation: number, answer: string): Promise<void> {
  if (answer.trim() === 'rollback') {
    const taken = await takeBack(context, whoAmI());
    if (taken.kind === 'kept') say(taken.why);
    else if (taken.kind !== 'back') say(`it was not taken back here (${taken.kind}); look at ctfw status`);
  }
  if (answer.trim() !== 'confirm') return;
  const login = findLogin();
  const own = { connection: login === undefined ? undefined : loginName(login), since: login?.since };
  const result = await confirm(context, whoAmI(), own, generation);
  if (result.kind === 'not-in-force' || result.kind === 'stuck') say(`it is not confirmed: ${result.why}`);
  if (result.kind === 'busy') say(`ctfw ${result.owner.command} is at work: try again`);
  if (result.kind === 'confirmed' && !result.fresh) say(oldTerminal);
}

export const oldTerminal =
  'warning: this connection was open before the apply, so it does not show that one still gets in; try a new login';
