/** Taking back at once what waits for its confirmation. */
import type { Loaded } from '../state/journal.ts';
import { type ApplyContext, stateOf } from './context.ts';
import { rollBack, whatWasBefore, whyLost } from './rollback.ts';
import { isInForce, settle } from './settle.ts';
import { type Busy, type Unwritable, withLock } from './with-lock.ts';

export type TakeBackResult =
  | { readonly kind: 'back'; readonly loaded: Loaded }
  | { readonly kind: 'nothing-waits' }
  /** What waits stays, since there is nothing to go back to: whoever asks is there to choose. */
  | { readonly kind: 'kept'; readonly why: string }
  | { readonly kind: 'locked' | 'stuck'; readonly why: string }
  | Busy
  | Unwritable;

/** `keepConnections`: connections that the rules of before forbid are left alone. */
export function takeBack(context: ApplyContext, by: string, keepConnections = false): Promise<TakeBackResult> {
  return withLock(context, 'rollback', () => takeBackLocked(context, by, keepConnections), true);
}

async function takeBackLocked(context: ApplyContext, by: string, keepConnections: boolean): Promise<TakeBackResult> {
  const settled = await settle(context);
  if (settled.kind !== 'settled') return settled;
  const { state } = settled;
  if (state.kind === 'settled') {
    if (settled.tookBack === undefined) return { kind: 'nothing-waits' };
    if (state.loaded.locked !== undefined) return { kind: 'locked', why: settled.tookBack };
    return { kind: 'back', loaded: state.loaded };
  }
  const { pending } = state;
  const isLost = whatWasBefore(context.files, pending) === undefined;
  if (isLost && (await isInForce(context)) === undefined)
    return { kind: 'kept', why: keptText(whyLost(pending), pending.generation) };
  const result = await rollBack(context, pending, `taken back by ${by}`, keepConnections || pending.keepConnections);
  if (result.kind !== 'back') return result;
  const after = stateOf(context).state;
  return { kind: 'back', loaded: after.kind === 'settled' ? after.loaded : result.loaded };
}

function keptText(lost: string, generation: number): string {
  return `${lost}, so generation ${generation} stays for now: \`ctfw confirm\` keeps it; unless it is confirmed, new connections are locked out when its time is over`;
}
