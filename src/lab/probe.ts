/** A packet to be sent in a lab, and what became of it. */
import type { Address } from '../net/address.ts';
import type { MacAddress } from '../net/mac.ts';
import type { ProtocolNumber } from '../net/protocol.ts';
import type { NamespaceName } from './topology.ts';

export type Sender =
  /** The host under test (of several, the one named): its packets pass OUTPUT. */
  | { readonly kind: 'host'; readonly host?: string }
  /**
   * A container. With a network, the packet has the container's address there and goes out on that side even where the
   * container's own routes lead elsewhere; without one, the container's routes decide.
   */
  | { readonly kind: 'container'; readonly container: string; readonly network?: string }
  /** Some machine behind an interface of the host; it may have any address. */
  | { readonly kind: 'outside'; readonly interface: string; readonly host?: string };

export type TcpFlag = 'fin' | 'syn' | 'rst' | 'psh' | 'ack' | 'urg';

export interface Probe {
  readonly from: Sender;
  /** May be forged, except for real connections of containers and the host. Default: the sender's own. */
  readonly source?: Address;
  /** Default: one that no earlier probe used. */
  readonly sourcePort?: number;
  readonly destination: Address;
  readonly protocol: ProtocolNumber;
  /** Needed for TCP, UDP and SCTP. */
  readonly destinationPort?: number;
  /** ICMP and ICMPv6; default: an echo request. */
  readonly icmp?: { readonly type: number; readonly code: number };
  /** Default: a SYN. */
  readonly tcpFlags?: readonly TcpFlag[];
  /** `crafted`: one packet made by hand; `socket`: a real TCP connection or UDP datagram of the sender. */
  readonly mode: 'crafted' | 'socket';
  /** Puts a crafted packet on this interface of the sender as a frame to this neighbour (default: the host), past the sender's routes. */
  readonly via?: { readonly interface: string; readonly mac?: MacAddress };
  /** Default 64. */
  readonly ttl?: number;
}

export type ProbeVerdict =
  /** A namespace took the packet in, behind all its rules. */
  | 'delivered'
  /** Nobody took it in, and the sender was told so by a reset or an ICMP error. */
  | 'rejected'
  /** It disappeared; a sender on the host may have got EPERM. */
  | 'dropped'
  /** The sender's own kernel did not send it: no route, no such neighbour. */
  | 'send-error';

export interface ProbeResult {
  readonly verdict: ProbeVerdict;
  /** The packet as sent; undefined where sending failed before it was known. */
  readonly sent: Ends | undefined;
  /** Where and how it arrived, after all translation. */
  readonly at: Delivery | undefined;
  /** Further places that took it in (a broadcast, a rule that duplicates). */
  readonly alsoAt: readonly Delivery[];
  /** What came back to the sender from the one who took it in. */
  readonly reply: Reply | undefined;
  readonly rejection: Rejection | undefined;
  /** What sending or connecting met, such as `EPERM` or `ECONNREFUSED`. */
  readonly error: string | undefined;
  /** Socket mode, TCP: whether the connection came about. */
  readonly connected: boolean;
}

export interface Ends {
  readonly source: Address;
  readonly sourcePort: number | undefined;
  readonly destination: Address;
  readonly destinationPort: number | undefined;
}

export interface Delivery extends Ends {
  readonly namespace: NamespaceName;
  /** The interface on which it arrived. */
  readonly interface: string;
  readonly ttl: number;
}

export interface Reply extends Ends {
  /** `refused`: a reset, as nothing listens there; the packet did arrive. */
  readonly kind: 'answered' | 'refused';
  /** Whether it comes from exactly where the packet was sent to. Otherwise the sender's kernel would not know what it belongs to. */
  readonly asExpected: boolean;
}

export interface Rejection {
  readonly kind: 'tcp-reset' | 'icmp' | 'icmpv6';
  /** Type and code of the ICMP error. */
  readonly type: number | undefined;
  readonly code: number | undefined;
  readonly from: Address;
}
