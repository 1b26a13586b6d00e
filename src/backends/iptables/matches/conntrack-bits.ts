/** Names of connection states and status flags with the kernel's bits. */

export const stateBits: ReadonlyMap<string, number> = new Map([
  ['INVALID', 1],
  ['NEW', 8],
  ['RELATED', 4],
  ['ESTABLISHED', 2],
  ['UNTRACKED', 64],
]);

/** INVALID and UNTRACKED packets have no conntrack entry. */
export const statesWithoutEntry = 1 | 64;

/** What `--ctstate SNAT` and `--ctstate DNAT` look at: bits of the status. */
export const natStatusBits: ReadonlyMap<string, number> = new Map([
  ['SNAT', 16],
  ['DNAT', 32],
]);

export const statusBits: ReadonlyMap<string, number> = new Map([
  ['EXPECTED', 1],
  ['SEEN_REPLY', 2],
  ['ASSURED', 4],
  ['CONFIRMED', 8],
]);

/** The names of bits in the order of the table; undefined when a bit has no name there. */
export function formatBits(bits: number, names: ReadonlyMap<string, number>): string | undefined {
  const used = [...names].filter(([, bit]) => (bits & bit) !== 0);
  const covered = used.reduce((sum, [, bit]) => sum | bit, 0);
  return covered === bits && used.length > 0 ? used.map(([name]) => name).join(',') : undefined;
}
