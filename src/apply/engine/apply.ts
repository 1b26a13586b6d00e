/** Applying a plan: under the lock, against the base that it was made for, written down step by step, read back, and taken back where anything fails. */
import { isDeepStrictEqual } from 'node:util';
import type { GatheredHost } from '../../host/gather/gathered.ts';
import { emptyArtifact, hasNoRules, type Locked } from '../artifact.ts';
import { describe } from '../install/describe.ts';
import type { Change, Installation, Prepared } from '../install/installer.ts';
import { installerOf } from '../install/installers.ts';
import { movedParts } from '../plan/base.ts';
import type { Plan } from '../plan/plan.ts';
import { formatPlan } from '../plan/plan-file.ts';
import { StateError } from '../state/files.ts';
import { type GenerationMeta, pruneGenerations, readMeta, writeGeneration } from '../state/generations.ts';
import { type Loaded, shortenJournal } from '../state/journal.ts';
import { removeConnections, unwantedConnections } from './connections.ts';
import { type ApplyContext, installedOf, note, stateOf } from './context.ts';
import { isUnknownBefore, type Look, lookAt, startOf } from './look.ts';
import { rollBack, whyLost } from './rollback.ts';
import { giveUp, settle } from './settle.ts';
import { type Busy, type Unwritable, withLock } from './with-lock.ts';

export interface ApplyOptions {
  /** Seconds until it is taken back unless confirmed; 0: for good. */
  readonly confirmSeconds: number;
  readonly keepConnections: boolean;
  /** Load everything anew, not only what differs. */
  readonly again: boolean;
  /** The port that the operator logs in to. */
  readonly operatorPort: number;
  /** Who applies, for the record. */
  readonly by: string;
  /** The connection of this login, where there is one. */
  readonly login: string | undefined;
  /** Generations that are kept besides those in use. */
  readonly keepGenerations: number;
}

export type ApplyResult =
  | {
      readonly kind: 'applied';
      readonly generation: number;
      readonly deadline: number | undefined;
      readonly installation: Installation['summary'];
      readonly removedConnections: number;
    }
  | Busy
  | Unwritable
  /** An earlier apply waits for its confirmation. */
  | { readonly kind: 'waiting'; readonly generation: number }
  /** The host is no longer as the plan found it. */
  | { readonly kind: 'stale'; readonly moved: readonly string[] }
  /** Nothing was changed. */
  | { readonly kind: 'refused'; readonly why: string; readonly noPrivilege: boolean }
  | { readonly kind: 'rolled-back'; readonly why: string }
  /** The new rules did not come into force and the old ones could not be put back. */
  | { readonly kind: 'stuck'; readonly why: string };

export async function applyPlan(context: ApplyContext, plan: Plan, options: ApplyOptions): Promise<ApplyResult> {
  return withLock(context, 'apply', () => applyLocked(context, plan, options));
}

