/** Rules of others that decide otherwise than the policy that is in force: they may have come after it. */
import type { GatheredHost } from '../../host/gather/gathered.ts';
import type { Finding } from '../plan/plan.ts';
import { meaningOn, type PlanInput } from '../planning/make-plan.ts';
import { once } from '../planning/once.ts';
import { foreignRulesOf, together } from '../planning/rules-together.ts';
import { withMissing } from '../planning/view-after.ts';
import { foreignRules } from '../preflight/foreign-rules.ts';
import { otherTarget } from '../preflight/other-target.ts';
import type { PreflightContext } from '../preflight/preflight.ts';

export function foreignFindings(input: PlanInput, reading: GatheredHost): readonly Finding[] {
  const foreign = foreignRulesOf(reading, input.artifact.target);
  const view = withMissing(reading.view, input.declared);
  const context: PreflightContext = {
    model: input.model,
    host: input.host,
    declared: input.declared,
    reading,
    view,
    meaning: meaningOn(input, view),
    artifact: input.artifact,
    ruleset: input.ruleset,
    foreign,
    together: once(() => together(foreign, input.ruleset())),
    sysctls: [],
    setSysctls: false,
    operator: { kind: 'does-not-matter' },
  };
  return [...otherTarget(context), ...foreignRules(context)];
}
