/** Taking back at once what waits for its confirmation. */
import { type ApplyContext, stateOf } from './context.ts';
import { rollBack } from './rollback.ts';
import { settle } from './settle.ts';
import { type Busy, type Unwritable, withLock } from './with-lock.ts';

export type TakeBackResult =
  | { readonly kind: 'back'; readonly generation: number }
  | { readonly kind: 'nothing-waits' }
  | { readonly kind: 'stuck'; readonly why: string }
  | Busy
  | Unwritable;

/** `keepConnections`: connections that the rules of before forbid are left alone. */
export function takeBack(context: ApplyContext, by: string, keepConnections = false): Promise<TakeBackResult> {
  return withLock(context, 'rollback', () => takeBackLocked(context, by, keepConnections), true);
}

async function takeBackLocked(context: ApplyContext, by: string, keepConnections: boolean): Promise<TakeBackResult> {
  const settled = await settle(context);
  if (settled.kind === 'stuck') return settled;
  const { state } = settled;
  if (state.kind === 'settled') {
    if (settled.tookBack === undefined) return { kind: 'nothing-waits' };
    return { kind: 'back', generation: state.loaded.generation };
  }
  const { pending } = state;
  const result = await rollBack(context, pending, `taken back by ${by}`, keepConnections || pending.keepConnections);
  if (result.kind === 'stuck') return result;
  const after = stateOf(context).state;
  return { kind: 'back', generation: after.kind === 'settled' ? after.loaded.generation : result.generation };
}
