/** `ctfw rollback [N]`: takes back what waits for its confirmation, or applies an earlier generation again. */
import type { Command } from 'commander';
import { emptyArtifact, type Target } from '../../apply/artifact.ts';
import { type ApplyContext, stateOf } from '../../apply/engine/context.ts';
import { lockedText } from '../../apply/engine/lock-out.ts';
import { takeBack } from '../../apply/engine/take-back.ts';
import { keptPlan } from '../../apply/plan/kept-plan.ts';
import type { Plan } from '../../apply/plan/plan.ts';
import { generationNumbers, readMeta } from '../../apply/state/generations.ts';
import { realContext, requirePrivilege, whoAmI } from '../apply/context.ts';
import { planOfGeneration } from '../apply/make.ts';
import { operatorOf, portOf } from '../apply/operator.ts';
import { addPlanningOptions, type PlanningOptions, parseSeconds } from '../apply/options.ts';
import { perform } from '../apply/perform.ts';
import { againInForce } from '../apply/show-status.ts';
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
      case 'kept':
        throw new CommandError(`nothing was changed: ${taken.why}`, exitCode.refused);
      case 'locked':
        if (number === undefined) throw new CommandError(taken.why);
        process.stderr.write(`ctfw: ${taken.why}\n`);
        break;
      case 'back':
        process.stderr.write(`ctfw: ${againInForce(taken.loaded)}\n`);
        if (number === undefined) return;
        break;
      case 'nothing-waits':
    }
    const { state, locked } = stateOf(context);
    const loaded = state.kind === 'settled' ? state.loaded : (state.pending.target ?? state.pending.previous);
    if (number === undefined && loaded.locked !== undefined)
      throw new CommandError(`nothing was changed: ${lockedText(loaded.locked)}`, exitCode.refused);
    const numbers = generationNumbers(context.files);
    const wanted = number === undefined ? before(numbers, loaded.generation) : Number(number);
    if (wanted === undefined) throw new CommandError('there is no earlier generation', exitCode.refused);
    const kept =
      wanted === 0
        ? withoutRules(context, [loaded.generation, ...numbers], loaded.locked?.target ?? locked.target)
        : keptPlan(context.files, wanted);
    if (kept === undefined)
      throw new CommandError(
        wanted === 0 ? 'no generation is whole, so nobody knows whose rules to take away' : noSuchGeneration(wanted),
        exitCode.refused,
      );
    process.stderr.write(`ctfw: ${whichAgain(context, wanted)}\n`);
    const plan = await planOfGeneration(context, kept, options, version);
    for (const line of wanted === 0 ? settingsLeft(context, loaded.generation) : [])
      process.stderr.write(`ctfw: ${line}\n`);
    outcome.code = await perform(context, plan, {
      confirmSeconds,
      keepConnections: options.keepConnections === true,
      again: options.reload === true,
      operatorPort: portOf(options),
      sure: true,
    });
  });
}

/** Something else may need by now what ctfw has set: whoever takes the rules away has to say so. */
function settingsLeft({ files }: Pick<ApplyContext, 'files'>, generation: number): readonly string[] {
  const settings = Object.entries(readMeta(files, generation)?.sysctls ?? {}).map(
    ([name, value]) => `${name}=${value}`,
  );
  if (settings.length === 0) return [];
  return [`warning: kernel settings that ctfw has set stay (${settings.join(', ')}): set back what nothing else needs`];
}

/** A rollback makes a generation of its own, so that its number does not say whose rules it holds. */
function whichAgain({ files }: Pick<ApplyContext, 'files'>, number: number): string {
  if (number === 0) return 'taking away all rules of ctfw';
  const meta = readMeta(files, number);
  const about =
    meta === undefined ? '' : `, ${meta.policy}, as applied ${new Date(meta.at).toISOString()} by ${meta.by}`;
  return `going back to the rules of generation ${number}${about}`;
}

function noSuchGeneration(number: number | string): string {
  return `there is no generation ${number} that is whole (ctfw status lists them); nothing was changed`;
}

/** Generation 0 is no rules at all, by the policy of the generation in force, or of the newest that is whole. */
function withoutRules(
  { files }: Pick<ApplyContext, 'files'>,
  [current = 0, ...others]: readonly number[],
  target: Target,
): Plan | undefined {
  for (const number of [current, ...others.reverse()]) {
    const kept = keptPlan(files, number);
    if (kept !== undefined)
      return { ...kept, artifact: emptyArtifact(number === current ? kept.artifact.target : target) };
  }
  return undefined;
}

function before(numbers: readonly number[], current: number): number | undefined {
  return numbers.filter((number) => number < current).at(-1);
}
