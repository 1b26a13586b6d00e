/** An order of values that can stand in one set, in which equal values and only they are neighbours: sorting finds what is there twice. */
import { compareAddresses } from '../net/address.ts';
import type { Interval, Value } from './value.ts';

/** Numbers by size, addresses by family and value, names by their text; the parts of a concatenation one after the other. */
export function compareValues(left: Value, right: Value): number {
  if (left.kind !== 'concatenation' || right.kind !== 'concatenation')
    return left.kind !== 'concatenation' && right.kind !== 'concatenation'
      ? compareIntervals(left, right)
      : compareTexts(left.kind, right.kind);
  const length = Math.min(left.parts.length, right.parts.length);
  for (let index = 0; index < length; index++) {
    const leftPart = left.parts[index];
    const rightPart = right.parts[index];
    const order = leftPart === undefined || rightPart === undefined ? 0 : compareIntervals(leftPart, rightPart);
    if (order !== 0) return order;
  }
  return left.parts.length - right.parts.length;
}

/** Ranges by their first and then their last value, prefixes by their address and then their length. */
export function compareIntervals(left: Interval, right: Interval): number {
  switch (left.kind) {
    case 'integer':
      if (right.kind === 'integer') return left.value - right.value;
      break;
    case 'address':
      if (right.kind === 'address') return compareAddresses(left.address, right.address);
      break;
    case 'name':
      if (right.kind === 'name') return compareTexts(left.name, right.name);
      break;
    case 'mac':
      if (right.kind === 'mac') return compareTexts(left.mac, right.mac);
      break;
    case 'prefix':
      if (right.kind === 'prefix')
        return compareAddresses(left.prefix.address, right.prefix.address) || left.prefix.length - right.prefix.length;
      break;
    case 'range':
      if (right.kind === 'range')
        return compareIntervals(left.first, right.first) || compareIntervals(left.last, right.last);
      break;
  }
  return compareTexts(left.kind, right.kind);
}

function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
