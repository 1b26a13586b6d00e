/** What is in force, and what on the host is no longer as it was applied. */
import type { Host } from '../../host/contract/host.ts';
import type { GatheredHost } from '../../host/gather/gathered.ts';
import type { Locked } from '../artifact.ts';
import { type ApplyContext, installedOf, stateOf } from '../engine/context.ts';
import { lockedText } from '../engine/lock-out.ts';
import { installerOf } from '../install/installers.ts';
import { baseOf } from '../plan/base.ts';
import { keptPlan } from '../plan/kept-plan.ts';
import type { Finding, Plan } from '../plan/plan.ts';
import { type GenerationMeta, generationNumbers, readMeta } from '../state/generations.ts';
import { readJournal } from '../state/journal.ts';
import { lockOwner } from '../state/lock.ts';
import { type AppliedState, remaining } from '../state/state.ts';
import { countersOf, type StatementCount } from './counters.ts';

export interface Status {
  readonly state: AppliedState;
  /** The generation that is in force or should be; 0: none. */
  readonly generation: number;
  /** The locked state is in force, or should be. */
  readonly locked: Locked | undefined;
  readonly confirmed: number;
  readonly meta: GenerationMeta | undefined;
  readonly generations: readonly number[];
  /** What differs from what was applied, in words; empty: in sync. */
  readonly drift: readonly string[];
  /** Packets by policy statement. */
  readonly counters: readonly StatementCount[];
  /** Milliseconds until what waits is taken back. */
  readonly remaining: number | undefined;
  /** A command that is at work. */
  readonly busy: string | undefined;
  readonly last: { readonly at: number; readonly text: string } | undefined;
}

/** Finds rules of others that now decide otherwise; the policy of a generation is needed for it, so the caller brings it. */
export type ForeignFindings = (plan: Plan, reading: GatheredHost) => readonly Finding[];

export async function statusOf(context: ApplyContext, foreign: ForeignFindings): Promise<Status> {
  const { files, host } = context;
  const { state, confirmed, last } = stateOf(context);
  const loaded = state.kind === 'settled' ? state.loaded : (state.pending.target ?? state.pending.previous);
  const installed = installedOf(files, loaded);
  const reading = await host.read();
  const plan = keptPlan(files, loaded.generation);
  const meta = readMeta(files, loaded.generation);
  const journal = readJournal(files);
  const drift = [
    ...(loaded.locked === undefined ? [] : [lockedDrift(loaded.locked, state, last?.text)]),
    ...stateDrift(state, host, lockOwner(files, context.processes) !== undefined),
    ...(journal.damaged > 0 ? [`${journal.damaged} lines of the journal cannot be read`] : []),
    ...(installed === undefined ? [`generation ${loaded.generation} is gone from the state directory`] : []),
    ...(installed !== undefined && loaded.generation !== 0 && plan === undefined ? [noPlan(loaded.generation)] : []),
    ...(await ruleDrift(context, installed, reading)),
    ...(plan === undefined ? [] : addressDrift(plan, reading)),
    ...settingDrift(meta, reading),
    ...(plan === undefined
      ? []
      : foreign(plan, reading)
          .filter(({ severity }) => severity === 'refusal')
          .map(({ message }) => message)),
  ];
  return {
    state,
    generation: loaded.generation,
    locked: loaded.locked,
    confirmed,
    meta,
    generations: generationNumbers(files),
    drift,
    counters: installed === undefined ? [] : countersOf(installed, reading),
    remaining: state.kind === 'waiting' ? remaining(state, host) : undefined,
    busy: lockOwner(files, context.processes)?.command,
    last,
  };
}

function stateDrift(state: AppliedState, host: Pick<Host, 'now' | 'uptime'>, busy: boolean): readonly string[] {
  switch (state.kind) {
    case 'settled':
      return [];
    case 'waiting':
      return remaining(state, host) > 0
        ? []
        : [`generation ${state.pending.generation} was not confirmed in time and is about to be taken back`];
    case 'unfinished':
      return busy
        ? []
        : [
            `the apply of generation ${state.pending.generation} was interrupted; the next command takes it back (ctfw rollback)`,
          ];
    case 'locked':
      return state.pending.target?.locked === undefined ? [`new connections are locked out: ${state.why}`] : [];
  }
}

function noPlan(generation: number): string {
  return `the plan of generation ${generation} is gone from the state directory, or damaged: addresses, settings and rules of others are not compared with it`;
}

/** Even where it is in force exactly as it should be: no policy is. */
function lockedDrift(locked: Locked, state: AppliedState, last: string | undefined): string {
  const why = state.kind === 'locked' ? `${state.why}, which is tried again` : (last ?? 'it is not known why');
  return `${why}; ${lockedText(locked)}`;
}

async function ruleDrift(
  { host }: ApplyContext,
  installed: ReturnType<typeof installedOf>,
  reading: GatheredHost,
): Promise<readonly string[]> {
  if (installed === undefined) return [];
  const unreadable = reading.missing.filter(({ part, why }) => part === 'nftables' && why !== 'inexact');
  if (unreadable.length > 0) return unreadable.map(({ message }) => message);
  const verification = await installerOf(installed.artifact.target).comparison(host, installed)(reading);
  if (verification.kind === 'same') return [];
  return verification.kind === 'differs' ? verification.differences : [verification.failure.message];
}

/** Addresses that the host had and has no longer, of those that are not of containers' veth pairs. */
function addressDrift(plan: Plan, reading: GatheredHost): readonly string[] {
  const now = new Set(baseOf(reading).addresses);
  return plan.base.addresses.filter((address) => !now.has(address)).map((address) => `the address ${address} is gone`);
}

function settingDrift(meta: GenerationMeta | undefined, reading: GatheredHost): readonly string[] {
  return Object.entries(meta?.sysctls ?? {})
    .filter(([name, value]) => reading.view.sysctls[name] !== value)
    .map(([name, value]) => `${name} is ${reading.view.sysctls[name] ?? 'gone'} instead of ${value}`);
}
