/** A connection as conntrack holds it. */
import type { Family } from '../../net/address.ts';
import type { Tuple } from './tuple.ts';

/** A packet's relation to its connection; `none` is what rules call invalid, also before conntrack has run [30]. */
export type ConnectionInfo =
  | 'none'
  | 'untracked'
  | 'new'
  | 'established'
  | 'established-reply'
  | 'related'
  | 'related-reply';

export type Direction = 'original' | 'reply';

/** Bits of `ct status`, as the kernel numbers them. */
export const connectionStatus = {
  expected: 1,
  seenReply: 2,
  assured: 4,
  confirmed: 8,
  sourceNat: 16,
  destinationNat: 32,
  sourceNatDone: 128,
  destinationNatDone: 256,
  dying: 512,
} as const;

/** What is known of one side of a TCP connection: the limits that its next segments must keep. */
export interface TcpSide {
  end: number;
  maximumEnd: number;
  maximumWindow: number;
  scale: number;
  maximumAck: number | undefined;
  liberal: boolean;
  closeInitiated: boolean;
  unacknowledged: boolean;
}

export type TcpState =
  | 'NONE'
  | 'SYN_SENT'
  | 'SYN_RECV'
  | 'ESTABLISHED'
  | 'FIN_WAIT'
  | 'CLOSE_WAIT'
  | 'LAST_ACK'
  | 'TIME_WAIT'
  | 'CLOSE'
  | 'SYN_SENT2';

export interface TcpTracking {
  state: TcpState;
  readonly original: TcpSide;
  readonly reply: TcpSide;
  lastIndex: string;
  lastDirection: Direction;
  lastEnd: number;
  lastWindow: number;
}

/** Random choices that a mapping depended on, so that reports can give the range and not the representative. */
export interface RandomPort {
  readonly first: number;
  readonly last: number;
}

export class Connection {
  readonly id: number;
  readonly family: Family;
  original: Tuple;
  reply: Tuple;
  status = 0;
  mark = 0;
  /** Milliseconds of the simulation's clock; meaningful once confirmed. */
  expires = 0;
  /** Seconds that the entry would live from now; becomes `expires` on confirmation. */
  timeout = 0;
  created = 0;
  tcp: TcpTracking | undefined = undefined;
  /** SCTP's state. */
  sctp: string | undefined = undefined;
  /** The verification tags that SCTP's two sides use; 0 where not known. */
  sctpTags: Record<Direction, number> | undefined = undefined;
  /** The interface whose address a masquerade took; the entry goes with it [70]. */
  masqueradeInterface: string | undefined = undefined;
  randomPort: RandomPort | undefined = undefined;
  /** Whether its source endpoint has its mapping noted, and the connection noted before it under the same hash; the table's own. */
  isNoted = false;
  earlierOfSource: Connection | undefined = undefined;
  packetsOriginal = 0;
  packetsReply = 0;
  bytesOriginal = 0;
  bytesReply = 0;

  constructor(id: number, family: Family, original: Tuple, reply: Tuple, now: number) {
    this.id = id;
    this.family = family;
    this.original = original;
    this.reply = reply;
    this.created = now;
  }

  get confirmed(): boolean {
    return (this.status & connectionStatus.confirmed) !== 0;
  }

  clone(): Connection {
    const copy = Object.assign(new Connection(this.id, this.family, this.original, this.reply, this.created), this);
    if (this.sctpTags !== undefined) copy.sctpTags = { ...this.sctpTags };
    if (this.tcp !== undefined)
      copy.tcp = { ...this.tcp, original: { ...this.tcp.original }, reply: { ...this.tcp.reply } };
    return copy;
  }
}

export function directionOf(info: ConnectionInfo): Direction {
  return info === 'established-reply' || info === 'related-reply' ? 'reply' : 'original';
}
