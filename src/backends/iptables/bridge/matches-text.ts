/** Comparisons of bridge rules as options of ebtables: the inverse of matches.ts. */
import { formatAddress } from '../../../net/address.ts';
import type { Expression } from '../../../ruleset/expression.ts';
import type { MatchStatement } from '../../../ruleset/statement.ts';
import type { Value } from '../../../ruleset/value.ts';
import { trafficClass } from '../matches/packet.ts';
import {
  comparedValue,
  formatAddressOrPrefix,
  formatMasked,
  formatNumberRange,
  integerOf,
  unmasked,
} from '../text/format.ts';
import { formatInterface } from '../text/interfaces.ts';
import { formatHex } from '../text/numbers.ts';
import { formatProtocol, portHeader } from '../text/protocols.ts';
import { formatEtherType } from './ethernet.ts';
import type { BridgeContext } from './matches.ts';

/** An option of a bridge rule and its place; each occurs once in a rule. */
export interface BridgeText {
  readonly option: string;
  readonly value: string;
  readonly negated: boolean;
}

/** The `-p` that options of these headers need. */
const etherTypes: Readonly<Record<string, number>> = { ip: 0x0800, arp: 0x0806, ip6: 0x86dd, vlan: 0x8100 };

/** The option that says a comparison; undefined when ebtables has none. */
export function writeBridgeMatch(statement: MatchStatement, context: BridgeContext): BridgeText | undefined {
  const length = lengthOption(statement);
  if (length !== undefined) return length;
  if (statement.left.kind === 'meta' && statement.left.key === 'mark' && statement.right.kind === 'bits')
    return { option: 'mark', value: `/${formatHex(statement.right.bits)}`, negated: statement.operator === '!=' };
  const value = comparedValue(statement);
  if (value === undefined) return undefined;
  const { base, mask } = unmasked(statement.left);
  const text = optionOf(base, mask, value, context);
  return text === undefined ? undefined : { ...text, negated: statement.operator === '!=' };
}

/** Frames with a length instead of a type. */
function lengthOption(statement: MatchStatement): BridgeText | undefined {
  const { left, operator, right } = statement;
  if (left.kind !== 'payload' || left.protocol !== 'ether' || left.field !== 'type' || right.kind !== 'value')
    return undefined;
  if (integerOf(right.value) !== 0x600 || (operator !== '<' && operator !== '>=')) return undefined;
  return { option: 'p', value: 'Length', negated: operator === '>=' };
}

type Option = Omit<BridgeText, 'negated'>;

function optionOf(base: Expression, mask: Value | undefined, value: Value, context: BridgeContext): Option | undefined {
  switch (base.kind) {
    case 'payload':
      return payloadOption(base.protocol, base.field, mask, value, context);
    case 'meta':
      return metaOption(base.key, mask, value, context);
    case 'raw-payload': {
      const family = context.etherType === etherTypes.ip6 ? 'ip6' : 'ip';
      const byte = trafficClass(family);
      const number = integerOf(value);
      const fits = base.base === 'nh' && base.offset === byte.offset && base.length === byte.length;
      if (!fits || mask !== undefined || number === undefined || context.etherType !== etherTypes[family])
        return undefined;
      return { option: family === 'ip' ? 'ip-tos' : 'ip6-tclass', value: formatHex(number) };
    }
    default:
      return undefined;
  }
}

const deviceOptions: Readonly<Record<string, string>> = {
  iifname: 'i',
  oifname: 'o',
  ibrname: 'logical-in',
  obrname: 'logical-out',
};

const packetTypeNames = ['host', 'broadcast', 'multicast', 'otherhost'];

