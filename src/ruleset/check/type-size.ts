/** How much room values take in the registers of the kernel, and which types named sets can have. */
import type { DataType } from '../value.ts';

/** Bytes of a value of a type; undefined where the type has no size by its name, so that no set can be declared with it. */
const sizes: Record<DataType, number | undefined> = {
  ipv4_addr: 4,
  ipv6_addr: 16,
  ether_addr: 6,
  ether_type: 2,
  inet_proto: 1,
  inet_service: 2,
  icmp_type: 1,
  icmpv6_type: 1,
  icmp_code: 1,
  icmpv6_code: 1,
  icmpx_code: 1,
  ifname: 16,
  iface_index: 4,
  mark: 4,
  ct_state: 4,
  ct_status: 4,
  ct_dir: 1,
  fib_addrtype: 4,
  pkt_type: 1,
  nf_proto: 1,
  tcp_flag: 1,
  boolean: 1,
  integer: undefined,
};

/** Bytes that a key may have in all (NFT_DATA_VALUE_MAXLEN). */
export const maximumKeySize = 64;

/** Bytes of a key, each part filled up to four; undefined when some type has no size. */
export function keySize(types: readonly DataType[]): number | undefined {
  let total = 0;
  for (const type of types) {
    const size = sizes[type];
    if (size === undefined) return undefined;
    total += Math.ceil(size / 4) * 4;
  }
  return total;
}

/** The largest number of each type. */
const maxima = new Map<DataType, number>(
  Object.entries(sizes).map(([type, size]) => [
    type as DataType,
    size === undefined ? Number.MAX_SAFE_INTEGER : Math.min(2 ** (size * 8) - 1, Number.MAX_SAFE_INTEGER),
  ]),
);

/** The largest number of a type. */
export function maximumInteger(type: DataType): number {
  return maxima.get(type) ?? 0;
}
