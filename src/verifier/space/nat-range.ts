/**
 * The addresses that NAT to a range may give. The kernel chooses IPv6 addresses word by word (find_best_ips_proto of nf_nat_core.c): up to the first word that
 * is not the range's last one it stays within the words of the ends, and behind it takes any: also what is not in the range.
 */
import type { Interval } from '../../ruleset/value.ts';

const words = [96n, 64n, 32n, 0n] as const;
const word = 0xffff_ffffn;

/** What a constant to translate to stands for; everything but ranges of IPv6 stands for itself. */
export function reachedBy(target: Interval): readonly Interval[] {
  if (target.kind !== 'range' || target.first.kind !== 'address' || target.last.kind !== 'address') return [target];
  const [from, to] = [target.first.address, target.last.address];
  if (from.family === 'ipv4') return [target];
  const reached: Interval[] = [];
  const add = (first: bigint, last: bigint): void => {
    const end = (value: bigint) => ({ kind: 'address', address: { family: 'ipv6', value } }) as const;
    if (first <= last) reached.push({ kind: 'range', first: end(first), last: end(last) });
  };
  let fixed = 0n;
  for (const shift of words) {
    const [low, high] = [(from.value >> shift) & word, (to.value >> shift) & word];
    const rest = (1n << shift) - 1n;
    // Where the first word is above the last one, counting wraps around.
    const parts: readonly (readonly [bigint, bigint])[] =
      low <= high
        ? [[low, high - 1n]]
        : [
            [low, word],
            [0n, high - 1n],
          ];
    for (const [first, last] of parts) add(fixed | (first << shift), fixed | (last << shift) | rest);
    fixed |= high << shift;
  }
  add(fixed, fixed);
  return reached;
}
