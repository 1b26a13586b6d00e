/** What happened to a packet, step by step, in the order in which it happened. */
import type { Engine, TableFamily } from '../../ruleset/ruleset.ts';
import type { Origin } from '../../source/span.ts';

/** The hook lists that the kernel keeps apart. */
export type HookFamily = 'ip' | 'ip6' | 'arp' | 'bridge' | 'netdev';

export interface RulePlace {
  readonly engine: Engine;
  readonly family: TableFamily;
  readonly table: string;
  readonly chain: string;
  /** The position of the rule in its chain; undefined for the chain's policy. */
  readonly index: number | undefined;
}

export type TraceStep =
  | { readonly kind: 'received'; readonly host: string; readonly interface: string; readonly packet: string }
  | { readonly kind: 'sent'; readonly host: string; readonly interface: string; readonly packet: string }
  | {
      readonly kind: 'hook';
      readonly host: string;
      readonly family: HookFamily;
      readonly hook: string;
      readonly input: string | undefined;
      readonly output: string | undefined;
      readonly packet: string;
    }
  | {
      readonly kind: 'rule';
      readonly host: string;
      readonly place: RulePlace;
      /** The statement that did not hold, counted from 0; undefined when the whole rule matched. */
      readonly failedAt: number | undefined;
      /** What the rule decided: `continue`, `accept`, `drop`, `jump NAME`, `dnat`, ... */
      readonly verdict: string;
      /** The policy lines of the rule, and of the set or map element that was hit. */
      readonly origins: readonly Origin[];
      readonly comment: string | undefined;
    }
  | {
      readonly kind: 'chain-end';
      readonly host: string;
      readonly place: RulePlace;
      readonly verdict: 'accept' | 'drop' | 'return' | 'continue';
      /** The packet's mark, where it has one. */
      readonly mark?: number;
    }
  | {
      readonly kind: 'conntrack';
      readonly host: string;
      readonly state: string;
      readonly entry: string | undefined;
    }
  | {
      readonly kind: 'rewrite';
      readonly host: string;
      readonly what: string;
      readonly from: string;
      readonly to: string;
    }
  /** A frame enters a tunnel, and is a datagram of the host from then on; or it comes out of a datagram. */
  | {
      readonly kind: 'encapsulated' | 'decapsulated';
      readonly host: string;
      readonly interface: string;
      readonly packet: string;
    }
  | { readonly kind: 'route'; readonly host: string; readonly text: string }
  | { readonly kind: 'drop'; readonly host: string; readonly reason: string; readonly place: RulePlace | undefined }
  | { readonly kind: 'deliver'; readonly host: string; readonly interface: string; readonly packet: string };

/** Where steps go; undefined where nobody asked for them. */
export type TraceSink = TraceStep[] | undefined;
