/** What applying needs of the world: a host, a state directory, and someone who takes rules back when nobody confirms them. */
import type { Host } from '../../host/contract/host.ts';
import type { Artifact } from '../artifact.ts';
import type { Installed } from '../install/installer.ts';
import { lockedArtifact } from '../install/locked.ts';
import { StateError, type StateFiles } from '../state/files.ts';
import { generationNumbers, readGeneration } from '../state/generations.ts';
import { appendJournal, type JournalEvent, type Loaded, readJournal } from '../state/journal.ts';
import type { Processes } from '../state/lock.ts';
import { type StateSummary, summarize } from '../state/state.ts';
import type { JudgeConnections } from './connections.ts';
import type { Looks } from './look.ts';

export interface ApplyContext {
  readonly host: Host;
  readonly files: StateFiles;
  readonly processes: Processes;
  /** Starts the process that takes back what nobody confirms, and gives its identity. */
  readonly startGuard: () => Promise<
    { readonly pid: number; readonly startTime: string } | { readonly problem: string }
  >;
  /** Which connections a policy forbids or would translate otherwise; the compiler is the caller's. */
  readonly judgeConnections: JudgeConnections;
  /** Looks at the host; default: the whole of it each time. */
  readonly looks?: Looks;
  /** Whether more may have been done than the journal says, since it was lost and is as it was remembered. */
  readonly mayBeBehind?: () => boolean;
  /** One line of progress for people. */
  readonly say: (message: string) => void;
}

/** What the journal says; no number of a generation is given out again, even where the journal was lost. */
export function stateOf({ files }: Pick<ApplyContext, 'files'>): StateSummary {
  const summary = summarize(readJournal(files).lines);
  return { ...summary, highest: Math.max(summary.highest, ...generationNumbers(files)) };
}

export function note({ files, host }: Pick<ApplyContext, 'files' | 'host'>, event: JournalEvent): void {
  appendJournal(files, host.now(), event);
}

/** Taking back does not wait for a disk: what could not be written down is done again by the next command. */
export function tryNote(context: Pick<ApplyContext, 'files' | 'host' | 'say'>, event: JournalEvent): void {
  try {
    note(context, event);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    context.say(error.message);
  }
}

/** The artifact of what is loaded; no rules for generation 0, undefined where its folder is gone. The locked state needs none. */
export function installedOf(
  files: StateFiles,
  loaded: Loaded,
  fallback: Artifact['target'] = 'nftables',
): Installed | undefined {
  if (loaded.locked !== undefined) return { artifact: lockedArtifact(loaded.locked), loaded };
  if (loaded.generation === 0) return { artifact: { target: fallback, files: {} }, loaded };
  const generation = readGeneration(files, loaded.generation);
  return generation === undefined ? undefined : { artifact: generation.artifact, loaded };
}
