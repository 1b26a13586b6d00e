/** Addresses with masks as iptables writes them. */
import { type Address, type Family, maximumValue, parseAddress } from '../../../net/address.ts';
import { maskValue, type Prefix, prefixOf } from '../../../net/prefix.ts';
import { type Expression, masked } from '../../../ruleset/expression.ts';
import { addressValue, type Interval, prefixValue, rangeValue, type Value } from '../../../ruleset/value.ts';
import type { IptablesFamily } from './module.ts';

export function addressFamily(family: IptablesFamily): Family {
  return family === 'ip6' ? 'ipv6' : 'ipv4';
}

/** An address of the family of the rules; IPv4 networks may leave out trailing zero parts (`10/8`), as iptables takes them. */
export function parseFamilyAddress(text: string, family: IptablesFamily): Address | undefined {
  const wanted = addressFamily(family);
  const full =
    wanted === 'ipv4' && /^\d+(\.\d+){0,2}$/.test(text) ? `${text}${'.0'.repeat(4 - text.split('.').length)}` : text;
  const address = parseAddress(full);
  return address?.family === wanted ? address : undefined;
}

/** The length of a mask whose set bits come first; undefined for any other mask. */
function maskLength(family: Family, mask: bigint): number | undefined {
  const holes = ~mask & maximumValue(family);
  if ((holes & (holes + 1n)) !== 0n) return undefined;
  const bits = family === 'ipv4' ? 32 : 128;
  return holes === 0n ? bits : bits - holes.toString(2).length;
}

/** The left and right side of a comparison with an address: a mask with holes becomes part of the left side. */
export interface AddressComparison {
  readonly left: Expression;
  readonly value: Interval;
}

/** `ADDRESS`, `ADDRESS/LENGTH` or `ADDRESS/MASK` compared with an expression; host bits are cleared as iptables does. Undefined for names. */
export function parseMaskedAddress(
  text: string,
  family: IptablesFamily,
  left: Expression,
): AddressComparison | undefined {
  const slash = text.indexOf('/');
  const address = parseFamilyAddress(slash === -1 ? text : text.slice(0, slash), family);
  if (address === undefined) return undefined;
  const bits = address.family === 'ipv4' ? 32 : 128;
  if (slash === -1) return { left, value: addressValue(address) };
  const maskText = text.slice(slash + 1);
  let length: number | undefined;
  if (/^\d{1,3}$/.test(maskText)) length = Number(maskText);
  else {
    const mask = parseAddress(maskText);
    if (mask?.family !== address.family) return undefined;
    length = maskLength(mask.family, mask.value);
    if (length === undefined) {
      const value = addressValue({ family: address.family, value: address.value & mask.value });
      return { left: masked(left, addressValue(mask)), value };
    }
  }
  if (length > bits) return undefined;
  return { left, value: length === bits ? addressValue(address) : prefixValue(prefixOf(address, length)) };
}

/** `FIRST-LAST` or one address, as a range (also of one address: iptables keeps it one). */
export function parseAddressRange(text: string, family: IptablesFamily): Value | undefined {
  const split = text.indexOf('-');
  const first = parseFamilyAddress(split === -1 ? text : text.slice(0, split), family);
  const last = split === -1 ? first : parseFamilyAddress(text.slice(split + 1), family);
  if (first === undefined || last === undefined || first.value > last.value) return undefined;
  return rangeValue(addressValue(first), addressValue(last));
}

/** Whether a prefix length fixes nothing: `0.0.0.0/0`, `::/0`. */
export function isWholeFamily(value: Value): boolean {
  return value.kind === 'prefix' && value.prefix.length === 0 && maskValue(value.prefix.address.family, 0) === 0n;
}

/** The prefix that `(x & mask) == address` says; undefined when the mask has holes or the address bits outside of it. */
export function prefixOfMask(address: Address, mask: Address): Prefix | undefined {
  const length = address.family === mask.family ? maskLength(mask.family, mask.value) : undefined;
  if (length === undefined || (address.value & ~mask.value) !== 0n) return undefined;
  return { address, length };
}
