/** The symbolic constants of nft(8), both ways: what rulesets call the numbers that packets, connections and hosts carry. */
import type { DataType } from './value.ts';

/** Names of the values of one type. Several names may stand for one number; `nameOf` gives the one that nft prints. */
export interface SymbolTable {
  readonly nameOf: (value: number) => string | undefined;
  readonly valueOf: (name: string) => number | undefined;
  /** All names that nft prints, with their numbers, in the order in which nft lists combined flags. */
  readonly entries: readonly (readonly [name: string, value: number])[];
}

/** A table from its names in nft's order; `aliases` are read but never written. */
function symbols(names: Readonly<Record<string, number>>, aliases: Readonly<Record<string, number>> = {}): SymbolTable {
  const entries = Object.entries(names);
  const byValue = new Map(entries.map(([name, value]) => [value, name]));
  const byName = new Map([...Object.entries(aliases), ...entries]);
  return { nameOf: (value) => byValue.get(value), valueOf: (name) => byName.get(name), entries };
}

export const connectionStates = symbols({ invalid: 1, established: 2, related: 4, new: 8, untracked: 64 });

export const connectionStatuses = symbols({
  expected: 1,
  'seen-reply': 2,
  assured: 4,
  confirmed: 8,
  snat: 16,
  dnat: 32,
  dying: 512,
});

export const connectionDirections = symbols({ original: 0, reply: 1 });

export const addressTypes = symbols({
  unspec: 0,
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
});

export const packetTypes = symbols({ host: 0, broadcast: 1, multicast: 2, other: 3 }, { unicast: 0 });

export const networkProtocols = symbols({ ipv4: 2, ipv6: 10 });

export const tcpFlags = symbols({ fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ecn: 64, cwr: 128 });

export const etherTypes = symbols(
  { ip: 0x0800, arp: 0x0806, ip6: 0x86dd, '8021q': 0x8100, '8021ad': 0x88a8 },
  { vlan: 0x8100 },
);

export const icmpTypes = symbols({
  'echo-reply': 0,
  'destination-unreachable': 3,
  'source-quench': 4,
  redirect: 5,
  'echo-request': 8,
  'router-advertisement': 9,
  'router-solicitation': 10,
  'time-exceeded': 11,
  'parameter-problem': 12,
  'timestamp-request': 13,
  'timestamp-reply': 14,
  'info-request': 15,
  'info-reply': 16,
  'address-mask-request': 17,
  'address-mask-reply': 18,
});

export const icmpv6Types = symbols(
  {
    'destination-unreachable': 1,
    'packet-too-big': 2,
    'time-exceeded': 3,
    'parameter-problem': 4,
    'echo-request': 128,
    'echo-reply': 129,
    'mld-listener-query': 130,
    'mld-listener-report': 131,
    'mld-listener-done': 132,
    'nd-router-solicit': 133,
    'nd-router-advert': 134,
    'nd-neighbor-solicit': 135,
    'nd-neighbor-advert': 136,
    'nd-redirect': 137,
    'router-renumbering': 138,
    'ind-neighbor-solicit': 141,
    'ind-neighbor-advert': 142,
    'mld2-listener-report': 143,
  },
  { 'mld-listener-reduction': 132 },
);

/** Codes of destination unreachable; `reject with icmp`. */
export const icmpCodes = symbols({
  'net-unreachable': 0,
  'host-unreachable': 1,
  'prot-unreachable': 2,
  'port-unreachable': 3,
  'frag-needed': 4,
  'net-prohibited': 9,
  'host-prohibited': 10,
  'admin-prohibited': 13,
});

/** Codes of ICMPv6 destination unreachable; `reject with icmpv6`. */
export const icmpv6Codes = symbols({
  'no-route': 0,
  'admin-prohibited': 1,
  'addr-unreachable': 3,
  'port-unreachable': 4,
  'policy-fail': 5,
  'reject-route': 6,
});

/** Codes that stand for one of each family; `reject with icmpx`. */
export const icmpxCodes = symbols({
  'no-route': 0,
  'port-unreachable': 1,
  'host-unreachable': 2,
  'admin-prohibited': 3,
});

/**
 * IP protocols. nft itself reads /etc/protocols, which a small host may lack: the names here are those that it knows without
 * that file; the aliases are what it prints for other protocols on a host that has the file.
 */
export const ipProtocols = symbols(
  { icmp: 1, tcp: 6, udp: 17, dccp: 33, esp: 50, ah: 51, icmpv6: 58, sctp: 132, udplite: 136 },
  {
    ip: 0,
    hopopt: 0,
    igmp: 2,
    ggp: 3,
    ipencap: 4,
    'ip-encap': 4,
    st: 5,
    egp: 8,
    igp: 9,
    pup: 12,
    hmp: 20,
    'xns-idp': 22,
    rdp: 27,
    'iso-tp4': 29,
    xtp: 36,
    ddp: 37,
    'idpr-cmtp': 38,
    ipv6: 41,
    'ipv6-route': 43,
    'ipv6-frag': 44,
    idrp: 45,
    rsvp: 46,
    gre: 47,
    skip: 57,
    'ipv6-icmp': 58,
    'ipv6-nonxt': 59,
    'ipv6-opts': 60,
    rspf: 73,
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
    comp: 108,
    vrrp: 112,
    l2tp: 115,
    isis: 124,
    fc: 133,
    'mobility-header': 135,
    'mpls-in-ip': 137,
    manet: 138,
    hip: 139,
    shim6: 140,
    wesp: 141,
    rohc: 142,
    ethernet: 143,
  },
);

