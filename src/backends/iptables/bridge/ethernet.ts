/** Link-layer values as ebtables writes them: addresses with masks, and names of protocols. */
import { type MacAddress, parseMac } from '../../../net/mac.ts';
import { type Expression, masked } from '../../../ruleset/expression.ts';
import type { Scalar } from '../../../ruleset/value.ts';
import { parseNumber } from '../text/numbers.ts';

const etherTypes: ReadonlyMap<string, number> = new Map([
  ['ipv4', 0x0800],
  ['arp', 0x0806],
  ['802_1q', 0x8100],
  ['ipx', 0x8137],
  ['ipv6', 0x86dd],
  ['ppp_disc', 0x8863],
  ['ppp_ses', 0x8864],
  ['802_1ad', 0x88a8],
  ['s-tag', 0x88a8], // what the tool's own list of names calls it
  ['lldp', 0x88cc],
]);

const writtenTypes: ReadonlyMap<number, string> = new Map([
  [0x0800, 'IPv4'],
  [0x0806, 'ARP'],
  [0x86dd, 'IPv6'],
  [0x8100, '802_1Q'],
]);

/** A frame type by name or number of at least 0x600. */
export function parseEtherType(text: string): number | undefined {
  const named = etherTypes.get(text.toLowerCase());
  if (named !== undefined) return named;
  const number = /^[0-9a-fA-F]{3,4}$/.test(text) ? Number.parseInt(text, 16) : parseNumber(text, 0xffff);
  return number !== undefined && number >= 0x600 ? number : undefined;
}

export function formatEtherType(type: number): string {
  return writtenTypes.get(type) ?? `0x${type.toString(16).padStart(4, '0')}`;
}

interface MaskedMac {
  readonly mac: string;
  readonly mask: string;
}

const everyBit = 'ff:ff:ff:ff:ff:ff';

const namedMacs: ReadonlyMap<string, MaskedMac> = new Map([
  ['unicast', { mac: '00:00:00:00:00:00', mask: '01:00:00:00:00:00' }],
  ['multicast', { mac: '01:00:00:00:00:00', mask: '01:00:00:00:00:00' }],
  ['broadcast', { mac: everyBit, mask: everyBit }],
  ['bga', { mac: '01:80:c2:00:00:00', mask: everyBit }],
]);

/** Six octets of one or two digits. */
function parseLooseMac(text: string): MacAddress | undefined {
  return parseMac(
    text
      .split(':')
      .map((octet) => octet.padStart(2, '0'))
      .join(':'),
  );
}

/** `MAC`, `MAC/MASK` or a name, as the sides of a comparison with an expression. */
export function parseMaskedMac(
  text: string,
  left: Expression,
): { readonly left: Expression; readonly value: Scalar } | undefined {
  const [macText = '', maskText = everyBit, ...rest] = text.split('/');
  const named = namedMacs.get(text.toLowerCase());
  const mac = parseLooseMac(named?.mac ?? macText);
  const mask = parseLooseMac(named?.mask ?? maskText);
  if (mac === undefined || mask === undefined || rest.length > 0) return undefined;
  const value: Scalar = { kind: 'mac', mac };
  return { left: mask === everyBit ? left : masked(left, { kind: 'mac', mac: mask }), value };
}
