/** Confirming what was applied: from then on it stays, and is what a start of the machine loads. */
import { type ApplyContext, note, stateOf } from './context.ts';
import { isInForce, settle } from './settle.ts';
import { type Busy, type Unwritable, withLock } from './with-lock.ts';

export interface Login {
  /** Both ends of the connection; undefined on a console. */
  readonly connection: string | undefined;
  /** When it was opened, in milliseconds from the start of the machine; where that is not known, it shows nothing. */
  readonly since: number | undefined;
}

export type ConfirmResult =
  | { readonly kind: 'confirmed'; readonly generation: number; readonly fresh: boolean }
  | { readonly kind: 'nothing-waits'; readonly tookBack: string | undefined }
  | Busy
  | Unwritable
  /** What was applied is no longer in force. */
  | { readonly kind: 'not-in-force'; readonly why: string }
  | { readonly kind: 'stuck'; readonly why: string };

/** `generation`: confirm this one and no other. */
export async function confirm(
  context: ApplyContext,
  by: string,
  login: Login,
  generation?: number,
): Promise<ConfirmResult> {
  return withLock(context, 'confirm', () => confirmLocked(context, by, login, generation));
}

async function confirmLocked(
  context: ApplyContext,
  by: string,
  login: Login,
  generation: number | undefined,
): Promise<ConfirmResult> {
  const settled = await settle(context);
  if (settled.kind !== 'settled') return { kind: 'stuck', why: settled.why };
  const { state } = settled;
  if (state.kind !== 'waiting' || (generation !== undefined && generation !== state.pending.generation))
    return { kind: 'nothing-waits', tookBack: settled.tookBack };
  const problem = await isInForce(context);
  if (problem !== undefined) return { kind: 'not-in-force', why: problem };
  const fresh = isFresh(login, state.pending.login, state.pending.appliedUptime);
  note(context, { kind: 'confirmed', generation: state.pending.generation, by, freshConnection: fresh });
  return { kind: 'confirmed', generation: stateOf(context).confirmed, fresh };
}

/** A connection that was opened after the apply shows that one still gets in. */
function isFresh(login: Login, applied: string | undefined, appliedUptime: number | undefined): boolean {
  if (login.connection === undefined || login.connection === applied || login.since === undefined) return false;
  return appliedUptime !== undefined && login.since >= appliedUptime - clockStep;
}

/** Starts of processes are known to a hundredth of a second. */
const clockStep = 10;
