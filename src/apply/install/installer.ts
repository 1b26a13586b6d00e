/** How rules of one target come into force, and how it is known that they are. */
import type { Failure, Host } from '../../host/contract/host.ts';
import type { GatheredHost } from '../../host/gather/gathered.ts';
import type { Artifact } from '../artifact.ts';
import type { Loaded } from '../state/journal.ts';

export interface Installer {
  /**
   * Works out how to get from one artifact to another, and asks the kernel whether it would take it; changes nothing.
   * `known` false: what is loaded is not what `from` says, so nothing may be built on it.
   */
  readonly prepare: (host: Host, change: Change) => Promise<Prepared>;
  /** Whether what is loaded is exactly this; what differs otherwise. */
  readonly verify: (host: Host, what: Installed) => Promise<Verification>;
  /** The same for a host that is being read: what can be worked out beforehand is, the rest once it was read. */
  readonly comparison: (host: Host, what: Installed) => (reading: RulesRead) => Promise<Verification>;
}

/** The rules of a host that was read. */
export type RulesRead = Pick<GatheredHost, 'rulesets' | 'elementsApart'>;

export interface Installed {
  readonly artifact: Artifact;
  readonly loaded: Loaded;
}

export interface Change {
  readonly from: Installed;
  readonly to: { readonly artifact: Artifact; readonly generation: number };
  readonly known: boolean;
  /** Load everything anew, also what is the same: comments are then those of the policy as it is now, counters start at zero. */
  readonly again?: boolean;
  /** The kernel has been asked about a change of this kind from this base already, and takes it. */
  readonly tried?: 'elements' | 'parts' | undefined;
  /** The port that the operator logs in to, which a lock leaves to the rules; default 22. */
  readonly operatorPort?: number;
}

export type Prepared =
  | { readonly kind: 'ready'; readonly installation: Installation }
  | { readonly kind: 'impossible'; readonly failure: Failure };

/** A change that the kernel would take. */
export interface Installation {
  readonly summary: InstallationSummary;
  /** What is loaded afterwards. */
  readonly loaded: Loaded;
  /** Changes the host. A failure leaves old or new rules, never a mixture; `mixed` says where that cannot be promised. */
  readonly run: (host: Host) => Promise<Ran>;
  /** Reads back what was changed, and that alone. */
  readonly check: (host: Host) => Promise<Verification>;
}

export type Ran =
  | { readonly kind: 'done' }
  /** Nothing of it is in force. */
  | { readonly kind: 'unchanged'; readonly failure: Failure }
  /** Old or new is in force, and nobody knows which. */
  | { readonly kind: 'unknown'; readonly failure: Failure }
  /** It stopped in the middle: new connections are dropped until old or new rules are loaded. */
  | { readonly kind: 'locked'; readonly failure: Failure };

export interface InstallationSummary {
  readonly how:
    | 'nothing'
    /** Only elements of sets and maps. */
    | 'elements'
    /** The chains and sets that differ. */
    | 'parts'
    /** Everything, in one transaction. */
    | 'whole'
    /** Everything, in several transactions of which one counts. */
    | 'staged'
    /** Table by table, behind a lock. */
    | 'tables';
  readonly elementsAdded: number;
  readonly elementsRemoved: number;
  readonly rules: number;
  /** Bytes that are handed to the tool. */
  readonly bytes: number;
  /** The commands, as they are sent. */
  readonly documents: readonly string[];
}

export type Verification =
  | { readonly kind: 'same' }
  /** What is there differs, in words, the first few. */
  | { readonly kind: 'differs'; readonly differences: readonly string[] }
  | { readonly kind: 'unreadable'; readonly failure: Failure };
