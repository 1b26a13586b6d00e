/** Connections that do not go with the rules that are in force: they outlive a change of rules unless they are removed [83]. */
import type { GatheredHost } from '../../host/gather/gathered.ts';
import { hasNoRules } from '../artifact.ts';
import { keptPlan } from '../plan/kept-plan.ts';
import type { ConnectionChange, Plan } from '../plan/plan.ts';
import type { Pending } from '../state/state.ts';
import type { ApplyContext } from './context.ts';

/** Judges the connections of a host by a policy. */
export type JudgeConnections = (
  plan: Plan,
  /** False: no rules are in force, so that what those of the plan translated is translated no longer. */
  inForce: boolean,
  reading: GatheredHost,
) => readonly ConnectionChange[] | { readonly problem: string };

/**
 * Connections that do not go with the rules that have just come into force. They are listed again, since some may have been opened
 * after the plan; where that fails, those that the plan listed have to do.
 */
export async function unwantedConnections(
  { host, judgeConnections, say }: Pick<ApplyContext, 'host' | 'judgeConnections' | 'say'>,
  plan: Plan,
  reading: GatheredHost,
): Promise<readonly ConnectionChange[]> {
  const now = await host.connections();
  if (now.kind !== 'read') {
    say(`connections that were opened after the plan could not be listed: ${now.message}`);
    return plan.connections;
  }
  const judged =
    plan.judge?.(now.value) ??
    judgeConnections(plan, !hasNoRules(plan.artifact), { ...reading, connections: now.value });
  if (!('problem' in judged)) return judged;
  say(`connections that were opened after the plan could not be judged: ${judged.problem}`);
  return plan.connections;
}

/** A connection that cannot be removed, in a second attempt either, is told, and is no reason to take the rules back. Gives how many were. */
export async function removeConnections(
  { host, say }: Pick<ApplyContext, 'host' | 'say'>,
  connections: readonly ConnectionChange[],
): Promise<number> {
  let removed = 0;
  for (const { connection } of connections) {
    let result = await host.removeConnection(connection);
    if (result.kind !== 'done') result = await host.removeConnection(connection);
    if (result.kind === 'done') removed++;
    else say(`a connection could not be removed: ${result.message}`);
  }
  return removed;
}

/**
 * What was opened under rules that have been taken back, and the rules of before forbid or translate otherwise. The policy of
 * before judges; where there were no rules before, the one that was taken back knows what it translated.
 */
export async function removeLeftConnections(context: ApplyContext, pending: Pending, back: number): Promise<number> {
  const { files, host, say } = context;
  const plan = keptPlan(files, back === 0 ? (pending.target?.generation ?? 0) : back);
  if (plan === undefined) {
    if (pending.target !== undefined)
      say('connections that were opened meanwhile could not be judged: the policy is gone from the state directory');
    return 0;
  }
  const judged = context.judgeConnections(plan, back !== 0, await host.read());
  if ('problem' in judged) {
    say(`connections that were opened meanwhile could not be judged: ${judged.problem}`);
    return 0;
  }
  return removeConnections(context, judged);
}
