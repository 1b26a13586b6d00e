/** One look of the guard: takes back what was interrupted or what nobody confirmed in time. */
import { keptPlan } from '../plan/kept-plan.ts';
import { journalName } from '../state/journal.ts';
import { rememberingFiles } from '../state/remembered-files.ts';
import { remaining } from '../state/state.ts';
import { type ApplyContext, stateOf } from './context.ts';
import { settle } from './settle.ts';
import { withLock } from './with-lock.ts';

/** The same context with what may have to come back in memory: nothing of the state directory is needed for it any more. */
export function rememberForGuard(context: ApplyContext): ApplyContext {
  const files = rememberingFiles(context.files);
  const { state } = stateOf({ files });
  const generations = state.kind === 'settled' ? [] : [state.pending.previous.generation, state.pending.generation];
  for (const generation of generations) keptPlan(files, generation);
  return { ...context, files, mayBeBehind: () => files.isFromMemory(journalName) };
}

export type GuardStep =
  /** Nothing is left to guard. */
  { readonly kind: 'over' } | { readonly kind: 'again' } | { readonly kind: 'stuck'; readonly why: string };

/** Whoever holds the lock is alive and at work; the guard comes back later. */
export async function guardStep(context: ApplyContext): Promise<GuardStep> {
  const { state } = stateOf(context);
  if (state.kind === 'settled') return { kind: 'over' };
  if (state.kind === 'waiting' && remaining(state, context.host) > 0) return { kind: 'again' };
  const step = await withLock(context, 'guard', () => settleLocked(context), true);
  if (step.kind === 'unwritable') return { kind: 'stuck', why: step.why };
  return step.kind === 'busy' ? { kind: 'again' } : step;
}

async function settleLocked(context: ApplyContext): Promise<GuardStep> {
  const settled = await settle(context);
  if (settled.kind !== 'settled') return { kind: 'stuck', why: settled.why };
  return stateOf(context).state.kind === 'settled' ? { kind: 'over' } : { kind: 'again' };
}
