/** `ctfw rollback [N]`: takes back what waits for its confirmation, or applies an earlier generation again. */
import type { Command } from 'commander';
import { stateOf } from '../../apply/engine/context.ts';
import { takeBack } from '../../apply/engine/take-back.ts';
import { keptPlan } from '../../apply/plan/kept-plan.ts';
import type { Plan } from '../../apply/plan/plan.ts';
import { generationNumbers } from '../../apply/state/generations.ts';
import { realContext, requirePrivilege, whoAmI } from '../apply/context.ts';
import { planOfGeneration } from '../apply/make.ts';
import { operatorOf } from '../apply/operator.ts';
import { addPlanningOptions, type PlanningOptions, parseSeconds } from '../apply/options.ts';
import { perform } from '../apply/perform.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import type { Outcome } from '../io/outcome.ts';

interface RollbackOptions extends PlanningOptions {
  readonly confirmTimeout: string;
}

export function addRollback(program: Command, outcome: Outcome, version: string): void {
  const command = program
    .command('rollback')
    .description('take back what was applied last, or apply an earlier generation again')
    .argument('[generation]', 'the number of a generation (ctfw status lists them); 0: no rules at all')
    .option('--confirm-timeout <time>', 'take an earlier generation back after this time unless confirmed', '60s');
  addPlanningOptions(command).action(async (number: string | undefined, options: RollbackOptions) => {
    const confirmSeconds = parseSeconds(options.confirmTimeout); // what is wrong is said before anything is taken back
    if (number !== undefined && !/^\d{1,9}$/.test(number))
      throw new CommandError(`a generation is a number (ctfw status lists them); "${number}" is none`);
    operatorOf(options);
    requirePrivilege('rollback');
    const context = realContext(options.stateDir);
    if (number !== undefined && Number(number) !== 0 && keptPlan(context.files, Number(number)) === undefined)
      throw new CommandError(noSuchGeneration(number), exitCode.refused);
    const taken = await takeBack(context, whoAmI(), options.keepConnections === true);
    switch (taken.kind) {
      case 'busy':
        throw new CommandError(`ctfw ${taken.owner.command} is at work (process ${taken.owner.process.pid})`);
      case 'unwritable':
        throw new CommandError(taken.why, taken.noPrivilege ? exitCode.noPrivilege : exitCode.failed);
      case 'stuck':
        throw new CommandError(`${taken.why}; look at ctfw status`);
      case 'back':
        process.stderr.write(
          `ctfw: the rules of generation ${taken.generation} are in force again, read back and equal\n`,
        );
        if (number === undefined) return;
        break;
      case 'nothing-waits':
    }
    const { state } = stateOf(context);
    const current = state.kind === 'settled' ? state.loaded.generation : state.pending.generation;
    const wanted = number === undefined ? before(generationNumbers(context.files), current) : Number(number);
    const kept =
      wanted === 0
        ? withoutRules(keptPlan(context.files, current))
        : wanted === undefined
          ? undefined
          : keptPlan(context.files, wanted);
    if (kept === undefined)
      throw new CommandError(
        number === undefined || wanted === 0 ? 'there is no earlier generation' : noSuchGeneration(number),
        exitCode.refused,
      );
    const plan = await planOfGeneration(context, kept, options, version);
    outcome.code = await perform(context, plan, {
      confirmSeconds,
      keepConnections: options.keepConnections === true,
      again: options.reload === true,
      operatorPort: options.operator === undefined ? undefined : Number(options.operatorPort),
      sure: true,
    });
  });
}

function noSuchGeneration(number: string): string {
  return `there is no generation ${number} that is whole (ctfw status lists them)`;
}

/** Generation 0 is no rules at all. */
function withoutRules(current: Plan | undefined): Plan | undefined {
  return current === undefined ? undefined : { ...current, artifact: { ...current.artifact, files: {} } };
}

function before(numbers: readonly number[], current: number): number | undefined {
  return numbers.filter((number) => number < current).at(-1);
}
