/**
 * ICMP and ICMPv6 types under the names that nft (`nft describe icmp type`, `icmpv6 type`) and iptables (`-p icmp -h`,
 * `-p icmpv6 -h`) give them. Names of an iptables type *with* a code (`host-unreachable`) are not types and are left out.
 */

/** The type number of a name in each family that has it. */
export interface IcmpType {
  readonly ipv4?: number;
  readonly ipv6?: number;
}

export const icmpTypes: ReadonlyMap<string, IcmpType> = new Map<string, IcmpType>([
  ['echo-request', { ipv4: 8, ipv6: 128 }],
  ['echo-reply', { ipv4: 0, ipv6: 129 }],
  ['ping', { ipv4: 8, ipv6: 128 }],
  ['pong', { ipv4: 0, ipv6: 129 }],
  ['destination-unreachable', { ipv4: 3, ipv6: 1 }],
  ['packet-too-big', { ipv6: 2 }],
  ['time-exceeded', { ipv4: 11, ipv6: 3 }],
  ['ttl-exceeded', { ipv4: 11, ipv6: 3 }],
  ['parameter-problem', { ipv4: 12, ipv6: 4 }],
  ['redirect', { ipv4: 5, ipv6: 137 }],
  ['router-solicitation', { ipv4: 10, ipv6: 133 }],
  ['router-advertisement', { ipv4: 9, ipv6: 134 }],
  ['source-quench', { ipv4: 4 }],
  ['timestamp-request', { ipv4: 13 }],
  ['timestamp-reply', { ipv4: 14 }],
  ['info-request', { ipv4: 15 }],
  ['info-reply', { ipv4: 16 }],
  ['address-mask-request', { ipv4: 17 }],
  ['address-mask-reply', { ipv4: 18 }],
  ['mld-listener-query', { ipv6: 130 }],
  ['mld-listener-report', { ipv6: 131 }],
  ['mld-listener-done', { ipv6: 132 }],
  ['mld-listener-reduction', { ipv6: 132 }],
  ['nd-router-solicit', { ipv6: 133 }],
  ['nd-router-advert', { ipv6: 134 }],
  ['nd-neighbor-solicit', { ipv6: 135 }],
  ['nd-neighbor-advert', { ipv6: 136 }],
  ['neighbour-solicitation', { ipv6: 135 }],
  ['neighbor-solicitation', { ipv6: 135 }],
  ['neighbour-advertisement', { ipv6: 136 }],
  ['neighbor-advertisement', { ipv6: 136 }],
  ['nd-redirect', { ipv6: 137 }],
  ['router-renumbering', { ipv6: 138 }],
  ['ind-neighbor-solicit', { ipv6: 141 }],
  ['ind-neighbor-advert', { ipv6: 142 }],
  ['mld2-listener-report', { ipv6: 143 }],
]);