async function applyLocked(context: ApplyContext, plan: Plan, options: ApplyOptions): Promise<ApplyResult> {
  const { host, files } = context;
  const settled = await settle(context);
  if (settled.kind === 'stuck') return settled;
  if (settled.kind === 'settled' && settled.tookBack !== undefined)
    context.say(`an earlier apply was taken back: ${settled.tookBack}`);
  const state = settled.kind === 'locked' ? giveUp(context) : settled.state;
  if (state.kind !== 'settled') return { kind: 'waiting', generation: state.pending.generation };
  const look = await (context.looks?.look() ?? lookAt(context));
  const { reading, base } = look;
  if (base.hash !== plan.base.hash) return { kind: 'stale', moved: movedParts(plan.base, base) };
  const { loaded } = state;
  const isCurrent = isSameLoaded(look.loaded, loaded);
  const { target } = plan.artifact;
  const from = isCurrent ? startOf(look, target) : startOf({ loaded, installed: installedOf(files, loaded) }, target);
  const { highest, locked } = stateOf(context);
  const inForce = from?.artifact.target ?? locked.target;
  if (inForce !== target) return { kind: 'refused', why: otherTarget(inForce), noPrivilege: false };
  const unknownBefore = isUnknownBefore(look, target);
  if ((from === undefined || unknownBefore) && options.confirmSeconds > 0)
    context.say(nothingToGoBackTo(whyLost({ unknownBefore, previous: loaded })));
  const generation = highest + 1;
  const change: Change = {
    from: from ?? { artifact: emptyArtifact(target), loaded },
    to: { artifact: plan.artifact, generation },
    known: from !== undefined && look.known && isCurrent,
    again: options.again,
    tried: plan.change.how === 'elements' || plan.change.how === 'parts' ? plan.change.how : undefined,
    operatorPort: options.operatorPort,
  };
  const prepared: Prepared = preparedBefore(plan, change) ?? (await installerOf(target).prepare(host, change));
  if (prepared.kind === 'impossible')
    return {
      kind: 'refused',
      why: prepared.failure.message,
      noPrivilege: prepared.failure.kind === 'no-privilege',
    };
  const { installation } = prepared;
  writeGeneration(
    files,
    { number: generation, meta: metaOf(context, plan, options, look), artifact: plan.artifact },
    keptTexts(plan),
  );
  const step: Step = { installation, generation, previous: loaded, unknownBefore, reading };
  try {
    return await carryOut(context, plan, options, step);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    return takeBack(context, error.message); // what cannot be written down must not stay
  }
}

/** The change as the plan has worked it out, where it starts and ends at the same; the base is known to be the same. */
function preparedBefore({ prepared, base }: Plan, { from, to, again }: Change): Prepared | undefined {
  if (prepared === undefined || from.artifact.target !== 'nftables') return undefined;
  const isSame =
    prepared.base === base.hash &&
    isSameLoaded(prepared.loaded, from.loaded) &&
    prepared.generation === to.generation &&
    prepared.again === again;
  return isSame ? { kind: 'ready', installation: prepared.installation } : undefined;
}

function isSameLoaded(left: Loaded, right: Loaded): boolean {
  return isDeepStrictEqual(left, right);
}

function nothingToGoBackTo(why: string): string {
  return `warning: ${why}, so there is nothing to go back to: unless this is confirmed, new connections are locked out but for logins`;
}

function otherTarget(target: string): string {
  return `rules for ${target} are in force; take them away first with \`ctfw rollback 0\``;
}

interface Step {
  readonly installation: Installation;
  readonly generation: number;
  readonly previous: Loaded;
  readonly unknownBefore: boolean;
  /** The host as it was before. */
  readonly reading: GatheredHost;
}

/** From here on every step is written down before it is done. */
async function carryOut(context: ApplyContext, plan: Plan, options: ApplyOptions, step: Step): Promise<ApplyResult> {
  const { host } = context;
  const { installation, generation, previous, unknownBefore, reading } = step;
  const { login, keepConnections } = options;
  const isNothing = installation.summary.how === 'nothing' && plan.sysctls.length === 0;
  const confirmSeconds = isNothing ? 0 : options.confirmSeconds; // there is nothing that could lock anybody out
  const locked = lockedInstead(plan, options);
  note(context, {
    kind: 'begin',
    generation,
    previous,
    confirmSeconds,
    login,
    keepConnections,
    locked,
    ...(unknownBefore && { unknownBefore }),
  });
  if (confirmSeconds > 0) {
    const guard = await context.startGuard();
    if ('problem' in guard) return abandon(context, generation, `nobody could take it back: ${guard.problem}`);
    note(context, { kind: 'guard', ...guard });
  }
  if ((await context.looks?.isQuiet()) === false) {
    const moved = await movedSince(context, plan);
    if (moved !== undefined) {
      note(context, { kind: 'abandoned', generation, why: `the host was changed meanwhile (${moved.join(', ')})` });
      return { kind: 'stale', moved };
    }
  }
  note(context, { kind: 'changing', loaded: installation.loaded });
  const ran = await installation.run(host);
  if (ran.kind === 'unchanged') return abandon(context, generation, ran.failure.message);
  if (ran.kind === 'locked') note(context, { kind: 'locked', why: ran.failure.message });
  if (ran.kind !== 'done') return takeBack(context, ran.failure.message);
  const checked = await installation.check(host);
  if (checked.kind !== 'same') return takeBack(context, describe(checked));
  const problem = await setSysctls(context, plan);
  if (problem !== undefined) return takeBack(context, problem);
  const removedConnections = keepConnections
    ? 0
    : await removeConnections(context, await unwantedConnections(context, plan, reading));
  const deadline = confirmSeconds === 0 ? undefined : host.now() + confirmSeconds * 1000;
  note(context, { kind: 'applied', generation, deadline, uptime: host.uptime() });
  tidy(context, options);
  return { kind: 'applied', generation, deadline, installation: installation.summary, removedConnections };
}