function metaOption(key: string, mask: Value | undefined, value: Value, context: BridgeContext): Option | undefined {
  const number = integerOf(value);
  const device = deviceOptions[key];
  if (key === 'mark') {
    const text = formatMasked(number, mask);
    return text === undefined ? undefined : { option: 'mark', value: text };
  }
  if (mask !== undefined) return undefined;
  if (device !== undefined) {
    const name = value.kind === 'name' ? formatInterface(value.name) : undefined;
    return name === undefined ? undefined : { option: device, value: name };
  }
  if (key === 'l4proto' && number !== undefined) {
    const family = familyOf(context);
    return family === undefined ? undefined : { option: `${family}-proto`, value: formatProtocol(number) };
  }
  const name = key === 'pkttype' && number !== undefined ? packetTypeNames[number] : undefined;
  return name === undefined ? undefined : { option: 'pkttype-type', value: name };
}

function familyOf(context: BridgeContext): 'ip' | 'ip6' | undefined {
  if (context.etherType === etherTypes.ip) return 'ip';
  return context.etherType === etherTypes.ip6 ? 'ip6' : undefined;
}

/** Options of a field with their value's form. */
const fields: Readonly<Record<string, readonly [option: string, form: 'mac' | 'address' | 'number' | 'type']>> = {
  'ether saddr': ['s', 'mac'],
  'ether daddr': ['d', 'mac'],
  'ip saddr': ['ip-src', 'address'],
  'ip daddr': ['ip-dst', 'address'],
  'ip6 saddr': ['ip6-src', 'address'],
  'ip6 daddr': ['ip6-dst', 'address'],
  'arp saddr ip': ['arp-ip-src', 'address'],
  'arp daddr ip': ['arp-ip-dst', 'address'],
  'arp saddr ether': ['arp-mac-src', 'mac'],
  'arp daddr ether': ['arp-mac-dst', 'mac'],
  'arp operation': ['arp-op', 'number'],
  'arp htype': ['arp-htype', 'number'],
  'arp ptype': ['arp-ptype', 'number'],
  'vlan id': ['vlan-id', 'number'],
  'vlan pcp': ['vlan-prio', 'number'],
  'vlan type': ['vlan-encap', 'type'],
};

function payloadOption(
  protocol: string,
  field: string,
  mask: Value | undefined,
  value: Value,
  context: BridgeContext,
): Option | undefined {
  const number = integerOf(value);
  if (protocol === 'ether' && field === 'type')
    return number === undefined || number < 0x600 ? undefined : { option: 'p', value: formatEtherType(number) };
  const needed = etherTypes[protocol];
  if (needed !== undefined && needed !== context.etherType) return undefined;
  const [option, form] = fields[`${protocol} ${field}`] ?? [];
  if (option === undefined) return mask === undefined ? transportOption(protocol, field, value, context) : undefined;
  const text = form === 'mac' ? macText(value, mask) : form === 'address' ? addressText(value, mask) : undefined;
  if (form === 'type' && mask === undefined && number !== undefined)
    return { option, value: number.toString(16).toUpperCase().padStart(4, '0') };
  const plain = form === 'number' && mask === undefined && number !== undefined ? `${number}` : text;
  return plain === undefined ? undefined : { option, value: plain };
}

function macText(value: Value, mask: Value | undefined): string | undefined {
  if (value.kind !== 'mac' || (mask !== undefined && mask.kind !== 'mac')) return undefined;
  return mask === undefined ? value.mac : `${value.mac}/${mask.mac}`;
}

function addressText(value: Value, mask: Value | undefined): string | undefined {
  const text = formatAddressOrPrefix(value);
  if (mask === undefined) return text;
  return mask.kind === 'address' && value.kind === 'address' ? `${text}/${formatAddress(mask.address)}` : undefined;
}

/** Ports and ICMP types, which need the protocol to be named. */
function transportOption(protocol: string, field: string, value: Value, context: BridgeContext): Option | undefined {
  const family = familyOf(context);
  const range = formatNumberRange(value, ':');
  if (family === undefined || range === undefined) return undefined;
  if (portHeader(context.protocol) === protocol && (field === 'sport' || field === 'dport'))
    return { option: `${family}-${field}`, value: range };
  const icmp = family === 'ip' ? { header: 'icmp', number: 1 } : { header: 'icmpv6', number: 58 };
  if (protocol !== icmp.header || context.protocol !== icmp.number || field !== 'type') return undefined;
  return { option: `${family}-icmp-type`, value: range };
}
