/** `ctfw apply FILE|PLAN`: preflight, one transaction, read back, then wait for a confirmation or take everything back. */
import type { Command } from 'commander';
import type { ApplyContext } from '../../apply/engine/context.ts';
import { applyingContext, lookingContext, requirePrivilege } from '../apply/context.ts';
import { planOfFile } from '../apply/make.ts';
import { portOf } from '../apply/operator.ts';
import { addPlanningOptions, type PlanningOptions, parseSeconds } from '../apply/options.ts';
import { perform } from '../apply/perform.ts';
import { showPlan } from '../apply/show-plan.ts';
import { type ExitCode, exitCode } from '../io/exit-code.ts';
import { writeOut } from '../io/files.ts';
import type { Outcome } from '../io/outcome.ts';

interface ApplyCommandOptions extends PlanningOptions {
  readonly confirmTimeout: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

export function addApply(program: Command, outcome: Outcome, version: string): void {
  const command = program
    .command('apply')
    .description('put a policy in force on this host, and take it back unless it is confirmed')
    .argument('<file>', 'the policy, or a plan that ctfw plan -o stored')
    .option('--confirm-timeout <time>', 'take it back after this time unless confirmed; 0 is for good', '60s')
    .option('--yes', 'do not ask before the change; it does not confirm')
    .option('--dry-run', 'all of it but the change');
  addPlanningOptions(command).action(async (file: string, options: ApplyCommandOptions) => {
    const confirmSeconds = parseSeconds(options.confirmTimeout);
    const isDry = options.dryRun === true;
    if (!isDry) requirePrivilege('apply');
    const context = isDry ? lookingContext(options.stateDir) : applyingContext(options.stateDir);
    try {
      outcome.code = await applyFile({ context, file, options, version, isDry, confirmSeconds });
    } finally {
      await context.looks?.close();
    }
  });
}

interface Applying {
  readonly context: ApplyContext;
  readonly file: string;
  readonly options: ApplyCommandOptions;
  readonly version: string;
  readonly isDry: boolean;
  readonly confirmSeconds: number;
}

async function applyFile({ context, file, options, version, isDry, confirmSeconds }: Applying): Promise<ExitCode> {
  const made = await planOfFile(context, file, options, version, !isDry);
  if (made === undefined) return exitCode.refused;
  const { plan, stored } = made;
  if (isDry) {
    writeOut(showPlan(plan));
    return plan.findings.some(({ severity }) => severity === 'refusal') ? exitCode.refused : exitCode.fine;
  }
  if (!stored && process.stdin.isTTY === true) process.stderr.write(showPlan({ ...plan, findings: [] }));
  return perform(context, plan, {
    confirmSeconds,
    keepConnections: options.keepConnections === true,
    again: options.reload === true,
    operatorPort: portOf(options),
    sure: options.yes === true || stored,
  });
}
