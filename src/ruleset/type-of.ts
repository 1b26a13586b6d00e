/** The data types of expressions: what a set or map must be keyed by to be looked up with one. */
import type { ConntrackKey, Expression, MetaKey, PayloadExpression, PayloadProtocol } from './expression.ts';
import type { NamedMap } from './set.ts';
import {
  arpOperations,
  congestionNotifications,
  daysOfWeek,
  deviceGroups,
  deviceTypes,
  differentiatedServices,
  igmpTypes,
  packetPriorities,
  type SymbolTable,
  symbolsOfType,
} from './symbols.ts';
import type { DataType } from './value.ts';

/**
 * The type of an expression, one entry a part of a concatenation. `integer` stands for all numbers whose nft type has no
 * name here; named sets cannot be declared with it. `maps` are the named maps of the table: a map's value has the type of
 * its data.
 */
export function typeOf(expression: Expression, maps: ReadonlyMap<string, NamedMap> = new Map()): readonly DataType[] {
  if (expression.kind === 'concat') return expression.parts.flatMap((part) => typeOf(part, maps));
  if (expression.kind === 'map') return mapDataTypes(expression, maps);
  return [scalarType(expression, maps)];
}

function mapDataTypes(
  expression: Extract<Expression, { kind: 'map' }>,
  maps: ReadonlyMap<string, NamedMap>,
): readonly DataType[] {
  if (expression.map.kind === 'anonymous') return ['integer'];
  const types = maps.get(expression.map.name)?.dataTypes;
  return types === undefined || types === 'verdict' ? ['integer'] : types;
}

function scalarType(
  expression: Exclude<Expression, { kind: 'concat' } | { kind: 'map' }>,
  maps: ReadonlyMap<string, NamedMap>,
): DataType {
  switch (expression.kind) {
    case 'payload':
      return payloadType(expression);
    case 'meta':
      return metaTypes[expression.key];
    case 'ct':
      return conntrackTypes[expression.key];
    case 'fib':
      return expression.result === 'type' ? 'fib_addrtype' : expression.result === 'oif' ? 'iface_index' : 'ifname';
    case 'bitwise':
      return typeOf(expression.left, maps)[0] ?? 'integer';
    case 'physdev':
      return expression.key === 'in' || expression.key === 'out' ? 'ifname' : 'boolean';
    case 'exthdr':
    case 'ip-option':
    case 'tcp-option':
      return expression.field === undefined ? 'boolean' : 'integer';
    case 'constant':
    case 'raw-payload':
    case 'numgen':
    case 'jhash':
    case 'symhash':
      return 'integer';
  }
}

const metaTypes: Record<MetaKey, DataType> = {
  iifname: 'ifname',
  oifname: 'ifname',
  ibrname: 'ifname',
  obrname: 'ifname',
  iif: 'iface_index',
  oif: 'iface_index',
  mark: 'mark',
  l4proto: 'inet_proto',
  nfproto: 'nf_proto',
  protocol: 'ether_type',
  pkttype: 'pkt_type',
  iiftype: 'integer',
  oiftype: 'integer',
  iifgroup: 'integer',
  oifgroup: 'integer',
  length: 'integer',
  priority: 'integer',
  skuid: 'integer',
  skgid: 'integer',
  cgroup: 'integer',
  cpu: 'integer',
  random: 'integer',
  nftrace: 'integer',
  rtclassid: 'integer',
  time: 'integer',
  day: 'integer',
  hour: 'integer',
};

const conntrackTypes: Record<ConntrackKey, DataType> = {
  state: 'ct_state',
  status: 'ct_status',
  direction: 'ct_dir',
  mark: 'mark',
  helper: 'ifname',
  l3proto: 'nf_proto',
  protocol: 'inet_proto',
  'ip saddr': 'ipv4_addr',
  'ip daddr': 'ipv4_addr',
  'ip6 saddr': 'ipv6_addr',
  'ip6 daddr': 'ipv6_addr',
  'proto-src': 'inet_service',
  'proto-dst': 'inet_service',
  expiration: 'integer',
  zone: 'integer',
  label: 'integer',
  bytes: 'integer',
  packets: 'integer',
  avgpkt: 'integer',
  id: 'integer',
};

