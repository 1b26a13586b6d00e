/** Loading the generation that was confirmed last, at the start of the machine. */
import type { Host } from '../../host/contract/host.ts';
import { describe } from '../install/describe.ts';
import { installerOf } from '../install/installers.ts';
import { readGeneration } from '../state/generations.ts';
import { nothingLoaded } from '../state/journal.ts';
import { type ApplyContext, installedOf, note, stateOf } from './context.ts';
import { type Busy, type Unwritable, withLock } from './with-lock.ts';

export type RestoreResult =
  | { readonly kind: 'restored'; readonly generation: number; readonly dropped: number | undefined }
  /** Nothing was ever confirmed. */
  | { readonly kind: 'nothing-to-restore' }
  | { readonly kind: 'failed'; readonly why: string; readonly noPrivilege: boolean }
  | Busy
  | Unwritable;

/** What waited for a confirmation when the machine went down is not loaded again. */
export function restore(context: ApplyContext): Promise<RestoreResult> {
  return withLock(context, 'restore', () => restoreLocked(context), true);
}

async function restoreLocked(context: ApplyContext): Promise<RestoreResult> {
  const { files, host } = context;
  const { confirmed, state } = stateOf(context);
  const dropped = state.kind === 'settled' ? undefined : state.pending.generation;
  const generation = confirmed === 0 ? undefined : readGeneration(files, confirmed);
  if (generation === undefined) {
    if (confirmed === 0 && state.kind === 'settled') return { kind: 'nothing-to-restore' };
    if (confirmed !== 0)
      return {
        kind: 'failed',
        why: `generation ${confirmed} is gone from the state directory, or damaged`,
        noPrivilege: false,
      };
  }
  const target = generation?.artifact.target ?? 'nftables';
  const installer = installerOf(target);
  const from = installedOf(files, nothingLoaded, target);
  if (from === undefined) return { kind: 'nothing-to-restore' };
  const to = { artifact: generation?.artifact ?? from.artifact, generation: confirmed };
  const prepared = await installer.prepare(host, { from, to, known: false });
  if (prepared.kind === 'impossible')
    return { kind: 'failed', why: prepared.failure.message, noPrivilege: prepared.failure.kind === 'no-privilege' };
  const ran = await prepared.installation.run(host);
  if (ran.kind !== 'done') return { kind: 'failed', why: ran.failure.message, noPrivilege: false };
  const checked = await prepared.installation.check(host);
  if (checked.kind !== 'same') return { kind: 'failed', why: describe(checked), noPrivilege: false };
  for (const [name, value] of Object.entries(generation?.meta.sysctls ?? {})) await host.setSysctl(name, value);
  note(context, { kind: 'restored', loaded: prepared.installation.loaded });
  return { kind: 'restored', generation: confirmed, dropped };
}

/** Rules for a machine whose own could not be loaded: nothing is forwarded; the host itself stays as it is, so that one can log in. */
export async function failClosed(host: Host): Promise<string | undefined> {
  const tables = (['inet', 'bridge'] as const).flatMap((family) => [
    { add: { table: { family, name: 'ctfw' } } },
    { delete: { table: { family, name: 'ctfw' } } },
    { add: { table: { family, name: 'ctfw' } } },
    {
      add: {
        chain: { family, table: 'ctfw', name: 'forward', type: 'filter', hook: 'forward', prio: 0, policy: 'drop' },
      },
    },
  ]);
  const result = await host.runNftables(`${JSON.stringify({ nftables: tables })}\n`, 'apply');
  return result.kind === 'done' ? undefined : result.message;
}
