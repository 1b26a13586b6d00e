/** Reading header fields. Each reader implies that the packet has the header, as nftables' dependencies do [20, 145]. */
import type { PayloadExpression, RawPayloadExpression } from '../../ruleset/expression.ts';
import { hasPorts, isIcmpError, type Packet } from '../packet/packet.ts';
import { type Reader, unknownValue } from './context.ts';

type FieldReader = (packet: Packet) => ReturnType<Reader>;

const ethernetTypes = { ipv4: 0x0800, ipv6: 0x86dd, arp: 0x0806 } as const;

const ipv4Fields: Readonly<Record<string, FieldReader>> = {
  version: () => 4,
  hdrlength: () => 5,
  dscp: (packet) => packet.trafficClass >> 2,
  ecn: (packet) => packet.trafficClass & 3,
  length: (packet) => packet.length(),
  'frag-off': (packet) =>
    ((packet.fragment?.offset ?? 0) >> 3) | (packet.fragment?.more ? 0x2000 : 0) | (packet.dontFragment ? 0x4000 : 0),
  ttl: (packet) => packet.ttl,
  protocol: (packet) => packet.protocol,
  saddr: (packet) => packet.source,
  daddr: (packet) => packet.destination,
};

const ipv6Fields: Readonly<Record<string, FieldReader>> = {
  version: () => 6,
  dscp: (packet) => packet.trafficClass >> 2,
  ecn: (packet) => packet.trafficClass & 3,
  length: (packet) => packet.length() - 40,
  nexthdr: (packet) => (packet.fragment === undefined ? packet.protocol : 44), // [136]
  hoplimit: (packet) => packet.ttl,
  saddr: (packet) => packet.source,
  daddr: (packet) => packet.destination,
};

const portFields: Readonly<Record<string, FieldReader>> = {
  sport: (packet) => packet.sourcePort,
  dport: (packet) => packet.destinationPort,
};

const tcpFields: Readonly<Record<string, FieldReader>> = {
  ...portFields,
  sequence: (packet) => packet.sequence,
  ackseq: (packet) => packet.acknowledgement,
  doff: (packet) => 5 + packet.optionsLength / 4,
  flags: (packet) => packet.flags,
  window: (packet) => packet.window,
  urgptr: () => 0,
};

const udpFields: Readonly<Record<string, FieldReader>> = {
  ...portFields,
  length: (packet) => packet.wholeTransportLength(),
};

const icmpFields: Readonly<Record<string, FieldReader>> = {
  type: (packet) => packet.type,
  code: (packet) => packet.code,
  id: (packet) => (isIcmpError(packet) ? unknownValue : packet.identifier),
  mtu: (packet) => packet.mtu,
  'packet-too-big': (packet) => packet.mtu,
  taddr: (packet) => packet.target,
};

const etherFields: Readonly<Record<string, FieldReader>> = {
  saddr: (packet) => packet.sourceMac,
  daddr: (packet) => packet.destinationMac,
  type: (packet) => (packet.sourceMac === undefined ? undefined : ethernetTypes[packet.family]),
};

const arpFields: Readonly<Record<string, FieldReader>> = {
  htype: () => 1,
  ptype: () => 0x0800,
  hlen: () => 6,
  plen: () => 4,
  operation: (packet) => packet.operation,
  'saddr ip': (packet) => packet.source,
  'daddr ip': (packet) => packet.target,
  'saddr ether': (packet) => packet.sourceMac,
};

/** Reads a named header field. */
export function compilePayload(expression: PayloadExpression): Reader {
  const { protocol, field } = expression;
  switch (protocol) {
    case 'ip':
      return guarded((packet) => packet.family === 'ipv4', ipv4Fields[field]);
    case 'ip6':
      return guarded((packet) => packet.family === 'ipv6', ipv6Fields[field]);
    case 'ether':
      return guarded(() => true, etherFields[field]);
    case 'arp':
      return guarded((packet) => packet.family === 'arp', arpFields[field]);
    case 'tcp':
      return transport(6, tcpFields[field]);
    case 'udp':
      return transport(17, udpFields[field]);
    case 'udplite':
      return transport(136, udpFields[field]);
    case 'dccp':
      return transport(33, portFields[field]);
    case 'sctp':
      return transport(132, field === 'vtag' ? (packet) => packet.verificationTag : portFields[field]);
    case 'icmp':
      return transport(1, icmpFields[field]);
    case 'icmpv6':
      return transport(58, icmpFields[field]);
    case 'th':
      return guarded((packet) => packet.family !== 'arp' && packet.hasTransport(), anyTransport(field));
    case 'igmp':
      return transport(2, undefined);
    case 'ah':
      return transport(51, undefined);
    case 'esp':
      return transport(50, undefined);
    case 'comp':
      return transport(108, undefined);
    case 'vlan':
      return () => undefined; // no VLANs: no packet has the header
  }
}

function guarded(has: (packet: Packet) => boolean, read: FieldReader | undefined): Reader {
  const field = read ?? (() => unknownValue);
  return ({ packet }) => (has(packet) ? field(packet) : undefined);
}

function transport(number: number, read: FieldReader | undefined): Reader {
  return guarded((packet) => packet.family !== 'arp' && packet.protocol === number && packet.hasTransport(), read);
}

/** `th` reads the bytes where ports would be, whatever the protocol [145]: in ICMP these are type, code and checksum. */
function anyTransport(field: string): FieldReader | undefined {
  if (field !== 'sport' && field !== 'dport') return undefined;
  return (packet) => {
    if (hasPorts(packet.protocol)) return field === 'sport' ? packet.sourcePort : packet.destinationPort;
    if (packet.protocol === 1 || packet.protocol === 58) {
      return field === 'sport' ? packet.type * 256 + packet.code : undefined;
    }
    return undefined;
  };
}

/** Reads raw bytes where they coincide with a field that the simulator knows. */
export function compileRawPayload(expression: RawPayloadExpression): Reader {
  const { base, offset, length } = expression;
  const place = `${base},${offset},${length}`;
  switch (place) {
    case 'th,0,16':
      return compilePayload({ kind: 'payload', protocol: 'th', field: 'sport' });
    case 'th,16,16':
      return compilePayload({ kind: 'payload', protocol: 'th', field: 'dport' });
    case 'nh,0,4':
      return ({ packet }) => (packet.family === 'ipv4' ? 4 : packet.family === 'ipv6' ? 6 : unknownValue);
    case 'nh,96,32':
      return compilePayload({ kind: 'payload', protocol: 'ip', field: 'saddr' });
    case 'nh,128,32':
      return compilePayload({ kind: 'payload', protocol: 'ip', field: 'daddr' });
    case 'nh,72,8':
      return compilePayload({ kind: 'payload', protocol: 'ip', field: 'protocol' });
    default:
      return () => unknownValue;
  }
}
