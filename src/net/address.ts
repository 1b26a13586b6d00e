/** IPv4 and IPv6 addresses: parsed once, never strings afterwards. */

export type Family = 'ipv4' | 'ipv6';

export const families: readonly Family[] = ['ipv4', 'ipv6'];

/** An address of one family; `value` is the unsigned big-endian number of its 32 or 128 bits. */
export interface Address {
  readonly family: Family;
  readonly value: bigint;
}

/** Bits in an address of a family. */
export function addressBits(family: Family): 32 | 128 {
  return family === 'ipv4' ? 32 : 128;
}

/** The largest address value of a family. */
export function maximumValue(family: Family): bigint {
  return family === 'ipv4' ? 0xffff_ffffn : 0xffff_ffff_ffff_ffff_ffff_ffff_ffff_ffffn;
}

/** An address from its number. Throws RangeError when the number does not fit the family (a programming error, never user input). */
export function address(family: Family, value: bigint): Address {
  if (value < 0n || value > maximumValue(family)) throw new RangeError(`address value out of range for ${family}`);
  return { family, value };
}

/**
 * Parses the text of an address. Dotted quads take four decimal numbers without leading zeros (inet_aton's octal and short
 * forms are refused: they read differently in different programs); IPv6 as RFC 4291 section 2.2, without a zone index.
 * Gives undefined when the text is no address.
 */
export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Address | undefined {
  const value = parseDottedQuad(text);
  return value === undefined ? undefined : { family: 'ipv4', value: BigInt(value) };
}

function parseDottedQuad(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  let value = 0;
  for (let index = 1; index <= 4; index++) {
    const part = match[index] ?? '';
    if (part.length > 1 && part.startsWith('0')) return undefined;
    const octet = Number(part);
    if (octet > 255) return undefined;
    value = value * 256 + octet;
  }
  return value;
}

function parseIpv6(text: string): Address | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  let value = 0n;
  for (const group of groups) value = (value << 16n) | BigInt(group);
  return { family: 'ipv6', value };
}

/** The 16-bit groups of one side of `::`; a dotted quad may stand at the very end of the address only. */
function parseGroups(text: string, endsAddress: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const quad = endsAddress && index === parts.length - 1 ? parseDottedQuad(part) : undefined;
    if (quad === undefined) return undefined;
    groups.push(Math.floor(quad / 65536), quad % 65536);
  }
  return groups;
}

/** The canonical text of an address (RFC 5952 for IPv6; IPv4-mapped addresses keep the dotted form, as inet_ntop prints them). */
export function formatAddress(address: Address): string {
  return address.family === 'ipv4' ? formatQuad(Number(address.value)) : formatIpv6(address.value);
}

function formatQuad(value: number): string {
  return `${Math.floor(value / 16777216)}.${Math.floor(value / 65536) % 256}.${Math.floor(value / 256) % 256}.${value % 256}`;
}

function formatIpv6(value: bigint): string {
  if (value >> 32n === 0xffffn) return `::ffff:${formatQuad(Number(value & 0xffff_ffffn))}`;
  const groups: number[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(Number((value >> shift) & 0xffffn));
  const run = longestZeroRun(groups);
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(':');
  if (run.length < 2) return hex(groups);
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let index = 0; index <= groups.length; index++) {
    if (groups[index] === 0) continue;
    if (index - start > best.length) best = { start, length: index - start };
    start = index + 1;
  }
  return best;
}

export function sameAddress(left: Address, right: Address): boolean {
  return left.family === right.family && left.value === right.value;
}

/** Orders IPv4 before IPv6, then by value. */
export function compareAddresses(left: Address, right: Address): number {
  if (left.family !== right.family) return left.family === 'ipv4' ? -1 : 1;
  return left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
}

/** A string that is equal exactly for equal addresses: a key for maps and sets. */
export function addressKey(address: Address): string {
  return `${address.family === 'ipv4' ? '4' : '6'}:${address.value.toString(16)}`;
}
