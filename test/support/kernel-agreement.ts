/** Builds a compiled policy's network, loads its rules, sends flows, and says where the kernel disagrees with the meaning. */
import { emitIptables } from '../../src/backends/iptables/emit.ts';
import { emitJson } from '../../src/backends/nftables/emit-json.ts';
import type { Compiled } from '../../src/compile.ts';
import { formatFlow } from '../../src/expectations/evaluate.ts';
import { disagreement } from '../../src/lab/agreement.ts';
import { buildLab } from '../../src/lab/lab.ts';
import type { Rules } from '../../src/lab/load-rules.ts';
import { planPolicy } from '../../src/lab/plan-policy.ts';
import { policyTopology } from '../../src/lab/policy-topology.ts';
import { probeAndJudge } from '../../src/lab/probe-and-judge.ts';

export interface Agreement {
  readonly sent: number;
  readonly problems: readonly string[];
}

/** Who runs the rules. */
export type Runner = 'nftables' | 'iptables-nft' | 'iptables-legacy';

/** At most `most` flows of the matrix, spread evenly over it; from and to all hosts of the policy, which was compiled for the runner. */
export async function kernelAgreement(
  compiled: readonly Compiled[],
  brNetfilter: boolean,
  most: number,
  runner: Runner = 'nftables',
): Promise<Agreement> {
  const [first] = compiled;
  if (first === undefined) throw new Error('nothing was compiled');
  const topology = policyTopology(first.policy, { brNetfilter });
  const lab = await buildLab(topology);
  try {
    for (const one of compiled) {
      const loaded = await lab.load(rulesFor(one, runner), topology.hosts[one.host.name]?.namespace);
      if (!loaded.loaded) return { sent: 0, problems: [`the kernel refused the rules: ${loaded.message}`] };
    }
    const planned = spread([...planPolicy(compiled, brNetfilter, topology)], most);
    const items = planned.map((one) => ({ ...one, probe: one.plan.probe }));
    const judged = await probeAndJudge(lab, items, ({ plan, seenFrom }, result) =>
      disagreement(seenFrom, plan, result),
    );
    const problems = planned.flatMap(({ plan }, index) => {
      const problem = judged[index];
      return problem === undefined ? [] : [`${formatFlow(plan.flow)}: ${problem}`];
    });
    return { sent: planned.length, problems };
  } finally {
    await lab.close();
  }
}

/** What the runner's tools load. */
export function rulesFor(compiled: Compiled, runner: Runner): Rules {
  if (runner === 'nftables') return { kind: 'nft-json', text: emitJson(compiled.ruleset) };
  const { v4, v6, bridge, diagnostics } = emitIptables(compiled.ruleset, { ownChains: 'CTFW-' });
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const variant = runner === 'iptables-nft' ? 'nft' : 'legacy';
  return { kind: 'iptables', variant, v4, v6, bridge: bridge ?? '' };
}

function spread<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  const step = items.length / most;
  return Array.from({ length: most }, (_, index) => items[Math.floor(index * step)]).filter(
    (item) => item !== undefined,
  );
}
