/** One host that rules are applied to: the only way in which anything here reads or changes a machine. */
import type { Connection, ElementsApart, GatheredHost } from '../gather/gathered.ts';

export interface Host {
  /** What the machine looks like now; what of it cannot be read is told in `missing`. */
  readonly read: (options?: ReadOptions) => Promise<GatheredHost>;
  /**
   * The same machine a moment later, with the rules of an earlier reading: interfaces, routes and kernel settings are read anew.
   * Undefined where rules may have changed that `watchRules` does not tell of, those of the legacy tools.
   */
  readonly readBesideRules: (earlier: GatheredHost) => Promise<GatheredHost | undefined>;
  /** Watches the rules from the moment it is given; undefined where nobody can. */
  readonly watchRules: () => Promise<RuleWatch | undefined>;
  /** One table of nftables as `nft -j list table` prints it, undefined where there is none; `terse` leaves out elements of sets. */
  readonly listTable: (table: TableReference, detail?: 'whole' | 'terse') => Promise<ReadResult<string | undefined>>;
  /** Runs a document of commands (`nft -j -f`): all of it or nothing. `check` changes nothing and says what would be refused. */
  readonly runNftables: (document: string, mode: 'apply' | 'check') => Promise<WriteResult>;
  /** What one of the iptables tools would save; empty where it has no rules. */
  readonly saveIptables: (tool: IptablesTool) => Promise<ReadResult<string>>;
  /** Loads a file of one of the iptables tools with `--noflush`: each table of it all or nothing. */
  readonly restoreIptables: (tool: IptablesTool, text: string, mode: 'apply' | 'check') => Promise<WriteResult>;
  /** A kernel setting by its dotted name; undefined where the kernel has none of this name. */
  readonly sysctl: (name: string) => Promise<ReadResult<string | undefined>>;
  readonly setSysctl: (name: string, value: string) => Promise<WriteResult>;
  /** Every connection that conntrack knows. */
  readonly connections: () => Promise<ReadResult<readonly Connection[]>>;
  /** Forgets one connection, by its original tuple. It is no failure when it is gone already. */
  readonly removeConnection: (connection: Connection) => Promise<WriteResult>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds since the machine started: no setting of the clock moves it. */
  readonly uptime: () => number;
  readonly wait: (milliseconds: number) => Promise<void>;
}

export interface ReadOptions {
  /** Elements that are given apart, as nft lists them: of many, reading them takes long. */
  readonly elementsApart?: ElementsApart;
}

/** Someone who is told by the kernel of every transaction of nftables, iptables-nft's included. */
export interface RuleWatch {
  /** Whether nobody has changed rules since the watch began, up to this question; false also where that is not sure. */
  readonly isQuiet: () => Promise<boolean>;
  readonly close: () => Promise<void>;
}

export interface TableReference {
  readonly family: string;
  readonly name: string;
}

/** The tools that restore rules of iptables: a family and one of its implementations. */
export type IptablesTool =
  | 'iptables-nft'
  | 'ip6tables-nft'
  | 'ebtables-nft'
  | 'iptables-legacy'
  | 'ip6tables-legacy'
  | 'ebtables-legacy';

export const iptablesTools: readonly IptablesTool[] = [
  'iptables-nft',
  'ip6tables-nft',
  'ebtables-nft',
  'iptables-legacy',
  'ip6tables-legacy',
  'ebtables-legacy',
];

/** Why something could not be done. */
export type Failure =
  /** The kernel or its tool says no; nothing was changed. */
  | { readonly kind: 'refused'; readonly message: string }
  /** More than one message to the kernel can hold; nothing was changed. */
  | { readonly kind: 'too-long'; readonly message: string }
  | { readonly kind: 'no-privilege'; readonly message: string }
  /** The tool does not exist here. */
  | { readonly kind: 'no-tool'; readonly message: string }
  /** It did not answer in time and was ended: nobody knows whether it did what it was asked to. */
  | { readonly kind: 'unanswered'; readonly message: string };

export type WriteResult = { readonly kind: 'done' } | Failure;

export type ReadResult<T> = { readonly kind: 'read'; readonly value: T } | Failure;
