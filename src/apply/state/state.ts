/** What the journal says about the host: what is in force, what waits for confirmation, what was left half done. */
import type { Locked } from '../artifact.ts';
import { type JournalLine, type Loaded, nothingLoaded } from './journal.ts';

export type AppliedState =
  /** Nothing is under way. */
  | { readonly kind: 'settled'; readonly loaded: Loaded }
  /** In force, and taken back unless it is confirmed. */
  | { readonly kind: 'waiting'; readonly pending: Pending; readonly deadline: number }
  /** An apply or rollback was under way; while nobody holds the lock it was left half done. */
  | { readonly kind: 'unfinished'; readonly pending: Pending }
  /** Neither new nor old rules could be put in force yet; new connections are locked out until the old ones can. */
  | { readonly kind: 'locked'; readonly pending: Pending; readonly why: string };

export interface Pending {
  readonly generation: number;
  /** What was in force before, and is again after a rollback. */
  readonly previous: Loaded;
  /** What was about to be loaded last; undefined while the rules were not touched. */
  readonly target: Loaded | undefined;
  /** Kernel settings that were changed, the latest last. */
  readonly sysctls: readonly { readonly name: string; readonly before: string; readonly after: string }[];
  readonly confirmSeconds: number;
  readonly login: string | undefined;
  readonly keepConnections: boolean;
  /** What was in force before is not `previous` but rules of ours that nobody has written down. */
  readonly unknownBefore: boolean;
  /** What is put in force where neither the generation nor the one before can be. */
  readonly locked: Locked;
  readonly guard: { readonly pid: number; readonly startTime: string } | undefined;
  /** When its transaction was in force, in milliseconds from the start of the machine. */
  readonly appliedUptime: number | undefined;
}

/**
 * Milliseconds until what waits is taken back. They count from the start of the machine, since a clock may be set meanwhile;
 * after another start nothing is left of them.
 */
export function remaining(
  { pending, deadline }: Extract<AppliedState, { kind: 'waiting' }>,
  { now, uptime }: { readonly now: () => number; readonly uptime: () => number },
): number {
  if (pending.appliedUptime === undefined) return Math.max(0, deadline - now());
  const passed = uptime() - pending.appliedUptime;
  return passed < 0 ? 0 : Math.max(0, pending.confirmSeconds * 1000 - passed);
}

export interface StateSummary {
  readonly state: AppliedState;
  /** The generation that was confirmed last: what a start of the machine loads. */
  readonly confirmed: number;
  /** The highest generation that was ever begun. */
  readonly highest: number;
  /** The locked state as the last apply would have it. */
  readonly locked: Locked;
  /** How the last apply ended, in words. */
  readonly last: { readonly at: number; readonly text: string } | undefined;
}

/** For journals that say nothing about it. */
export const usualLocked: Locked = { target: 'nftables', operatorPort: 22, markBit: 0x1000 };

const start: StateSummary = {
  state: { kind: 'settled', loaded: nothingLoaded },
  confirmed: 0,
  highest: 0,
  locked: usualLocked,
  last: undefined,
};

export function summarize(lines: readonly JournalLine[]): StateSummary {
  return lines.reduce(next, start);
}

function next(before: StateSummary, { at, event }: JournalLine): StateSummary {
  const pending = before.state.kind === 'settled' ? undefined : before.state.pending;
  switch (event.kind) {
    case 'begin':
      return {
        ...before,
        highest: Math.max(before.highest, event.generation),
        locked: event.locked ?? before.locked,
        state: {
          kind: 'unfinished',
          pending: {
            generation: event.generation,
            previous: event.previous,
            target: undefined,
            sysctls: [],
            confirmSeconds: event.confirmSeconds,
            login: event.login,
            keepConnections: event.keepConnections === true,
            unknownBefore: event.unknownBefore === true,
            locked: event.locked ?? before.locked,
            guard: undefined,
            appliedUptime: undefined,
          },
        },
      };
    case 'sysctl':
      return pending === undefined ? before : unfinished(before, { ...pending, sysctls: [...pending.sysctls, event] });
    case 'guard':
      return pending === undefined ? before : unfinished(before, { ...pending, guard: event });
    case 'changing':
      return pending === undefined ? before : unfinished(before, { ...pending, target: event.loaded });
    case 'applied':
      return pending === undefined
        ? before
        : applied(before, { ...pending, appliedUptime: event.uptime }, event.deadline, at);
    case 'confirmed':
      return pending === undefined
        ? before
        : settled(before, pending.target ?? pending.previous, at, `confirmed by ${event.by}`, pending.generation);
    case 'reverting':
      return pending === undefined ? before : unfinished(before, { ...pending, target: event.loaded });
    case 'reverted':
      return settled(before, event.loaded, at, event.why);
    case 'abandoned':
      return settled(before, pending?.previous ?? nothingLoaded, at, event.why);
    case 'locked':
      return locked(before, pending, event, at);
    case 'restored':
      return settled(before, event.loaded, at, 'loaded at the start of the machine');
  }
}

function unfinished(before: StateSummary, pending: Pending): StateSummary {
  return { ...before, state: { kind: 'unfinished', pending } };
}

function applied(before: StateSummary, pending: Pending, deadline: number | undefined, at: number): StateSummary {
  if (deadline !== undefined) return { ...before, state: { kind: 'waiting', pending, deadline } };
  return settled(before, pending.target ?? pending.previous, at, 'applied for good', pending.generation);
}

function settled(
  before: StateSummary,
  loaded: Loaded,
  at: number,
  text: string,
  confirmed = before.confirmed,
): StateSummary {
  return { ...before, state: { kind: 'settled', loaded }, confirmed, last: { at, text } };
}

function locked(
  before: StateSummary,
  pending: Pending | undefined,
  { loaded, tryAgain, why }: Extract<JournalLine['event'], { kind: 'locked' }>,
  at: number,
): StateSummary {
  if (loaded !== undefined && tryAgain !== true) return settled(before, loaded, at, why);
  if (pending === undefined) return before;
  return { ...before, state: { kind: 'locked', pending: { ...pending, target: loaded ?? pending.target }, why } };
}
