/** The first and last number of an interval. */
import type { Family } from '../../net/address.ts';
import { lastAddress } from '../../net/prefix.ts';
import type { Interval } from '../../ruleset/value.ts';

export interface Bounds {
  readonly first: bigint;
  readonly last: bigint;
}

/** The bounds of numbers and addresses; names and link-layer addresses have none. */
export function boundsOf(interval: Interval): Bounds | undefined {
  switch (interval.kind) {
    case 'integer':
      return { first: BigInt(interval.value), last: BigInt(interval.value) };
    case 'address':
      return { first: interval.address.value, last: interval.address.value };
    case 'prefix':
      return { first: interval.prefix.address.value, last: lastAddress(interval.prefix).value };
    case 'range': {
      const first = boundsOf(interval.first)?.first;
      const last = boundsOf(interval.last)?.last;
      return first === undefined || last === undefined ? undefined : { first, last };
    }
    case 'name':
    case 'mac':
      return undefined;
  }
}

/** The family of the addresses in an interval; undefined for numbers. */
export function familyOf(interval: Interval): Family | undefined {
  switch (interval.kind) {
    case 'address':
      return interval.address.family;
    case 'prefix':
      return interval.prefix.address.family;
    case 'range':
      return familyOf(interval.first);
    default:
      return undefined;
  }
}
