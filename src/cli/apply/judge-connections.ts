/** Judges the connections of a host by the policy that a generation keeps. */
import type { JudgeConnections } from '../../apply/engine/connections.ts';
import { meaningNow } from '../../apply/planning/make-plan.ts';
import { connectionsToRemove } from '../../apply/preflight/connections.ts';
import { compilePlanned, planInput } from './policy.ts';

/** Rules have been taken back when this is asked: whatever is wrong with the kept policy must not undo that. */
export const judgeConnections: JudgeConnections = (plan, inForce, reading) => {
  try {
    const { policy, host, artifact } = plan;
    const input = planInput(compilePlanned(policy, host, artifact.target), policy, artifact, plan.version);
    return connectionsToRemove(meaningNow(input, reading), reading.connections ?? [], inForce);
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
};
