/** Plans as the program makes them, of the small policies of these tests. */
import type { ApplyContext } from '../../../src/apply/engine/context.ts';
import type { Plan } from '../../../src/apply/plan/plan.ts';
import { makePlan, type PlanOptions } from '../../../src/apply/planning/make-plan.ts';
import { planInput } from '../../../src/cli/apply/policy.ts';
import { artifactOf, compiledOf, iptablesArtifactOf } from './policies.ts';

const anywhere: PlanOptions = {
  setSysctls: false,
  keepConnections: false,
  again: false,
  operator: { kind: 'does-not-matter' },
};

export function planIn(
  context: ApplyContext,
  text: string,
  options: Partial<PlanOptions> = {},
  target: 'nftables' | 'iptables' = 'nftables',
): Promise<Plan> {
  const policy = { name: 'policy.ctfw', text, lock: '', includes: {}, markBit: 0x1000 };
  const artifact = target === 'nftables' ? artifactOf(text) : iptablesArtifactOf(text);
  return makePlan(context, planInput(compiledOf(text, target), policy, artifact, 'test'), { ...anywhere, ...options });
}
