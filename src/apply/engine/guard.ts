/** One look of the guard: takes back what was interrupted or what nobody confirmed in time. */
import { takeLock } from '../state/lock.ts';
import { type ApplyContext, stateOf } from './context.ts';
import { settle } from './settle.ts';

export type GuardStep =
  /** Nothing is left to guard. */
  { readonly kind: 'over' } | { readonly kind: 'again' } | { readonly kind: 'stuck'; readonly why: string };

/** Whoever holds the lock is alive and at work; the guard comes back later. */
export async function guardStep(context: ApplyContext): Promise<GuardStep> {
  const { state } = stateOf(context);
  if (state.kind === 'settled') return { kind: 'over' };
  if (state.kind === 'waiting' && context.host.now() < state.deadline) return { kind: 'again' };
  const taken = takeLock(context.files, 'guard', context.processes);
  if (taken.kind === 'busy') return { kind: 'again' };
  try {
    const settled = await settle(context);
    if (settled.kind === 'stuck') return settled;
    return settled.state.kind === 'settled' ? { kind: 'over' } : { kind: 'again' };
  } finally {
    taken.lock.release();
  }
}
