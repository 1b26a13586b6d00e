/** Bringing the host to a state that somebody decided on: an apply that was killed, or that nobody confirmed in time, is taken back. */
import { describe } from '../install/describe.ts';
import { installerOf } from '../install/installers.ts';
import { type AppliedState, remaining } from '../state/state.ts';
import { type ApplyContext, installedOf, note, stateOf } from './context.ts';
import { rollBack } from './rollback.ts';

export type Settled =
  | { readonly kind: 'settled'; readonly state: AppliedState; readonly tookBack: string | undefined }
  /** New connections are locked out, since what was there before is not taken; whoever holds the lock may try again, or `giveUp`. */
  | { readonly kind: 'locked'; readonly why: string }
  | { readonly kind: 'stuck'; readonly why: string };

/** The caller holds the lock, so whatever is unfinished has nobody who finishes it. */
export async function settle(context: ApplyContext): Promise<Settled> {
  const { state } = stateOf(context);
  if (state.kind === 'settled') return { kind: 'settled', state, tookBack: undefined };
  if (state.kind === 'waiting' && remaining(state, context.host) > 0)
    return { kind: 'settled', state, tookBack: undefined };
  const why = reasonOf(state);
  const isUntouched = state.kind === 'unfinished' && state.pending.target === undefined;
  if (isUntouched && state.pending.sysctls.length === 0 && context.mayBeBehind?.() !== true) {
    note(context, { kind: 'abandoned', generation: state.pending.generation, why });
    return { kind: 'settled', state: stateOf(context).state, tookBack: why };
  }
  const result = await rollBack(context, state.pending, why);
  if (result.kind === 'stuck') return result;
  const after = stateOf(context).state;
  if (result.kind === 'locked' && after.kind !== 'settled') return result;
  return { kind: 'settled', state: after, tookBack: result.kind === 'locked' ? `${why}; ${result.why}` : why };
}

/** What was there before is tried no longer: the locked state is what is in force, for somebody to go on from. */
export function giveUp(context: ApplyContext): AppliedState {
  const { state } = stateOf(context);
  if (state.kind === 'locked' && state.pending.target?.locked !== undefined)
    note(context, { kind: 'locked', loaded: state.pending.target, why: state.why, tryAgain: false });
  return stateOf(context).state;
}

function reasonOf(state: Exclude<AppliedState, { kind: 'settled' }>): string {
  switch (state.kind) {
    case 'waiting':
      return 'nobody confirmed it in time';
    case 'unfinished':
      return 'it was interrupted';
    case 'locked':
      return `new connections were locked out: ${state.why}`;
  }
}

/** Whether what should be loaded is, for a state that is settled or waits. */
export async function isInForce(context: ApplyContext): Promise<string | undefined> {
  const { state } = stateOf(context);
  const loaded = state.kind === 'settled' ? state.loaded : state.pending.target;
  const installed = loaded === undefined ? undefined : installedOf(context.files, loaded);
  if (installed === undefined)
    return 'the generation that should be loaded is gone from the state directory, or damaged';
  const verification = await installerOf(installed.artifact.target).verify(context.host, installed);
  return verification.kind === 'same' ? undefined : describe(verification);
}
