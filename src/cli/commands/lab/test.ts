/** `ctfw lab test`: packets between all places of the policy, and what became of them against what is meant. */
import type { Command } from 'commander';
import { formatFlow } from '../../../expectations/evaluate.ts';
import { disagreement } from '../../../lab/agreement.ts';
import type { PlannedJourney } from '../../../lab/agreement-across.ts';
import type { Lab } from '../../../lab/lab.ts';
import type { RulesRunner } from '../../../lab/load-policy.ts';
import { planPolicy } from '../../../lab/plan-policy.ts';
import { probeAndJudge } from '../../../lab/probe-and-judge.ts';
import { formatVersion, parseFormat } from '../../io/diagnostics.ts';
import { CommandError, exitCode } from '../../io/exit-code.ts';
import { writeOut } from '../../io/files.ts';
import type { Outcome } from '../../io/outcome.ts';
import type { LockOptions } from '../../io/policy-lock.ts';
import { asCommandError, type CompiledPolicy, compileForLab, labOf } from './prepare.ts';

interface TestOptions extends LockOptions {
  readonly target: string;
  readonly iptables: string;
  readonly brNetfilter: boolean;
  readonly format: string;
  readonly most: string;
  readonly verbose?: boolean;
}

interface ProbeReport {
  readonly flow: string;
  readonly verdict: string;
  /** What disagrees with the meaning; undefined when nothing does. */
  readonly problem: string | undefined;
}

export function addLabTest(lab: Command, outcome: Outcome): void {
  lab
    .command('test')
    .description('send packets between all places of the policy and compare what happens with what is meant')
    .argument('<file>', 'the policy; - is standard input')
    .option('--lock <path>', 'the lock file (default: FILE.lock)')
    .option('-t, --target <target>', 'the rules to try: nftables or iptables', 'nftables')
    .option('--iptables <variant>', 'which iptables runs them: nft or legacy', 'nft')
    .option('--no-br-netfilter', 'keep bridged packets from the inet table, as on a host without br_netfilter')
    .option('--most <number>', 'send at most this many packets', '20000')
    .option('-v, --verbose', 'name every packet, not only those that disagree')
    .option('--format <format>', 'human or json', 'human')
    .action(async (file: string, options: TestOptions) => {
      const format = parseFormat(options.format);
      const most = parseMost(options.most);
      const runner = parseRunner(options.target, options.iptables);
      const compiled = compileForLab(file, options, runner);
      if (compiled === undefined) {
        outcome.code = exitCode.refused;
        return;
      }
      const running = await labOf(compiled, options.brNetfilter, false, runner);
      const probes = await asCommandError(() => probeAgreement(running, compiled, options.brNetfilter, most)).finally(
        () => running.close(),
      );
      const failed = probes.filter(({ problem }) => problem !== undefined).length;
      if (format === 'json')
        writeOut(
          `${JSON.stringify({ formatVersion, passed: probes.length - failed, failed, probes }, undefined, 2)}\n`,
        );
      else
        writeOut(
          `${probes.flatMap((probe) => describe(probe, options.verbose === true)).join('')}${probes.length - failed} passed, ${failed} failed\n`,
        );
      outcome.code = failed === 0 ? exitCode.fine : exitCode.refused;
    });
}

function describe({ flow, verdict, problem }: ProbeReport, verbose: boolean): readonly string[] {
  if (problem !== undefined) return [`FAILED  ${flow}\n        ${problem}\n`];
  return verbose ? [`${verdict.padEnd(9)}${flow}\n`] : [];
}

function parseRunner(target: string, variant: string): RulesRunner {
  if (variant !== 'nft' && variant !== 'legacy') throw new CommandError(`unknown iptables "${variant}": nft or legacy`);
  if (target === 'nftables') return 'nftables';
  if (target === 'iptables') return `iptables-${variant}`;
  throw new CommandError(`unknown target "${target}": nftables or iptables`);
}

function parseMost(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new CommandError(`--most takes a whole number of packets, at least 1; "${text}" is none`);
  return value;
}

async function probeAgreement(
  lab: Lab,
  compiled: CompiledPolicy,
  brNetfilter: boolean,
  most: number,
): Promise<readonly ProbeReport[]> {
  const planned: PlannedJourney[] = [];
  for (const one of planPolicy(compiled, brNetfilter, lab.topology)) {
    planned.push(one);
    if (planned.length >= most) break;
  }
  const items = planned.map((one) => ({ ...one, probe: one.plan.probe }));
  const problems = await probeAndJudge(lab, items, ({ plan, seenFrom }, result) =>
    disagreement(seenFrom, plan, result),
  );
  return planned.map(({ plan }, index) => ({
    flow: formatFlow(plan.flow),
    verdict: plan.decision.verdict,
    problem: problems[index],
  }));
}
