/** The options of ebtables that compare something, each by itself. */
import { type Expression, masked, meta, payload } from '../../../ruleset/expression.ts';
import type { Statement } from '../../../ruleset/statement.ts';
import { integer, rangeValue, type Value } from '../../../ruleset/value.ts';
import { type IcmpName, icmpTypeNames, icmpv6TypeNames } from '../matches/icmp-names.ts';
import { trafficClass } from '../matches/packet.ts';
import { isWholeFamily, parseMaskedAddress } from '../text/addresses.ts';
import { parseInterface } from '../text/interfaces.ts';
import { maximumMark, parseMasked, parseNumber, parseNumberRange, parsePorts } from '../text/numbers.ts';
import { parseProtocol, portHeader } from '../text/protocols.ts';
import { compare } from '../text/statements.ts';
import { parseEtherType, parseMaskedMac } from './ethernet.ts';
import type { BridgeOption } from './words.ts';

export interface BridgeContext {
  /** What `-p` names, unless negated. */
  readonly etherType: number | undefined;
  /** What `--ip-proto` or `--ip6-proto` names, unless negated. */
  readonly protocol: number | undefined;
}

type Read = readonly Statement[] | undefined;
type Reader = (option: BridgeOption, value: string, context: BridgeContext) => Read;

const types = { ip: 0x0800, arp: 0x0806, ip6: 0x86dd, vlan: 0x8100 } as const;

/** An option that only goes with `-p` of that type; without it ebtables refuses the rule. */
const within =
  (type: keyof typeof types, reader: Reader): Reader =>
  (option, value, context) =>
    context.etherType === types[type] ? reader(option, value, context) : undefined;

const mac =
  (left: Expression): Reader =>
  (option, value) => {
    const comparison = parseMaskedMac(value, left);
    return comparison === undefined ? undefined : compare(comparison.left, option, comparison.value);
  };

const device =
  (key: 'iifname' | 'oifname' | 'ibrname' | 'obrname'): Reader =>
  (option, value) => {
    if (value === '+' && !option.negated) return [];
    return compare(meta(key), option, parseInterface(value));
  };

function readEtherType(option: BridgeOption, value: string): Read {
  if (value.toLowerCase() === 'length') {
    const right = { kind: 'value', value: integer(0x600) } as const;
    return [{ kind: 'match', left: payload('ether', 'type'), operator: option.negated ? '>=' : '<', right }];
  }
  const type = parseEtherType(value);
  return type === undefined ? undefined : compare(payload('ether', 'type'), option, integer(type));
}

const address =
  (family: 'ip' | 'ip6' | 'arp', field: string): Reader =>
  (option, value) => {
    const comparison = parseMaskedAddress(value, family === 'ip6' ? 'ip6' : 'ip', payload(family, field));
    if (comparison === undefined) return undefined;
    if (isWholeFamily(comparison.value) && !option.negated) return [];
    return compare(comparison.left, option, comparison.value);
  };

function readProtocol(option: BridgeOption, value: string): Read {
  const protocol = parseProtocol(value);
  return protocol === undefined ? undefined : compare(meta('l4proto'), option, integer(protocol));
}

const port =
  (field: 'sport' | 'dport'): Reader =>
  (option, value, context) => {
    const header = portHeader(context.protocol);
    return header === undefined ? undefined : compare(payload(header, field), option, parsePorts(value));
  };

const number =
  (left: Expression, maximum: number, names: Readonly<Record<string, number>> = {}): Reader =>
  (option, value) => {
    const parsed = names[value.toLowerCase()] ?? parseNumber(value, maximum);
    return parsed === undefined ? undefined : compare(left, option, integer(parsed));
  };

/** The type behind a VLAN tag: hexadecimal digits, or a name. */
const encapsulated: Reader = (option, value) => {
  const type = /^[0-9a-f]{1,4}$/i.test(value) ? Number.parseInt(value, 16) : parseEtherType(value);
  return type === undefined ? undefined : compare(payload('vlan', 'type'), option, integer(type));
};

