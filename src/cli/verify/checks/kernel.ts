/** The lab's agreement run: real packets through the real kernel against what the policy means. */
import { emitJson } from '../../../backends/nftables/emit-json.ts';
import { formatFlow } from '../../../expectations/evaluate.ts';
import { matrixFlows } from '../../../expectations/matrix.ts';
import { universeOf } from '../../../expectations/universe.ts';
import { missingForLab } from '../../../host/lab-requirements.ts';
import { disagreement, type PlannedProbe, planProbe } from '../../../lab/agreement.ts';
import { labTopology } from '../../../lab/build-topology.ts';
import { buildLab } from '../../../lab/lab.ts';
import { decide } from '../../../policy/decide.ts';
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
    const missing = missingForLab({ brNetfilter: true });
    if (missing.length > 0) throw new CommandError(missing.join('\n      '), exitCode.noPrivilege);
    return asCommandError(() => probe(subject, base));
  },
};

async function probe(
  { compiled, most }: Subject,
  base: Pick<Result, 'rule' | 'host' | 'judge'>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const brNetfilter of [true, false]) {
    const topology = labTopology(compiled.model, compiled.host, { brNetfilter });
    const lab = await buildLab(topology);
    try {
      const loaded = await lab.load({ kind: 'nft-json', text: emitJson(compiled.ruleset) });
      if (!loaded.loaded) throw new CommandError(`the kernel refused the rules: ${loaded.message}`, exitCode.refused);
      const planned = plan(compiled, topology, brNetfilter, most);
      const answers = await lab.probeAll(planned.map((one) => one.probe));
      const name = `real packets, ${brNetfilter ? 'with' : 'without'} br_netfilter`;
      const failed = planned.flatMap((one, index): readonly Result[] => {
        const answer = answers[index];
        const problem = answer === undefined ? 'the lab gave no result' : disagreement(topology, one, answer);
        if (problem === undefined) return [];
        return [{ ...base, name: `${name}: ${formatFlow(one.flow)}`, outcome: 'failed', message: problem }];
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

function plan(
  compiled: Subject['compiled'],
  topology: Parameters<typeof planProbe>[1],
  brNetfilter: boolean,
  most: number,
): readonly PlannedProbe[] {
  const meaning = compiled.meaningWith({ brNetfilter });
  const planned: PlannedProbe[] = [];
  for (const flow of matrixFlows(universeOf(meaning.atlas))) {
    const one = planProbe(meaning, topology, flow, decide(meaning, flow));
    if (one !== undefined) planned.push(one);
    if (planned.length >= most) break;
  }
  return planned;
}
