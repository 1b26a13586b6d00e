/** `ctfw status`: what is in force, and what on the host is no longer as it was applied. */
import { type Command, Option } from 'commander';
import type { ApplyContext } from '../../apply/engine/context.ts';
import { foreignFindings } from '../../apply/status/foreign.ts';
import { type Status, statusOf } from '../../apply/status/status.ts';
import { realContext, requirePrivilege } from '../apply/context.ts';
import { addStateOption, type StateOptions } from '../apply/options.ts';
import { compilePlanned, planInput } from '../apply/policy.ts';
import { showStatus, statusToJson } from '../apply/show-status.ts';
import { exitCode } from '../io/exit-code.ts';
import { writeOut } from '../io/files.ts';
import type { Outcome } from '../io/outcome.ts';

interface StatusOptions extends StateOptions {
  readonly watch?: boolean;
  readonly format: string;
}

/** Milliseconds between two looks of `--watch`. */
const lookEvery = 2000;

export function addStatus(program: Command, outcome: Outcome, version: string): void {
  addStateOption(program.command('status').description('what is in force, and whether the host still agrees'))
    .option('--watch', 'look again every two seconds and tell when something changes')
    .addOption(new Option('--format <format>', 'how it is told').choices(['human', 'json']).default('human'))
    .action(async (options: StatusOptions) => {
      requirePrivilege('status', 'reads');
      const context = realContext(options.stateDir);
      let before = '';
      for (;;) {
        const status = await lookAt(context, version);
        outcome.code = status.drift.length > 0 ? exitCode.refused : exitCode.fine;
        const text = options.format === 'json' ? statusToJson(status) : showStatus(status);
        const changed = JSON.stringify({ ...status, counters: [], remaining: undefined }, (_, value) =>
          typeof value === 'bigint' ? `${value}` : value,
        );
        if (changed !== before) writeOut(text);
        before = changed;
        if (options.watch !== true) return;
        await context.host.wait(lookEvery);
      }
    });
}

function lookAt(context: ApplyContext, version: string): Promise<Status> {
  return statusOf(context, (plan, reading) => {
    const compiled = compilePlanned(plan.policy, plan.host, plan.artifact.target);
    return foreignFindings(planInput(compiled, plan.policy, plan.artifact, version), reading);
  });
}
