/** Exact sets of addresses as sorted, disjoint, non-adjacent ranges. All operations give new values. */
import { type Address, addressBits, type Family, maximumValue } from './address.ts';
import { lastAddress, type Prefix, prefixOf } from './prefix.ts';

/** An inclusive range of addresses of one family, by value. */
export interface AddressRange {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
}

/** Sorted (IPv4 first), disjoint and non-adjacent ranges. */
export type AddressSet = readonly AddressRange[];

export const emptyAddressSet: AddressSet = [];

/** The range of addresses that a prefix holds. */
export function rangeOfPrefix(prefix: Prefix): AddressRange {
  return { family: prefix.address.family, first: prefix.address.value, last: lastAddress(prefix).value };
}

/** The range that holds one address. */
export function rangeOfAddress(address: Address): AddressRange {
  return { family: address.family, first: address.value, last: address.value };
}

function compareRanges(left: AddressRange, right: AddressRange): number {
  if (left.family !== right.family) return left.family === 'ipv4' ? -1 : 1;
  return left.first < right.first ? -1 : left.first > right.first ? 1 : 0;
}

/** The set of all addresses in any of the ranges, which may overlap and come in any order. */
export function addressSet(ranges: Iterable<AddressRange>): AddressSet {
  const sorted = [...ranges].sort(compareRanges);
  const result: AddressRange[] = [];
  for (const range of sorted) {
    const previous = result.at(-1);
    if (previous !== undefined && previous.family === range.family && range.first <= previous.last + 1n) {
      if (range.last > previous.last) result[result.length - 1] = { ...previous, last: range.last };
    } else result.push(range);
  }
  return result;
}

/** The set of all addresses in any of the prefixes. */
export function addressSetOfPrefixes(prefixes: Iterable<Prefix>): AddressSet {
  return addressSet([...prefixes].map(rangeOfPrefix));
}

export function unionAddressSets(...sets: readonly AddressSet[]): AddressSet {
  return addressSet(sets.flat());
}

/** Addresses in `left` that are not in `right`; linear in the number of ranges. */
export function subtractAddressSets(left: AddressSet, right: AddressSet): AddressSet {
  const result: AddressRange[] = [];
  let position = 0;
  for (const range of left) {
    let first = range.first;
    while (position < right.length && endsBefore(right[position], range.family, first)) position++;
    let index = position;
    for (; index < right.length; index++) {
      const hole = right[index];
      if (hole === undefined || hole.family !== range.family || hole.first > range.last) break;
      if (hole.first > first) result.push({ family: range.family, first, last: hole.first - 1n });
      first = hole.last + 1n;
      if (first > range.last) break;
    }
    if (first <= range.last) result.push({ family: range.family, first, last: range.last });
  }
  return result;
}

function endsBefore(range: AddressRange | undefined, family: Family, first: bigint): boolean {
  if (range === undefined) return false;
  if (range.family !== family) return range.family === 'ipv4';
  return range.last < first;
}

/** Addresses in both sets; linear in the number of ranges. */
export function intersectAddressSets(left: AddressSet, right: AddressSet): AddressSet {
  const result: AddressRange[] = [];
  let leftIndex = 0;
  let rightIndex = 0;
  while (leftIndex < left.length && rightIndex < right.length) {
    const a = left[leftIndex] as AddressRange;
    const b = right[rightIndex] as AddressRange;
    if (a.family !== b.family) {
      if (a.family === 'ipv4') leftIndex++;
      else rightIndex++;
      continue;
    }
    const first = a.first > b.first ? a.first : b.first;
    const last = a.last < b.last ? a.last : b.last;
    if (first <= last) result.push({ family: a.family, first, last });
    if (a.last < b.last) leftIndex++;
    else rightIndex++;
  }
  return result;
}

/** Whether a set holds an address; binary search. */
export function addressSetContains(set: AddressSet, address: Address): boolean {
  let low = 0;
  let high = set.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = set[middle] as AddressRange;
    if (range.family !== address.family) {
      if (range.family === 'ipv4') low = middle + 1;
      else high = middle - 1;
    } else if (address.value < range.first) high = middle - 1;
    else if (address.value > range.last) low = middle + 1;
    else return true;
  }
  return false;
}

/** Everything of one family. */
export function wholeAddressSet(family: Family): AddressSet {
  return [{ family, first: 0n, last: maximumValue(family) }];
}

/** The fewest prefixes that together hold exactly the addresses of a set, in order. */
export function prefixesOf(set: AddressSet): readonly Prefix[] {
  return set.flatMap(prefixesOfRange);
}

function prefixesOfRange(range: AddressRange): Prefix[] {
  const bits = addressBits(range.family);
  const result: Prefix[] = [];
  let first = range.first;
  while (first <= range.last) {
    let size = 0;
    while (size < bits) {
      const step = 1n << BigInt(size + 1);
      if ((first & (step - 1n)) !== 0n || first + step - 1n > range.last) break;
      size++;
    }
    result.push(prefixOf({ family: range.family, value: first }, bits - size));
    first += 1n << BigInt(size);
  }
  return result;
}
