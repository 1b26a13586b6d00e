/** What a change of rules changes for packets, as values. */
import type { Family } from '../../net/address.ts';
import type { Ends } from '../describe/ends.ts';
import type { ExamplePacket } from '../proof/example.ts';
import type { Fate } from '../proof/replay.ts';

/**
 * `may-open`, `may-close`, `uncertain`: it depends on something that is not modelled; `uncertain` before and after.
 * `translates`: delivered before and after, but elsewhere or as somebody else. `refuses`: the sender learns of it in another way.
 */
export type ChangeKind = 'opens' | 'closes' | 'translates' | 'refuses' | 'may-open' | 'may-close' | 'uncertain';

/** Which packets of connections: the first ones decide who may speak; what follows has to come through as well. */
export type PacketsOf =
  | 'first packets'
  | 'later packets'
  | 'replies'
  | 'ICMP errors'
  | 'stray packets'
  | 'forged packets';

export interface FlowChange {
  readonly kind: ChangeKind;
  readonly packets: PacketsOf;
  readonly families: readonly Family[];
  readonly from: Ends;
  readonly to: Ends;
  readonly services: readonly string[];
  /** What becomes of them, in words. */
  readonly before: string;
  readonly after: string;
  readonly example: ChangeExample;
  /** What is not modelled and decides. */
  readonly restsOn: readonly string[];
}

export interface ChangeExample {
  readonly packet: ExamplePacket;
  /** The packet in words. */
  readonly text: string;
  /** By the simulator; undefined: not replayed. */
  readonly before: Fate | undefined;
  readonly after: Fate | undefined;
  /** Whether the simulator sees the change too; undefined where it was not asked or cannot say. */
  readonly confirmed: boolean | undefined;
}

export interface Comparison {
  readonly changes: readonly FlowChange[];
  /** What was taken for granted. */
  readonly notes: readonly string[];
}
