/** IPv4 prefixes that are in use, with a test for overlap whose cost does not grow with their number. */
import { maskValue, type Prefix } from '../net/prefix.ts';

export interface OccupiedPrefixes {
  readonly add: (prefix: Prefix) => void;
  readonly overlaps: (prefix: Prefix) => boolean;
}

/**
 * Two prefixes overlap only when one holds the other, so it is enough to know each occupied prefix and each of its at most
 * 32 shorter versions. IPv6 prefixes are passed over: subnets are chosen from IPv4 alone.
 */
export function occupiedPrefixes(prefixes: Iterable<Prefix>): OccupiedPrefixes {
  const occupied = new Set<number>();
  const holders = new Set<number>();

  function add(prefix: Prefix): void {
    if (prefix.address.family !== 'ipv4') return;
    occupied.add(key(prefix, prefix.length));
    for (let length = prefix.length; length >= 0; length--) {
      const holder = key(prefix, length);
      if (holders.has(holder)) return;
      holders.add(holder);
    }
  }

  for (const prefix of prefixes) add(prefix);
  return {
    add,
    overlaps(prefix) {
      if (prefix.address.family !== 'ipv4') return false;
      if (holders.has(key(prefix, prefix.length))) return true;
      for (let length = prefix.length; length >= 0; length--) if (occupied.has(key(prefix, length))) return true;
      return false;
    },
  };
}

/** One number for the first `length` bits of a prefix. */
function key(prefix: Prefix, length: number): number {
  return length * 2 ** 32 + Number(prefix.address.value & maskValue('ipv4', length));
}
