/** IP protocols by their numbers (IANA protocol-numbers), and the names that the language and netfilter share. */

/** An IP protocol number, 0 to 255. */
export type ProtocolNumber = number;

export const protocolNumbers = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  dccp: 33,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  sctp: 132,
  udplite: 136,
} as const;

/** Protocols whose header starts with source and destination port, and that the language can name with a port. */
export type PortProtocol = 'tcp' | 'udp' | 'sctp';

export const portProtocols: readonly PortProtocol[] = ['tcp', 'udp', 'sctp'];

const namesByNumber = new Map<number, string>(Object.entries(protocolNumbers).map(([name, number]) => [number, name]));

/** The name of a protocol number, or its decimal text when it has none here. */
export function protocolName(number: ProtocolNumber): string {
  return namesByNumber.get(number) ?? `${number}`;
}

/** The protocol number of a port protocol. */
export function portProtocolNumber(protocol: PortProtocol): ProtocolNumber {
  return protocolNumbers[protocol];
}

/** Whether a protocol number is one that carries ports in the language. */
export function isPortProtocol(name: string): name is PortProtocol {
  return name === 'tcp' || name === 'udp' || name === 'sctp';
}
