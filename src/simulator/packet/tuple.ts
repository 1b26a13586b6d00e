/** The addresses and ports that name one direction of a connection. */
import type { AddressDatum } from '../packet/datum.ts';
import { hasPorts, type Packet } from '../packet/packet.ts';

/** One direction. For ICMP the source port is the identifier and the destination port `type * 256 + code`. */
export interface Tuple {
  readonly protocol: number;
  readonly source: AddressDatum;
  readonly sourcePort: number;
  readonly destination: AddressDatum;
  readonly destinationPort: number;
}

/** Request types and the type that answers them [41]; both ways. */
const icmpAnswers = new Map([
  [8, 0],
  [0, 8],
  [13, 14],
  [14, 13],
  [15, 16],
  [16, 15],
  [17, 18],
  [18, 17],
]);
const icmpv6Answers = new Map([
  [128, 129],
  [129, 128],
  [139, 140],
  [140, 139],
]);
const icmpRequests = new Set([8, 13, 15, 17]);
const icmpv6Requests = new Set([128, 139]);

/** Whether an ICMP or ICMPv6 type may open a connection: the requests [41]. */
export function opensIcmp(protocol: number, type: number): boolean {
  return (protocol === 1 ? icmpRequests : icmpv6Requests).has(type);
}

/** The tuple of a packet as it is now. */
export function tupleOf(packet: Packet): Tuple {
  const { protocol, source, destination } = packet;
  if (hasPorts(protocol)) {
    return { protocol, source, sourcePort: packet.sourcePort, destination, destinationPort: packet.destinationPort };
  }
  if (protocol === 1 || protocol === 58) {
    return {
      protocol,
      source,
      sourcePort: packet.identifier,
      destination,
      destinationPort: packet.type * 256 + packet.code,
    };
  }
  return { protocol, source, sourcePort: 0, destination, destinationPort: 0 };
}

/** The tuple of the answer; undefined for ICMP types that have none. */
export function invertTuple(tuple: Tuple): Tuple | undefined {
  const { protocol, source, destination } = tuple;
  if (protocol === 1 || protocol === 58) {
    const answer = (protocol === 1 ? icmpAnswers : icmpv6Answers).get(tuple.destinationPort >> 8);
    if (answer === undefined) return undefined;
    const destinationPort = answer * 256 + (tuple.destinationPort & 255);
    return { protocol, source: destination, sourcePort: tuple.sourcePort, destination: source, destinationPort };
  }
  return {
    protocol,
    source: destination,
    sourcePort: tuple.destinationPort,
    destination: source,
    destinationPort: tuple.sourcePort,
  };
}

/** The same with another source. */
export function withSource(tuple: Tuple, source: AddressDatum, sourcePort: number): Tuple {
  const { protocol, destination, destinationPort } = tuple;
  return { protocol, source, sourcePort, destination, destinationPort };
}

/** The same with another destination. */
export function withDestination(tuple: Tuple, destination: AddressDatum, destinationPort: number): Tuple {
  const { protocol, source, sourcePort } = tuple;
  return { protocol, source, sourcePort, destination, destinationPort };
}

/** The answer's tuple, for tuples that are known to have one because a connection holds them. */
export function invertedTuple(tuple: Tuple): Tuple {
  return invertTuple(tuple) ?? { ...tuple, source: tuple.destination, destination: tuple.source };
}

export function sameTuple(left: Tuple, right: Tuple): boolean {
  return (
    left.source === right.source &&
    left.destination === right.destination &&
    left.sourcePort === right.sourcePort &&
    left.destinationPort === right.destinationPort &&
    left.protocol === right.protocol
  );
}