/** `TYPE`, `TYPE/CODE`, each also `FIRST:LAST`, or a name. With a code, negation is kept verbatim: the tool itself gets it wrong. */
const icmpType =
  (header: 'icmp' | 'icmpv6', protocol: number, names: ReadonlyMap<string, IcmpName>): Reader =>
  (option, value, context) => {
    if (context.protocol !== protocol) return undefined;
    const named = names.get(value.toLowerCase());
    const text = named === undefined ? value : `${named.type}${named.code === undefined ? '' : `/${named.code}`}`;
    const [typeText = '', codeText] = text.split('/');
    const type = parseNumberRange(typeText, ':', 255);
    const code = codeText === undefined ? wholeByte : parseNumberRange(codeText, ':', 255);
    if (type === undefined || code === undefined) return undefined;
    if (isWholeByte(code)) return compare(payload(header, 'type'), option, type);
    if (option.negated) return undefined;
    return [
      ...(compare(payload(header, 'type'), option, type) ?? []),
      ...(compare(payload(header, 'code'), option, code) ?? []),
    ];
  };

const wholeByte: Value = rangeValue(integer(0), integer(255));

function isWholeByte(value: Value): boolean {
  if (value.kind !== 'range' || value.first.kind !== 'integer' || value.last.kind !== 'integer') return false;
  return value.first.value === 0 && value.last.value === 255;
}

/** `V`, `V/M`, or `/M` for any of these bits. */
function readMark(option: BridgeOption, value: string): Read {
  if (value.startsWith('/')) {
    const bits = parseNumber(value.slice(1), maximumMark);
    if (bits === undefined || bits === 0) return undefined;
    const operator = option.negated ? '!=' : '==';
    return [{ kind: 'match', left: meta('mark'), operator, right: { kind: 'bits', bits } }];
  }
  const parsed = parseMasked(value, maximumMark);
  if (parsed === undefined) return undefined;
  const left = parsed.mask === maximumMark ? meta('mark') : masked(meta('mark'), integer(parsed.mask));
  return compare(left, option, integer(parsed.value));
}

export const arpOperations: Readonly<Record<string, number>> = {
  request: 1,
  reply: 2,
  request_reverse: 3,
  reply_reverse: 4,
  drarp_request: 5,
  drarp_reply: 6,
  drarp_error: 7,
  inarp_request: 8,
  arp_nak: 9,
};

const packetTypes = { host: 0, broadcast: 1, multicast: 2, otherhost: 3 };

/** What every option reads as. In this order the first ones are compared, whatever their order in the rule. */
export const bridgeReaders: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['p', readEtherType],
  ['s', mac(payload('ether', 'saddr'))],
  ['d', mac(payload('ether', 'daddr'))],
  ['i', device('iifname')],
  ['o', device('oifname')],
  ['logical-in', device('ibrname')],
  ['logical-out', device('obrname')],
  ['ip-source', within('ip', address('ip', 'saddr'))],
  ['ip-destination', within('ip', address('ip', 'daddr'))],
  ['ip-protocol', within('ip', readProtocol)],
  ['ip-source-port', within('ip', port('sport'))],
  ['ip-destination-port', within('ip', port('dport'))],
  ['ip-tos', within('ip', number(trafficClass('ip'), 255))],
  ['ip-icmp-type', within('ip', icmpType('icmp', 1, icmpTypeNames))],
  ['ip6-source', within('ip6', address('ip6', 'saddr'))],
  ['ip6-destination', within('ip6', address('ip6', 'daddr'))],
  ['ip6-protocol', within('ip6', readProtocol)],
  ['ip6-source-port', within('ip6', port('sport'))],
  ['ip6-destination-port', within('ip6', port('dport'))],
  ['ip6-tclass', within('ip6', number(trafficClass('ip6'), 255))],
  ['ip6-icmp-type', within('ip6', icmpType('icmpv6', 58, icmpv6TypeNames))],
  ['arp-opcode', within('arp', number(payload('arp', 'operation'), 65535, arpOperations))],
  ['arp-htype', within('arp', number(payload('arp', 'htype'), 65535))],
  ['arp-ptype', within('arp', number(payload('arp', 'ptype'), 65535))],
  ['arp-ip-src', within('arp', address('arp', 'saddr ip'))],
  ['arp-ip-dst', within('arp', address('arp', 'daddr ip'))],
  ['arp-mac-src', within('arp', mac(payload('arp', 'saddr ether')))],
  ['arp-mac-dst', within('arp', mac(payload('arp', 'daddr ether')))],
  ['vlan-id', within('vlan', number(payload('vlan', 'id'), 4095))],
  ['vlan-prio', within('vlan', number(payload('vlan', 'pcp'), 7))],
  ['vlan-encap', within('vlan', encapsulated)],
  ['pkttype-type', number(meta('pkttype'), 3, packetTypes)],
  ['mark', readMark],
]);
