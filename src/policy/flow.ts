/** The first packet of a connection, as far as its fate depends on it. */
import type { Address } from '../net/address.ts';
import type { ProtocolNumber } from '../net/protocol.ts';

export interface Flow {
  /** The interface that the packet arrives by (a bridge, for containers), or undefined when the host itself sends it. */
  readonly arrivesBy: string | undefined;
  readonly source: Address;
  readonly destination: Address;
  readonly protocol: ProtocolNumber;
  /** 0 to 65535; undefined for protocols without ports. */
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
  /** For ICMP and ICMPv6. */
  readonly icmpType: number | undefined;
}
