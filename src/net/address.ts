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
  if (text.length > 15) return undefined;
  let value = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let index = 0; index <= text.length; index++) {
    const code = index === text.length ? dot : text.charCodeAt(index);
    if (code === dot) {
      if (digits === 0 || octet > 255) return undefined;
      value = value * 256 + octet;
      octet = 0;
      digits = 0;
      dots++;
    } else {
      const digit = code - 0x30;
      if (digit < 0 || digit > 9 || (digits > 0 && octet === 0)) return undefined;
      octet = octet * 10 + digit;
      digits++;
    }
  }
  return dots === 4 ? value : undefined;
}

const dot = 0x2e;
const noGroups: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0];

function parseIpv6(text: string): Address | undefined {
  if (text.length > 45) return undefined;
  const gap = text.indexOf('::');
  const head = parseGroups(gap === -1 ? text : text.slice(0, gap), gap === -1);
  const tail = gap === -1 ? [] : parseGroups(text.slice(gap + 2), true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (gap === -1 ? missing !== 0 : missing < 1) return undefined;
  return { family: 'ipv6', value: valueOfGroups([...head, ...noGroups.slice(0, missing), ...tail]) };
}

/** By as many bits at a time as a number holds: arithmetic of bigint is slow. */
function valueOfGroups(groups: readonly number[]): bigint {
  const joined = (start: number, end: number): bigint =>
    BigInt(groups.slice(start, end).reduce((value, group) => value * 65_536 + group, 0));
  return (((joined(0, 3) << 48n) | joined(3, 6)) << 32n) | joined(6, 8);
}

/** The 16-bit groups of one side of `::`; a dotted quad may stand at the very end of the address only. */
function parseGroups(text: string, endsAddress: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  for (let start = 0; start <= text.length; ) {
    const colon = text.indexOf(':', start);
    const end = colon === -1 ? text.length : colon;
    const group = parseGroup(text, start, end);
    if (group !== undefined) groups.push(group);
    else {
      const quad = endsAddress && colon === -1 ? parseDottedQuad(text.slice(start)) : undefined;
      if (quad === undefined) return undefined;
      groups.push(Math.floor(quad / 65536), quad % 65536);
    }
    start = end + 1;
  }
  return groups;
}

/** One to four hexadecimal digits. */
function parseGroup(text: string, start: number, end: number): number | undefined {
  if (end === start || end > start + 4) return undefined;
  let group = 0;
  for (let index = start; index < end; index++) {
    const digit = hexadecimalDigit(text.charCodeAt(index));
    if (digit === undefined) return undefined;
    group = group * 16 + digit;
  }
  return group;
}

function hexadecimalDigit(code: number): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}

/** The canonical text of an address (RFC 5952 for IPv6; IPv4-mapped addresses keep the dotted form, as inet_ntop prints them). */
export function formatAddress(address: Address): string {
  return address.family === 'ipv4' ? formatQuad(Number(address.value)) : formatIpv6(address.value);
}

function formatQuad(value: number): string {
  return `${Math.floor(value / 16777216)}.${Math.floor(value / 65536) % 256}.${Math.floor(value / 256) % 256}.${value % 256}`;
}

function formatIpv6(value: bigint): string {
  const groups = groupsOf(value);
  const { start, length } = longestZeroRun(groups);
  if (start === 0 && length === 5 && groups[5] === 0xffff)
    return `::ffff:${formatQuad((groups[6] ?? 0) * 65_536 + (groups[7] ?? 0))}`;
  if (length < 2) return hexadecimal(groups, 0, 8);
  return `${hexadecimal(groups, 0, start)}::${hexadecimal(groups, start + length, 8)}`;
}

/** By words of 32 bits: arithmetic of bigint is slow. */
function groupsOf(value: bigint): readonly number[] {
  const first = Number(BigInt.asUintN(32, value >> 96n));
  const second = Number(BigInt.asUintN(32, value >> 64n));
  const third = Number(BigInt.asUintN(32, value >> 32n));
  const fourth = Number(BigInt.asUintN(32, value));
  return [
    first >>> 16,
    first & 0xffff,
    second >>> 16,
    second & 0xffff,
    third >>> 16,
    third & 0xffff,
    fourth >>> 16,
    fourth & 0xffff,
  ];
}

function hexadecimal(groups: readonly number[], start: number, end: number): string {
  let text = '';
  for (let index = start; index < end; index++)
    text += `${index === start ? '' : ':'}${(groups[index] ?? 0).toString(16)}`;
  return text;
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
