/**
 * What a packet and its connection are described by. All packets of one connection are described in the coordinates of its
 * first packet: where that came from, its addresses and ports as sent, and what they were translated to. How a given packet
 * of the connection (a reply, an error about it) shows these to a rule is the business of run/sight.ts.
 */
import type { Address, Family } from '../../net/address.ts';
import type { Value } from '../sets/partition.ts';

/** The kinds of values that classes are made of. */
export type Kind = 'protocol' | 'icmpType' | 'icmpCode' | 'tcpFlags' | 'origin' | 'address' | 'port' | 'hopLimit';

/**
 * The fields in the order of the diagrams' levels: what splits packets into few kinds comes first, and the address that a
 * packet is translated to before the port that was published for it. Where it stands behind the ports, every statement about
 * an address walks through all publications; so it ends at the address.
 */
export const fieldKinds = {
  hopLimit: 'hopLimit',
  protocol: 'protocol',
  icmpType: 'icmpType',
  icmpCode: 'icmpCode',
  tcpFlags: 'tcpFlags',
  /** The device that the first packet came in by, or the host itself. */
  origin: 'origin',
  source: 'address',
  /** As the sender wrote it. */
  destination: 'address',
  /** After destination NAT; the same as sent where there was none, and then not used. */
  realDestination: 'address',
  destinationPort: 'port',
  realPort: 'port',
  /** The source that the receiver sees, after source NAT; not used where there was none. */
  seenSource: 'address',
  sourcePort: 'port',
  /** Who sends an ICMP error about the connection, and the port that the kernel chose for a translated source. */
  errorSource: 'address',
  chosenPort: 'port',
} as const satisfies Record<string, Kind>;

export type Field = keyof typeof fieldKinds;

export const fields = Object.keys(fieldKinds) as readonly Field[];

/** An address as a value of a partition. */
export function addressValue(address: Address): Value {
  return address.family === 'ipv4' ? Number(address.value) : address.value;
}

/** The address that a value of a partition stands for. */
export function addressOfValue(family: Family, value: Value): Address {
  return { family, value: BigInt(value) };
}
