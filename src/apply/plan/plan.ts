/** What apply would do to one host, as it is stored in a file and shown. */
import type { Connection } from '../../host/gather/gathered.ts';
import type { Artifact } from '../artifact.ts';
import type { Installation, InstallationSummary } from '../install/installer.ts';
import type { Loaded } from '../state/journal.ts';

export const planFormatVersion = 1;

export interface Plan {
  readonly formatVersion: typeof planFormatVersion;
  /** The version of ctfw that made it. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The host of the policy. */
  readonly host: string;
  readonly policy: PlannedPolicy;
  readonly artifact: Artifact;
  /** What of the host the verdict rests on; apply refuses where it has moved. */
  readonly base: PlannedBase;
  /** The change as it was worked out, and on what. Of this process alone, never stored. */
  readonly prepared?: PreparedChange | undefined;
  /** Judges connections as those of the plan were. Of this process alone, never stored. */
  readonly judge?: ((connections: readonly Connection[]) => readonly ConnectionChange[]) | undefined;
  /** How the rules come into force; its transaction is made again from the artifact when it is applied. */
  readonly change: InstallationSummary;
  readonly sysctls: readonly SysctlChange[];
  /** Connections that the new policy forbids or would translate otherwise. */
  readonly connections: readonly ConnectionChange[];
  readonly findings: readonly Finding[];
  /** What changes for packets, in words; empty where nobody could say. */
  readonly meaning: readonly string[];
}

export interface PreparedChange {
  /** The hash of the base. */
  readonly base: string;
  /** What was loaded. */
  readonly loaded: Loaded;
  readonly generation: number;
  /** Everything is loaded anew. */
  readonly again: boolean;
  readonly installation: Installation;
}

export interface PlannedPolicy {
  readonly name: string;
  readonly text: string;
  /** The lock file that belongs to it, as text. */
  readonly lock: string;
  /** Texts of included files by the path that names them. */
  readonly includes: Readonly<Record<string, string>>;
  readonly markBit: number;
}

export interface PlannedBase {
  readonly hash: string;
  /** One hash a part, so that a stale plan can say what has moved. */
  readonly parts: Readonly<Record<string, string>>;
  /** Addresses of the host. */
  readonly addresses: readonly string[];
}

export interface SysctlChange {
  readonly name: string;
  /** Undefined: the kernel has no such setting. */
  readonly before: string | undefined;
  readonly after: string;
  readonly why: string;
}

export interface ConnectionChange {
  readonly connection: Connection;
  readonly why: string;
}

/** Something that was found before the change; what refuses stands in the way of applying. */
export interface Finding {
  readonly code: string;
  readonly severity: 'refusal' | 'warning' | 'note';
  readonly message: string;
  /** The way out. */
  readonly help?: string;
  /** `file:line` of the policy, where one is concerned. */
  readonly place?: string;
}
