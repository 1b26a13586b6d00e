/** Locks as text: a header, then one entry a line, sorted, so that merges of two branches are merges of lines. */
import { formatLockedAddress, formatPort, formatSubnet } from './line.ts';
import type { Lock } from './lock.ts';

/** Names the format and its version; the first line of every lock file. */
export const lockHeader = 'ctfw-lock 1';

const note =
  '# Addresses, subnets and ports that were given out. Keep this file with the policy; in a merge keep the lines of both sides.';

/** The text of a lock; the same for locks with the same entries, whatever their order. */
export function formatLock(lock: Lock): string {
  return `${[lockHeader, note, ...entryLines(lock).sort()].join('\n')}\n`;
}

/** Whether two locks have the same entries. */
export function sameLock(left: Lock, right: Lock): boolean {
  const sizesDiffer = (['subnets', 'addresses', 'ports'] as const).some(
    (kind) => left[kind].length !== right[kind].length,
  );
  if (sizesDiffer) return false;
  const lines = new Set(entryLines(left));
  return entryLines(right).every((line) => lines.has(line));
}

/** All entries as lines. */
function entryLines(lock: Lock): string[] {
  return [...lock.subnets.map(formatSubnet), ...lock.addresses.map(formatLockedAddress), ...lock.ports.map(formatPort)];
}
