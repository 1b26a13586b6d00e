/** One look of the guard: takes back what was interrupted or what nobody confirmed in time. */
import { remaining } from '../state/state.ts';
import { type ApplyContext, stateOf } from './context.ts';
import { settle } from './settle.ts';
import { withLock } from './with-lock.ts';

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
