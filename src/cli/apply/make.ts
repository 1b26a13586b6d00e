/** From the command line to a plan: of a policy's file, of a stored plan, or of a generation. */
import { hasNoRules } from '../../apply/artifact.ts';
import type { ApplyContext } from '../../apply/engine/context.ts';
import type { Plan } from '../../apply/plan/plan.ts';
import { looksLikePlan, parsePlan } from '../../apply/plan/plan-file.ts';
import { makePlan, type PlanOptions } from '../../apply/planning/make-plan.ts';
import { hasErrors } from '../../diagnostics/report.ts';
import { countOf, sayDiagnostics } from '../io/diagnostics.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import { readSource } from '../io/files.ts';
import { proveCompiled } from '../io/proof.ts';
import { operatorOf } from './operator.ts';
import type { PlanningOptions } from './options.ts';
import { artifactOf, compileFile, compilePlanned, isCompiledTo, parseTarget, planInput, ruleTarget } from './policy.ts';
import { provedBefore, wasProved } from './proved-before.ts';

export interface Made {
  readonly plan: Plan;
  /** A plan that was read from a file has been looked at before. */
  readonly stored: boolean;
}

/** The plan of a policy's or a plan's file. Throws CommandError; undefined: the policy is wrong and that was said. */
export async function planOfFile(
  context: ApplyContext,
  file: string,
  options: PlanningOptions,
  version: string,
  writesLock: boolean,
): Promise<Made | undefined> {
  if (file !== '-') {
    const { text, name } = readSource(file);
    if (text.trim() === '')
      throw new CommandError(`${name} is empty: it is neither a policy nor a plan`, exitCode.refused);
    if (looksLikePlan(text))
      return { plan: await planAgain(context, readPlan(text, name), options, version), stored: true };
  }
  const { policy, compiled, diagnostics, saveLock } = compileFile(file, options);
  sayDiagnostics(
    diagnostics.filter(({ severity }) => severity !== 'hint'), // what they hint at is looked at on the host itself
    'human',
  );
  if (compiled === undefined) {
    process.stderr.write(`${policy.name}: ${countOf(diagnostics) ?? 'refused'}; nothing was planned\n`);
    return undefined;
  }
  const target = parseTarget(options.target);
  const known = options.prove ? provedBefore(context, compiled, policy, target, version) : undefined;
  const proof = options.prove && known === undefined ? proveCompiled(compiled, ruleTarget(target)) : undefined;
  sayDiagnostics(proof?.diagnostics ?? [], 'human');
  if (proof !== undefined && hasErrors(proof.diagnostics)) {
    process.stderr.write(`${policy.name}: not proved; nothing was planned\n`);
    return undefined;
  }
  const artifact = known ?? artifactOf(compiled, policy, target, version, proof);
  const input = planInput(compiled, policy, artifact, version, options.prove);
  const plan = await makePlan(context, input, planOptions(options));
  if (writesLock) saveLock();
  return { plan, stored: false };
}

export function readPlan(text: string, name: string): Plan {
  const reading = parsePlan(text);
  if (!looksLikePlan(text))
    throw new CommandError(`${name} is no plan: \`ctfw plan FILE -o PLAN\` makes one of a policy`, exitCode.refused);
  if (reading.kind === 'no-plan') throw new CommandError(`${name} cannot be used: ${reading.why}`, exitCode.refused);
  return reading.plan;
}

/** The same policy and rules against the host as it is now; what the stored plan rests on stays what it was made for. */
async function planAgain(
  context: ApplyContext,
  stored: Plan,
  options: PlanningOptions,
  version: string,
): Promise<Plan> {
  const { policy, host, artifact } = stored;
  const compiled = compilePlanned(policy, host, artifact.target);
  if (!isCompiledTo(artifact, compiled))
    throw new CommandError(
      'the rules in the plan are not those that its policy compiles to with this version of ctfw: plan again',
      exitCode.refused,
    );
  const settings = stored.sysctls.length > 0 ? { ...options, setSysctls: true } : options;
  const input = planInput(compiled, policy, artifact, version, wasProved(stored));
  const now = await makePlan(context, input, planOptions(settings));
  return { ...now, base: stored.base };
}

/** A generation's own files and policy against the host as it is now. */
export async function planOfGeneration(
  context: ApplyContext,
  kept: Plan,
  options: PlanningOptions,
  version: string,
): Promise<Plan> {
  const compiled = compilePlanned(kept.policy, kept.host, kept.artifact.target);
  const input = planInput(compiled, kept.policy, kept.artifact, version, wasProved(kept));
  const none = { ruleset: () => ({ tables: [] }), size: 0 };
  return makePlan(context, hasNoRules(kept.artifact) ? { ...input, ...none } : input, planOptions(options));
}

function planOptions(options: PlanningOptions): PlanOptions {
  return {
    setSysctls: options.setSysctls === true,
    keepConnections: options.keepConnections === true,
    again: options.reload === true,
    operator: operatorOf(options),
  };
}
