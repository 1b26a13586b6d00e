/** Looking at a host before rules are changed: what a plan rests on, and whether what is loaded is what was applied last. */
import type { GatheredHost } from '../../host/gather/gathered.ts';
import { emptyArtifact, hasNoRules, type Target } from '../artifact.ts';
import type { Installed } from '../install/installer.ts';
import { installerOf } from '../install/installers.ts';
import { ownTables } from '../install/nftables.ts';
import { ownTargets } from '../install/own-targets.ts';
import { baseOf } from '../plan/base.ts';
import type { PlannedBase } from '../plan/plan.ts';
import type { Loaded } from '../state/journal.ts';
import { type ApplyContext, installedOf, stateOf } from './context.ts';

export interface Look {
  /** Without the elements of our own tables where these are many. */
  readonly reading: GatheredHost;
  /** How many elements that are. */
  readonly apart: number;
  readonly base: PlannedBase;
  /** What should be loaded, by the journal. */
  readonly loaded: Loaded;
  /** Its files; undefined where the state directory has them no longer. */
  readonly installed: Installed | undefined;
  /** Whether exactly that is loaded. */
  readonly known: boolean;
}

/** Looks at one host several times; what is known not to have changed in between is not looked at again. */
export interface Looks {
  readonly look: () => Promise<Look>;
  /** Whether nobody has changed rules since the last look; undefined where nobody watches. */
  readonly isQuiet: () => Promise<boolean | undefined>;
  readonly close: () => Promise<void>;
}

/** Elements of ours beyond which nobody waits for all of them to be read. */
const many = 5000;

type Seen = Pick<ApplyContext, 'host' | 'files'>;

/** `ready`: the host is read from then on. */
export async function lookAt({ host, files }: Seen, ready: Promise<unknown> = Promise.resolve()): Promise<Look> {
  const reading = ready.then(() => host.read({ elementsApart: { tables: ownTables, moreThan: many } }));
  reading.catch(() => {}); // told below, unless the state directory is told of first
  const { state } = stateOf({ files });
  const loaded = state.kind === 'settled' ? state.loaded : (state.pending.target ?? state.pending.previous);
  const installed = installedOf(files, loaded);
  const comparison = installed && installerOf(installed.artifact.target).comparison(host, installed);
  const { elementsApart = [], ...rest } = await reading;
  const known = comparison !== undefined && (await comparison({ ...rest, elementsApart })).kind === 'same';
  const apart = elementsApart.reduce((sum, { elements }) => sum + elements.length, 0);
  return { reading: rest, apart, base: baseOf({ ...rest, elementsApart }), loaded, installed, known };
}

/** Whether rules of ours are there that nobody has written down: another state directory, or somebody's hands. */
export function isUnknownBefore({ loaded, reading }: Pick<Look, 'loaded' | 'reading'>, target: Target): boolean {
  return loaded.generation === 0 && loaded.locked === undefined && ownTargets(reading).has(target);
}

/** What a change starts from; no rules are no rules for any target. */
export function startOf(
  { loaded, installed }: Pick<Look, 'loaded' | 'installed'>,
  target: Target,
): Installed | undefined {
  return installed !== undefined && hasNoRules(installed.artifact)
    ? { artifact: emptyArtifact(target), loaded }
    : installed;
}
