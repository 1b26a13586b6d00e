/** `ctfw plan FILE`: what apply would do to this host, shown and stored. Changes nothing. */
import type { Command } from 'commander';
import { formatPlan } from '../../apply/plan/plan-file.ts';
import { lookingContext } from '../apply/context.ts';
import { planOfFile } from '../apply/make.ts';
import { addPlanningOptions, type PlanningOptions } from '../apply/options.ts';
import { changesAnything, showPlan } from '../apply/show-plan.ts';
import { exitCode } from '../io/exit-code.ts';
import { writeAtomically, writeOut } from '../io/files.ts';
import type { Outcome } from '../io/outcome.ts';

interface PlanCommandOptions extends PlanningOptions {
  readonly output?: string;
  readonly exitCode?: boolean;
}

export function addPlan(program: Command, outcome: Outcome, version: string): void {
  const command = program
    .command('plan')
    .description('show what apply would do to this host, and store it')
    .argument('<file>', 'the policy; - is standard input')
    .option('-o, --output <file>', 'store the plan in this file, for ctfw apply')
    .option('--exit-code', 'end with 1 if anything would change');
  addPlanningOptions(command).action(async (file: string, options: PlanCommandOptions) => {
    const made = await planOfFile(lookingContext(options.stateDir), file, options, version, true);
    if (made === undefined) {
      outcome.code = exitCode.refused;
      return;
    }
    const { plan } = made;
    if (options.output !== undefined) writeAtomically(options.output, formatPlan(plan));
    if (options.output !== '-') writeOut(options.format === 'json' ? formatPlan(plan) : showPlan(plan));
    if (options.exitCode === true && changesAnything(plan)) outcome.code = exitCode.refused;
  });
}
