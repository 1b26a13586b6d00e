/** Locks as text: a header, then one entry a line, sorted, so that merges of two branches are merges of lines. */
import { formatLockedAddress, formatPort, formatSubnet } from './line.ts';
import type { Lock } from './lock.ts';

/** Names the format and its version; the first line of every lock file. */
export const lockHeader = 'ctfw-lock 1';

const note =
  '# Addresses, subnets and ports that were given out. Keep this file with the policy; in a merge keep the lines of both sides.';

/** The text of a lock; the same for locks with the same entries, whatever their order. */
export function formatLock(lock: Lock): string {
  return `${[lockHeader, note, ...entryLines(lock)].join('\n')}\n`;
}

/** Whether two locks have the same entries. */
export function sameLock(left: Lock, right: Lock): boolean {
  const leftLines = entryLines(left);
  const rightLines = entryLines(right);
  return leftLines.length === rightLines.length && leftLines.every((line, index) => line === rightLines[index]);
}

/** All entries as lines, in the order of their text. */
function entryLines(lock: Lock): string[] {
  return [
    ...lock.subnets.map(formatSubnet),
    ...lock.addresses.map(formatLockedAddress),
    ...lock.ports.map(formatPort),
  ].sort();
}