/** Presence, of a header or of a route. */
export const presences = symbols({ missing: 0, exists: 1 });

export const differentiatedServices = symbols(
  {
    cs0: 0,
    cs1: 8,
    cs2: 16,
    cs3: 24,
    cs4: 32,
    cs5: 40,
    cs6: 48,
    cs7: 56,
    lephb: 1,
    af11: 10,
    af12: 12,
    af13: 14,
    af21: 18,
    af22: 20,
    af23: 22,
    af31: 26,
    af32: 28,
    af33: 30,
    af41: 34,
    af42: 36,
    af43: 38,
    va: 44,
    ef: 46,
  },
  { df: 0, be: 0 },
);

export const congestionNotifications = symbols({ 'not-ect': 0, ect1: 1, ect0: 2, ce: 3 });

export const arpOperations = symbols({
  request: 1,
  reply: 2,
  rrequest: 3,
  rreply: 4,
  inrequest: 8,
  inreply: 9,
  nak: 10,
});

export const igmpTypes = symbols({
  'membership-query': 17,
  'membership-report-v1': 18,
  'membership-report-v2': 22,
  'leave-group': 23,
  'membership-report-v3': 34,
});

export const deviceTypes = symbols({
  ether: 1,
  ppp: 512,
  ipip: 768,
  ipip6: 769,
  loopback: 772,
  sit: 776,
  ipgre: 778,
});

export const daysOfWeek = symbols({
  Sunday: 0,
  Monday: 1,
  Tuesday: 2,
  Wednesday: 3,
  Thursday: 4,
  Friday: 5,
  Saturday: 6,
});

/** The one name that interface groups have without a file on the host. */
export const deviceGroups = symbols({ default: 0 });

const namedPacketPriorities = symbols({ none: 0, root: 0xffff_ffff });

/** `meta priority`: a class of a queueing discipline, `major:minor` in hexadecimal, or one of two names. */
export const packetPriorities: SymbolTable = {
  ...namedPacketPriorities,
  valueOf: (name) => {
    const match = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(name);
    if (match === null) return namedPacketPriorities.valueOf(name);
    return Number.parseInt(match[1] ?? '', 16) * 0x1_0000 + Number.parseInt(match[2] ?? '', 16);
  },
};

/** Levels of the kernel log as nft writes them; the number is the syslog level. */
export const logLevels = symbols(
  { emerg: 0, alert: 1, crit: 2, err: 3, warn: 4, notice: 5, info: 6, debug: 7, audit: 8 },
  { panic: 0, error: 3, warning: 4 },
);

/** What a log statement may add, in nft's order. */
export const logFlags = symbols({ 'tcp sequence': 1, 'tcp options': 2, 'ip options': 4, skuid: 8, ether: 32 });

/** Priorities that nft(8) names, for reading text; the bridge family has its own. Rulesets carry numbers. */
export const namedPriorities = symbols({
  raw: -300,
  mangle: -150,
  dstnat: -100,
  filter: 0,
  security: 50,
  srcnat: 100,
});

export const namedBridgePriorities = symbols({ dstnat: -300, filter: -200, out: 100, srcnat: 300 });

const byDataType: Partial<Record<DataType, SymbolTable>> = {
  ct_state: connectionStates,
  ct_status: connectionStatuses,
  ct_dir: connectionDirections,
  fib_addrtype: addressTypes,
  pkt_type: packetTypes,
  nf_proto: networkProtocols,
  tcp_flag: tcpFlags,
  ether_type: etherTypes,
  icmp_type: icmpTypes,
  icmpv6_type: icmpv6Types,
  icmp_code: icmpCodes,
  icmpv6_code: icmpv6Codes,
  icmpx_code: icmpxCodes,
  inet_proto: ipProtocols,
  boolean: presences,
};

/** The symbolic constants of a data type; undefined when it has none. */
export function symbolsOfType(type: DataType): SymbolTable | undefined {
  return byDataType[type];
}

const flagTypes: ReadonlySet<DataType> = new Set<DataType>(['ct_state', 'ct_status', 'tcp_flag']);

/** Whether values of a type are sets of bits, so that nft compares them with `in` unless told otherwise. */
export function isFlagType(type: DataType): boolean {
  return flagTypes.has(type);
}

/** The names of the bits in a value, in nft's order; undefined when some bit has no name or no bit is set. */
export function flagNames(table: SymbolTable, value: number): readonly string[] | undefined {
  const names = table.entries.filter(([, bit]) => (value & bit) === bit);
  const known = names.reduce((bits, [, bit]) => bits | bit, 0);
  return value !== 0 && known === value ? names.map(([name]) => name) : undefined;
}
