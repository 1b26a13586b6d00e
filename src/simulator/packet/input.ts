/** Packets as callers describe them, and the form in which they are simulated. */
import type { Address } from '../../net/address.ts';
import type { MacAddress } from '../../net/mac.ts';
import { addressDatum, datumAddress } from './datum.ts';
import { type Encapsulated, Packet } from './packet.ts';

/** A packet to simulate. Source and destination are of one family. */
export interface PacketInput {
  readonly source: Address;
  readonly destination: Address;
  /** IP protocol number. */
  readonly protocol: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** ICMP and ICMPv6: type, code and, for queries, identifier. */
  readonly type?: number;
  readonly code?: number;
  readonly identifier?: number;
  /** The packet that an ICMP error is about. */
  readonly inner?: PacketInput;
  /** TCP flag bits: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32. Default SYN. */
  readonly flags?: number;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  readonly window?: number;
  /** SCTP: the first chunk's type. Default INIT. */
  readonly chunk?: number;
  /** TTL or hop limit; default 64. */
  readonly ttl?: number;
  readonly payloadLength?: number;
  readonly dontFragment?: boolean;
  readonly badChecksum?: boolean;
  readonly mark?: number;
  readonly sourceMac?: MacAddress;
  readonly destinationMac?: MacAddress;
  /** A part of a packet: byte offset and length behind the network header, and whether more follow. */
  readonly fragment?: {
    readonly identification: number;
    readonly offset: number;
    readonly length: number;
    readonly more: boolean;
  };
  /** The user id of the local sender. */
  readonly user?: number;
}

/** The simulator's form of a packet. */
export function packetFrom(input: PacketInput): Packet {
  const packet = new Packet();
  packet.family = input.source.family;
  packet.source = addressDatum(input.source);
  packet.destination = addressDatum(input.destination);
  packet.protocol = input.protocol;
  packet.sourcePort = input.sourcePort ?? 0;
  packet.destinationPort = input.destinationPort ?? 0;
  packet.type = input.type ?? (input.protocol === 1 ? 8 : input.protocol === 58 ? 128 : 0);
  packet.code = input.code ?? 0;
  packet.identifier = input.identifier ?? 0;
  packet.inner = input.inner === undefined ? undefined : packetFrom(input.inner);
  packet.flags = input.flags ?? (input.protocol === 6 ? 2 : 0);
  packet.sequence = input.sequence ?? 1;
  packet.acknowledgement = input.acknowledgement ?? 0;
  packet.window = input.window ?? 64_240;
  packet.operation = input.chunk ?? (input.protocol === 132 ? 1 : 0);
  packet.ttl = input.ttl ?? 64;
  packet.payloadLength = input.payloadLength ?? 0;
  packet.dontFragment = input.dontFragment ?? false;
  packet.badChecksum = input.badChecksum ?? false;
  packet.mark = input.mark ?? 0;
  packet.sourceMac = input.sourceMac;
  packet.destinationMac = input.destinationMac;
  packet.fragment = input.fragment;
  packet.socketUser = input.user;
  packet.forward = true;
  return packet;
}

/** What a packet looked like at the end of its way. */
export interface PacketView {
  readonly source: Address;
  readonly destination: Address;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly type: number;
  readonly code: number;
  readonly identifier: number;
  readonly flags: number;
  readonly ttl: number;
  readonly inner: PacketView | undefined;
  /** The packet inside, where this is a datagram of a tunnel, and the tunnel's number. */
  readonly encapsulated?: { readonly identifier: number; readonly packet: PacketView };
  /** Where the kernel chose the source port or identifier at random: the range it chose from; the packet holds one of it. */
  readonly randomSourcePort: { readonly first: number; readonly last: number } | undefined;
}

function encapsulatedView({ identifier, frame }: Encapsulated): Pick<PacketView, 'encapsulated'> {
  return { encapsulated: { identifier, packet: viewOf(frame) } };
}

/** A packet as callers see it. */
export function viewOf(packet: Packet): PacketView {
  const random = packet.connection?.randomPort;
  return {
    source: datumAddress(packet.source),
    destination: datumAddress(packet.destination),
    protocol: packet.protocol,
    sourcePort: packet.sourcePort,
    destinationPort: packet.destinationPort,
    type: packet.type,
    code: packet.code,
    identifier: packet.identifier,
    flags: packet.flags,
    ttl: packet.ttl,
    inner: packet.inner === undefined ? undefined : viewOf(packet.inner),
    ...(packet.encapsulated && encapsulatedView(packet.encapsulated)),
    randomSourcePort: random !== undefined && packet.forward ? random : undefined,
  };
}