const portFields: Readonly<Record<string, DataType>> = { sport: 'inet_service', dport: 'inet_service' };

const payloadTypes: Record<PayloadProtocol, Readonly<Record<string, DataType>>> = {
  ether: { saddr: 'ether_addr', daddr: 'ether_addr', type: 'ether_type' },
  vlan: { type: 'ether_type' },
  arp: {
    ptype: 'ether_type',
    'saddr ether': 'ether_addr',
    'daddr ether': 'ether_addr',
    'saddr ip': 'ipv4_addr',
    'daddr ip': 'ipv4_addr',
  },
  ip: { saddr: 'ipv4_addr', daddr: 'ipv4_addr', protocol: 'inet_proto' },
  ip6: { saddr: 'ipv6_addr', daddr: 'ipv6_addr', nexthdr: 'inet_proto' },
  icmp: { type: 'icmp_type', code: 'icmp_code', gateway: 'ipv4_addr' },
  icmpv6: { type: 'icmpv6_type', code: 'icmpv6_code' },
  igmp: { group: 'ipv4_addr' },
  tcp: { ...portFields, flags: 'tcp_flag' },
  udp: portFields,
  udplite: portFields,
  sctp: portFields,
  dccp: portFields,
  ah: { nexthdr: 'inet_proto' },
  esp: {},
  comp: { nexthdr: 'inet_proto' },
  th: portFields,
};

function payloadType(expression: PayloadExpression): DataType {
  const fields = payloadTypes[expression.protocol];
  return Object.hasOwn(fields, expression.field) ? (fields[expression.field] ?? 'integer') : 'integer';
}

/** The keys and protocols that expressions have, for readers of untrusted text. */
export const metaKeys: ReadonlySet<string> = new Set(Object.keys(metaTypes));
export const conntrackKeys: ReadonlySet<string> = new Set(Object.keys(conntrackTypes));
export const payloadProtocols: ReadonlySet<string> = new Set(Object.keys(payloadTypes));

const dataTypeNames: Record<DataType, true> = {
  ipv4_addr: true,
  ipv6_addr: true,
  ether_addr: true,
  ether_type: true,
  inet_proto: true,
  inet_service: true,
  icmp_type: true,
  icmpv6_type: true,
  icmp_code: true,
  icmpv6_code: true,
  icmpx_code: true,
  ifname: true,
  iface_index: true,
  mark: true,
  ct_state: true,
  ct_status: true,
  ct_dir: true,
  fib_addrtype: true,
  pkt_type: true,
  nf_proto: true,
  tcp_flag: true,
  boolean: true,
  integer: true,
};

/** The names of all data types that the model has. */
export const dataTypes: ReadonlySet<string> = new Set(Object.keys(dataTypeNames));

const metaSymbols: Partial<Record<MetaKey, SymbolTable>> = {
  iiftype: deviceTypes,
  oiftype: deviceTypes,
  iifgroup: deviceGroups,
  oifgroup: deviceGroups,
  priority: packetPriorities,
  day: daysOfWeek,
};

const payloadSymbols: Readonly<Record<string, SymbolTable>> = {
  'ip dscp': differentiatedServices,
  'ip6 dscp': differentiatedServices,
  'ip ecn': congestionNotifications,
  'ip6 ecn': congestionNotifications,
  'arp operation': arpOperations,
  'igmp type': igmpTypes,
};

/** The names that values of an expression have in rulesets, also of those whose type is a plain integer here. */
export function symbolsOf(expression: Expression): SymbolTable | undefined {
  if (expression.kind === 'bitwise') return symbolsOf(expression.left);
  if (expression.kind === 'meta' && metaSymbols[expression.key] !== undefined) return metaSymbols[expression.key];
  if (expression.kind === 'payload') {
    const key = `${expression.protocol} ${expression.field}`;
    if (Object.hasOwn(payloadSymbols, key)) return payloadSymbols[key];
  }
  const [type] = typeOf(expression);
  return type === undefined ? undefined : symbolsOfType(type);
}
