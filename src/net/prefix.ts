/** CIDR prefixes and interface addresses (an address together with the length of its on-link prefix). */
import { type Address, addressBits, type Family, formatAddress, maximumValue, parseAddress } from './address.ts';

/** A set of addresses that share their first `length` bits; the other bits of `address` are zero. */
export interface Prefix {
  readonly address: Address;
  readonly length: number;
}

/** An address as an interface holds it: host bits set, and the length of its subnet. */
export interface InterfaceAddress {
  readonly address: Address;
  readonly length: number;
}

/** The bits that a prefix of this length fixes, as an address value. */
export function maskValue(family: Family, length: number): bigint {
  return masks[family][length] ?? makeMask(family, length);
}

function makeMask(family: Family, length: number): bigint {
  return (maximumValue(family) << BigInt(addressBits(family) - length)) & maximumValue(family);
}

const masksOf = (family: Family): readonly bigint[] =>
  Array.from({ length: addressBits(family) + 1 }, (_, length) => makeMask(family, length));
/** Made once: every question whether an address lies in a prefix needs one. */
const masks: Readonly<Record<Family, readonly bigint[]>> = { ipv4: masksOf('ipv4'), ipv6: masksOf('ipv6') };

/** The prefix of `length` bits that contains an address: host bits are cleared. */
export function prefixOf(address: Address, length: number): Prefix {
  return { address: { family: address.family, value: address.value & maskValue(address.family, length) }, length };
}

/** The prefix that holds exactly one address. */
export function hostPrefix(address: Address): Prefix {
  return { address, length: addressBits(address.family) };
}

/** All addresses of a family. */
export function wholeFamily(family: Family): Prefix {
  return { address: { family, value: 0n }, length: 0 };
}

/** Parses `ADDRESS/LENGTH` and keeps the host bits. Undefined when the text is not of that form or the length does not fit. */
export function parseInterfaceAddress(text: string): InterfaceAddress | undefined {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  if (match === null) return undefined;
  const address = parseAddress(match[1] ?? '');
  const length = Number(match[2]);
  if (address === undefined || length > addressBits(address.family)) return undefined;
  return { address, length };
}

/** Parses `ADDRESS/LENGTH` into a prefix; host bits are cleared (see {@link hasHostBits} to complain about them). */
export function parsePrefix(text: string): Prefix | undefined {
  const parsed = parseInterfaceAddress(text);
  return parsed === undefined ? undefined : prefixOf(parsed.address, parsed.length);
}

/** Whether an interface address has bits set behind its prefix, that is, is not the prefix itself. */
export function hasHostBits(value: InterfaceAddress): boolean {
  return (
    (value.address.value & ~maskValue(value.address.family, value.length) & maximumValue(value.address.family)) !== 0n
  );
}

export function formatPrefix(prefix: Prefix | InterfaceAddress): string {
  return `${formatAddress(prefix.address)}/${prefix.length}`;
}

/** The lowest address of a prefix. */
export function firstAddress(prefix: Prefix): Address {
  return prefix.address;
}

/** The highest address of a prefix. */
export function lastAddress(prefix: Prefix): Address {
  const { family, value } = prefix.address;
  return { family, value: value | (maximumValue(family) & ~maskValue(family, prefix.length)) };
}

export function prefixContains(prefix: Prefix, address: Address): boolean {
  if (prefix.address.family !== address.family) return false;
  return (address.value & maskValue(address.family, prefix.length)) === prefix.address.value;
}

/** Whether every address of `inner` lies in `outer`. */
export function prefixCovers(outer: Prefix, inner: Prefix): boolean {
  return outer.length <= inner.length && prefixContains(outer, inner.address);
}

export function prefixesOverlap(left: Prefix, right: Prefix): boolean {
  return prefixCovers(left, right) || prefixCovers(right, left);
}

export function samePrefix(left: Prefix, right: Prefix): boolean {
  return (
    left.length === right.length &&
    left.address.family === right.address.family &&
    left.address.value === right.address.value
  );
}