/** Between the first look under the lock and the transaction a guard is started, which takes a while. */
async function movedSince(context: ApplyContext, plan: Plan): Promise<readonly string[] | undefined> {
  const { base } = await (context.looks?.look() ?? lookAt(context));
  return base.hash === plan.base.hash ? undefined : movedParts(plan.base, base);
}

function abandon(context: ApplyContext, generation: number, why: string): ApplyResult {
  note(context, { kind: 'abandoned', generation, why });
  return { kind: 'refused', why, noPrivilege: false };
}

async function takeBack(context: ApplyContext, why: string): Promise<ApplyResult> {
  const { state } = stateOf(context);
  if (state.kind === 'settled') return { kind: 'refused', why, noPrivilege: false }; // it had not even begun
  const result = await rollBack(context, state.pending, why);
  return result.kind === 'back' ? { kind: 'rolled-back', why } : { kind: 'stuck', why: `${why}; ${result.why}` };
}

function lockedInstead({ artifact, policy }: Plan, { operatorPort }: ApplyOptions): Locked {
  return { target: artifact.target, operatorPort, markBit: policy.markBit };
}

/** Settings come after the rules: forwarding without rules would be open for a moment. */
async function setSysctls(context: ApplyContext, plan: Plan): Promise<string | undefined> {
  for (const { name, before, after } of plan.sysctls) {
    if (before === undefined) return `the kernel has no setting ${name}`;
    note(context, { kind: 'sysctl', name, before, after });
    const result = await context.host.setSysctl(name, after);
    if (result.kind !== 'done') return `${name} could not be set: ${result.message}`;
  }
  return undefined;
}

function tidy(context: ApplyContext, { keepGenerations }: ApplyOptions): void {
  const { state, confirmed } = stateOf(context);
  const inUse =
    state.kind === 'settled'
      ? [state.loaded.generation]
      : [state.pending.generation, state.pending.previous.generation];
  pruneGenerations(context.files, keepGenerations, new Set([...inUse, confirmed]));
  shortenJournal(context.files, keepGenerations);
}

/** A setting that an earlier generation needed is set already, and would be missing at the next start of the machine. */
function metaOf(
  { host, files }: ApplyContext,
  plan: Plan,
  { by }: ApplyOptions,
  { loaded, reading }: Look,
): GenerationMeta {
  const before = Object.entries(readMeta(files, loaded.generation)?.sysctls ?? {});
  const kept = hasNoRules(plan.artifact) ? [] : before.filter(([name, value]) => reading.view.sysctls[name] === value);
  return {
    formatVersion: 1,
    policy: plan.policy.name,
    host: plan.host,
    at: host.now(),
    by,
    version: plan.version,
    sysctls: Object.fromEntries([...kept, ...plan.sysctls.map(({ name, after }) => [name, after] as const)]),
  };
}

function keptTexts(plan: Plan): Parameters<typeof writeGeneration>[2] {
  // the emitted files stand beside it
  const { artifact, change } = plan;
  const kept: Plan = {
    ...plan,
    prepared: undefined,
    judge: undefined,
    artifact: { ...artifact, files: {} },
    change: { ...change, documents: [] },
  };
  return { policy: plan.policy.text, lock: plan.policy.lock, plan: formatPlan(kept) };
}
