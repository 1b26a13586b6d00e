/** The backend-neutral netfilter ruleset: tables of chains, rules, sets and maps, as emitted or as read from a host. */
import type { Origin } from '../source/span.ts';
import type { NamedMap, NamedSet } from './set.ts';
import type { Statement } from './statement.ts';

export type TableFamily = 'ip' | 'ip6' | 'inet' | 'arp' | 'bridge' | 'netdev';

export type Hook = 'ingress' | 'egress' | 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';

export type ChainType = 'filter' | 'nat' | 'route';

/** What ties a chain to a hook. Equal priorities: the chain registered last runs first [4]. */
export interface BaseChain {
  readonly type: ChainType;
  readonly hook: Hook;
  readonly priority: number;
  readonly policy: 'accept' | 'drop';
  /** For the netdev family. */
  readonly devices: readonly string[];
}

export interface Rule {
  readonly statements: readonly Statement[];
  /** The policy lines that the rule comes from; written as its comment together with `comment`. */
  readonly origins: readonly Origin[];
  readonly comment?: string;
}

export interface Chain {
  readonly name: string;
  readonly base: BaseChain | undefined;
  readonly rules: readonly Rule[];
}

/** Who evaluates a table: nftables itself, or one of the two iptables implementations (they differ in order and NAT [8]). */
export type Engine = 'nftables' | 'iptables-nft' | 'iptables-legacy';

export interface Table {
  readonly family: TableFamily;
  readonly name: string;
  readonly engine: Engine;
  readonly chains: readonly Chain[];
  readonly sets: readonly NamedSet[];
  readonly maps: readonly NamedMap[];
  readonly comment?: string;
}

/** Tables in the order of their registration, where that is known. */
export interface Ruleset {
  readonly tables: readonly Table[];
}
