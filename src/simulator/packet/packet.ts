/** A packet (or ARP message) on its way, with everything that the kernel keeps beside it; mutable, owned by whoever processes it. */
import type { Connection, ConnectionInfo } from './connection.ts';
import type { AddressDatum } from './datum.ts';

export type PacketFamily = 'ipv4' | 'ipv6' | 'arp';

/** Who the frame was addressed to, as seen by the interface that received it. */
export type PacketType = 'host' | 'broadcast' | 'multicast' | 'other';

/** A part of a fragmented packet; offsets and lengths in bytes of what follows the network header. */
export interface Fragment {
  readonly identification: number;
  readonly offset: number;
  readonly length: number;
  readonly more: boolean;
}

/** What a host remembers of a packet that was sent and belongs to a caller's probe; copied to answers and to inner packets. */
export interface PacketTag {
  readonly id: number;
}

/** A frame in a tunnel, and the number of the tunnel. */
export interface Encapsulated {
  readonly identifier: number;
  readonly frame: Packet;
}

export class Packet {
  family: PacketFamily = 'ipv4';
  source: AddressDatum = 0;
  destination: AddressDatum = 0;
  protocol = 17;
  ttl = 64;
  trafficClass = 0;
  dontFragment = false;
  fragment: Fragment | undefined = undefined;
  /** Sizes (bytes behind the network header) of the fragments that this packet was put together from [143]. */
  fragmentLengths: readonly number[] | undefined = undefined;
  /** The pieces that it was put together from need not be restored where the whole fits. */
  mayGoWhole = false;
  sourcePort = 0;
  destinationPort = 0;
  /** ICMP and ICMPv6. */
  type = 0;
  code = 0;
  identifier = 0;
  /** The next-hop MTU in "too big" messages. */
  mtu = 0;
  /** The packet that an ICMP error is about. */
  inner: Packet | undefined = undefined;
  /** The frame that travels inside, where this is a datagram of a tunnel. */
  encapsulated: Encapsulated | undefined = undefined;
  /** The address that a neighbour solicitation or advertisement (or ARP) is about. */
  target: AddressDatum = 0;
  /** TCP flag bits (FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128). */
  flags = 0;
  sequence = 0;
  acknowledgement = 0;
  window = 0;
  /** SCTP chunk type, or the ARP operation. */
  operation = 0;
  verificationTag = 0;
  /** Bytes of TCP options. */
  optionsLength = 0;
  payloadLength = 0;
  badChecksum = false;
  sourceMac: string | undefined = undefined;
  destinationMac: string | undefined = undefined;
  /** The VLAN tag that the frame carries; 0: none. */
  vlanTag = 0;

  /* What the kernel keeps beside the packet. */
  mark = 0;
  priority = 0;
  packetType: PacketType = 'host';
  connection: Connection | undefined = undefined;
  info: ConnectionInfo = 'none';
  /** The user id of the sending socket; undefined for forwarded and kernel packets. */
  socketUser: number | undefined = undefined;
  /** The bridge port that a bridged packet came in by, and leaves by [98]. */
  physicalInput: string | undefined = undefined;
  physicalOutput: string | undefined = undefined;
  /** For packets that a host sends to itself: the interface that holds the address, as the receiving socket sees it. */
  localInterface: string | undefined = undefined;
  /** Counts up with every frame put on a link: when the receiving kernel stamped it, which is before the receiver looks at it. */
  stamp = 0;
  tag: PacketTag | undefined = undefined;
  /** Whether this is the packet that was sent (perhaps translated), not an answer to it. */
  forward = false;

  /** A copy that shares nothing mutable but the connection. */
  clone(): Packet {
    const copy = Object.assign(new Packet(), this);
    if (this.inner !== undefined) copy.inner = this.inner.clone();
    if (this.encapsulated !== undefined)
      copy.encapsulated = { ...this.encapsulated, frame: this.encapsulated.frame.clone() };
    return copy;
  }

  /** Forgets everything that a kernel keeps beside the packet: what happens when it enters another network namespace. */
  scrub(): void {
    this.mark = 0;
    this.priority = 0;
    this.connection = undefined;
    this.info = 'none';
    this.socketUser = undefined;
    this.physicalInput = undefined;
    this.physicalOutput = undefined;
    this.localInterface = undefined;
    this.fragmentLengths = undefined;
    this.mayGoWhole = false;
  }

  /** Bytes of the transport header and what follows it. */
  transportLength(): number {
    if (this.fragment !== undefined) return this.fragment.length;
    return this.wholeTransportLength();
  }

  /** The transport length of the packet that a fragment is part of. */
  wholeTransportLength(): number {
    if (this.inner !== undefined) return 8 + this.inner.length();
    return transportHeaderLength(this.protocol, this.operation) + this.optionsLength + this.payloadLength;
  }

  /** Length of the whole network packet in bytes. */
  length(): number {
    if (this.family === 'arp') return 28;
    const extension = this.family === 'ipv6' && this.fragment !== undefined ? 8 : 0;
    return (this.family === 'ipv4' ? 20 : 40) + extension + this.transportLength();
  }

  /** Whether the transport header is there to be read: false in later fragments [143]. */
  hasTransport(): boolean {
    return this.fragment === undefined || this.fragment.offset === 0;
  }
}

function transportHeaderLength(protocol: number, operation: number): number {
  switch (protocol) {
    case 6:
      return 20;
    case 17:
    case 1:
    case 58:
    case 136:
      return 8;
    case 132:
      return operation === 1 ? 32 : 20;
    default:
      return 0;
  }
}

/** Protocols whose header starts with two ports. */
export function hasPorts(protocol: number): boolean {
  return protocol === 6 || protocol === 17 || protocol === 132 || protocol === 136 || protocol === 33;
}

export const tcpFlag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;

/** Whether an ICMP or ICMPv6 message is an error, that is, carries the start of another packet. */
export function isIcmpError(packet: Packet): boolean {
  if (packet.protocol === 1)
    return packet.type === 3 || packet.type === 4 || packet.type === 5 || packet.type === 11 || packet.type === 12;
  return packet.protocol === 58 && packet.type < 128;
}

/** Whether ICMPv6 neighbour discovery (router and neighbour messages) or multicast listener discovery: never tracked [133]. */
export function isUntrackedIcmpv6(type: number): boolean {
  return (type >= 130 && type <= 136) || type === 143;
}
