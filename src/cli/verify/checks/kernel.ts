/** The lab's agreement run: real packets through the real kernel against what the policy means. */
import { formatFlow } from '../../../expectations/evaluate.ts';
import { firstOf } from '../../../expectations/typical/some-of.ts';
import { missingForLab } from '../../../host/lab-requirements.ts';
import { disagreement } from '../../../lab/agreement.ts';
import { buildLab } from '../../../lab/lab.ts';
import { loadPolicy } from '../../../lab/load-policy.ts';
import { planPolicy } from '../../../lab/plan-policy.ts';
import { policyTopology } from '../../../lab/policy-topology.ts';
import { probeAndJudge } from '../../../lab/probe-and-judge.ts';
import { isSpread } from '../../../model/on-host.ts';
import { asCommandError } from '../../commands/lab/prepare.ts';
import { CommandError, exitCode } from '../../io/exit-code.ts';
import type { Check, Subject } from '../check.ts';
import type { Result } from '../result.ts';

export const kernelCheck: Check = {
  rule: 'kernel',
  title: 'The kernel does something else with the rules than the policy means',
  explanation:
    'The network of the policy is built in namespaces, its rules are loaded, and real packets are sent between all places. ' +
    'What the kernel does to each is compared with what the policy means.',
  needsKernel: true,
  run: async (subject) => {
    const base = { rule: 'kernel', host: subject.compiled.host.name, judge: 'kernel' };
    if (subject.isGathered || subject.rules.some(({ isOurs }) => !isOurs))
      return [
        {
          ...base,
          name: 'real packets',
          outcome: 'skipped',
          message: "the lab builds the policy's own host and rules",
        },
      ];
    if (isSpread(subject.compiled.policy) && !subject.speaksForPolicy) return [];
    const switches = subject.compiled.policy.networks.some(({ networkKind }) => networkKind === 'switch');
    const missing = missingForLab({ brNetfilter: true, switches });
    if (missing.length > 0) throw new CommandError(missing.join('\n      '), exitCode.noPrivilege);
    return asCommandError(() => probe(subject, base));
  },
};

async function probe(
  { hosts, compiled: { policy }, most }: Subject,
  base: Pick<Result, 'rule' | 'host' | 'judge'>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const brNetfilter of [true, false]) {
    const compiled = hosts().map((one) => one.compiled);
    const topology = policyTopology(policy, { brNetfilter });
    const lab = await buildLab(topology);
    try {
      const loaded = await loadPolicy(lab, compiled);
      if (!loaded.loaded) throw new CommandError(`the kernel refused the rules: ${loaded.message}`, exitCode.refused);
      const planned = firstOf(planPolicy(compiled, brNetfilter, topology), most);
      const items = planned.map((one) => ({ ...one, probe: one.plan.probe }));
      const problems = await probeAndJudge(lab, items, ({ plan, seenFrom }, answer) =>
        disagreement(seenFrom, plan, answer),
      );
      const name = `real packets, ${brNetfilter ? 'with' : 'without'} br_netfilter`;
      const failed = planned.flatMap(({ plan }, index): readonly Result[] => {
        const problem = problems[index];
        if (problem === undefined) return [];
        return [{ ...base, name: `${name}: ${formatFlow(plan.flow)}`, outcome: 'failed', message: problem }];
      });
      results.push(...failed);
      if (failed.length === 0)
        results.push({
          ...base,
          name,
          outcome: 'passed',
          message: `${planned.length} packets: the kernel does what is meant`,
        });
    } finally {
      await lab.close();
    }
  }
  return results;
}
