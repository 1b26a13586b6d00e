/** Status for people and programs. */
import { lockedText } from '../../apply/engine/lock-out.ts';
import type { Loaded } from '../../apply/state/journal.ts';
import type { Status } from '../../apply/status/status.ts';
import { formatVersion } from '../io/diagnostics.ts';

export function showStatus(status: Status): string {
  const { generation, meta, drift, counters, generations, last, busy } = status;
  const lines = [
    generation === 0
      ? status.locked === undefined
        ? 'no rules of ctfw are in force'
        : 'the locked state is in force instead of a generation'
      : `generation ${generation}: ${meta?.policy ?? 'unknown policy'}, applied ${meta === undefined ? '' : `${new Date(meta.at).toISOString()} by ${meta.by}`}`,
    stateLine(status),
    ...(busy === undefined ? [] : [`ctfw ${busy} is at work`]),
    drift.length === 0 ? 'in sync: what is loaded is what was applied' : 'drift:',
    ...drift.map((line) => `  ${line}`),
    ...(last === undefined ? [] : [`last: ${last.text}, ${new Date(last.at).toISOString()}`]),
    ...(generations.length === 0 ? [] : [`generations that are kept: ${generations.join(', ')}`]),
    ...(counters.length === 0 ? [] : ['packets by policy line:']),
    ...counters.map(({ file, line, packets }) => `  ${String(packets).padStart(12)}  ${file}:${line}`),
  ];
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
}

/** What a rollback has brought back. */
export function againInForce({ generation, locked }: Loaded): string {
  if (locked !== undefined) return `the locked state is in force again, read back and equal: ${lockedText(locked)}`;
  return `the rules of generation ${generation} are in force again, read back and equal`;
}

function stateLine({ state, confirmed, remaining }: Status): string {
  switch (state.kind) {
    case 'settled':
      return state.loaded.generation !== 0 && confirmed !== state.loaded.generation
        ? `confirmed last: generation ${confirmed}`
        : '';
    case 'waiting':
      return `it waits for its confirmation, ${Math.round((remaining ?? 0) / 1000)} s left (ctfw confirm)`;
    case 'unfinished':
      return 'an apply is under way, or was interrupted';
    case 'locked':
      return 'new connections are locked out';
  }
}

export function statusToJson(status: Status): string {
  const { state, generation, confirmed, meta, generations, drift, counters, busy, last } = status;
  const shown = {
    formatVersion,
    state: status.locked === undefined ? state.kind : 'locked',
    ...(state.kind === 'waiting' && { deadline: new Date(state.deadline).toISOString() }),
    generation,
    confirmed,
    inSync: drift.length === 0,
    drift,
    ...(meta !== undefined && {
      policy: meta.policy,
      host: meta.host,
      appliedAt: new Date(meta.at).toISOString(),
      appliedBy: meta.by,
    }),
    generations,
    ...(busy !== undefined && { busy }),
    ...(last !== undefined && { last: { at: new Date(last.at).toISOString(), what: last.text } }),
    counters,
  };
  return `${JSON.stringify(shown, undefined, 2)}\n`;
}
