/**
 * A proof that need not be found again: the generation in force was made by this version of ctfw, of this very policy and
 * lock, for this host and target, its rules were proved, and they are, octet for octet, those that would be emitted now.
 * Whoever could write something else into the state directory could as well write the rules that are loaded from it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Artifact, Target } from '../../apply/artifact.ts';
import { type ApplyContext, stateOf } from '../../apply/engine/context.ts';
import { rulesFile } from '../../apply/install/nftables.ts';
import { keptPlan } from '../../apply/plan/kept-plan.ts';
import type { Plan, PlannedPolicy } from '../../apply/plan/plan.ts';
import type { Compiled } from '../../compile.ts';
import { notProved } from '../../diagnostics/catalogue/apply.ts';
import { headOf, isCompiledTo } from './policy.ts';

/** The files that would be emitted, where they were proved before. */
export function provedBefore(
  context: Pick<ApplyContext, 'files'>,
  compiled: Compiled,
  policy: PlannedPolicy,
  target: Target,
  version: string,
): Artifact | undefined {
  const { state } = stateOf(context);
  if (state.kind !== 'settled') return undefined;
  const kept = keptPlan(context.files, state.loaded.generation);
  if (kept === undefined || kept.version !== version || kept.host !== compiled.host.name || !wasProved(kept))
    return undefined;
  if (kept.artifact.target !== target || !isDeepStrictEqual(kept.policy, policy)) return undefined;
  // Files for iptables have no head, and do not say which version proved them.
  const head = headOf(kept.artifact.files[rulesFile] ?? '');
  if (head.proved !== true || head.ctfw !== version) return undefined;
  return isCompiledTo(kept.artifact, compiled) ? kept.artifact : undefined;
}

/** The rules of a plan were proved when it was made. */
export function wasProved({ findings }: Plan): boolean {
  return !findings.some(({ code }) => code === notProved.code);
}
