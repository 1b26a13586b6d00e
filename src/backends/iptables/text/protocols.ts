/** Protocol names as iptables reads them after `-p`. */
import type { PayloadProtocol } from '../../../ruleset/expression.ts';
import { parseNumber } from './numbers.ts';

/** Names of /etc/protocols and iptables' own table, lower case. */
const numbers = new Map<string, number>(
  Object.entries({
    all: 0,
    ip: 0,
    hopopt: 0,
    icmp: 1,
    igmp: 2,
    ggp: 3,
    ipencap: 4,
    'ip-encap': 4,
    st: 5,
    tcp: 6,
    egp: 8,
    igp: 9,
    pup: 12,
    udp: 17,
    hmp: 20,
    'xns-idp': 22,
    rdp: 27,
    'iso-tp4': 29,
    dccp: 33,
    xtp: 36,
    ddp: 37,
    'idpr-cmtp': 38,
    ipv6: 41,
    'ipv6-route': 43,
    'ipv6-frag': 44,
    idrp: 45,
    rsvp: 46,
    gre: 47,
    esp: 50,
    'ipsec-esp': 50,
    ah: 51,
    'ipsec-ah': 51,
    skip: 57,
    'ipv6-icmp': 58,
    icmpv6: 58,
    icmp6: 58,
    'ipv6-nonxt': 59,
    'ipv6-opts': 60,
    rspf: 73,
    cphb: 73,
    vmtp: 81,
    eigrp: 88,
    ospf: 89,
    ospfigp: 89,
    'ax.25': 93,
    ipip: 94,
    etherip: 97,
    encap: 98,
    pim: 103,
    ipcomp: 108,
    vrrp: 112,
    l2tp: 115,
    isis: 124,
    sctp: 132,
    fc: 133,
    'mobility-header': 135,
    'ipv6-mh': 135,
    mh: 135,
    udplite: 136,
    'mpls-in-ip': 137,
    manet: 138,
    hip: 139,
    shim6: 140,
    wesp: 141,
    rohc: 142,
    ethernet: 143,
  }),
);

/** The number of a protocol name or number; 0 means any protocol. */
export function parseProtocol(text: string): number | undefined {
  return numbers.get(text.toLowerCase()) ?? parseNumber(text, 255);
}

const portProtocols = new Map<number, PayloadProtocol>([
  [6, 'tcp'],
  [17, 'udp'],
  [33, 'dccp'],
  [132, 'sctp'],
  [136, 'udplite'],
]);

/** The header whose ports a protocol number has. */
export function portHeader(protocol: number | undefined): PayloadProtocol | undefined {
  return protocol === undefined ? undefined : portProtocols.get(protocol);
}

const headerProtocols = new Map<PayloadProtocol, number>([
  ...[...portProtocols].map(([number, header]): [PayloadProtocol, number] => [header, number]),
  ['icmp', 1],
  ['icmpv6', 58],
  ['igmp', 2],
  ['ah', 51],
  ['esp', 50],
  ['comp', 108],
]);

/** The protocol number of a transport header; undefined for headers of other layers, and for `th`, which is any. */
export function protocolOfHeader(header: PayloadProtocol): number | undefined {
  return headerProtocols.get(header);
}

const writtenNames = new Map<number, string>([
  [1, 'icmp'],
  [2, 'igmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [33, 'dccp'],
  [50, 'esp'],
  [51, 'ah'],
  [58, 'ipv6-icmp'],
  [132, 'sctp'],
  [136, 'udplite'],
]);

/** The name that iptables knows without looking it up, else the number. */
export function formatProtocol(number: number): string {
  return writtenNames.get(number) ?? `${number}`;
}
