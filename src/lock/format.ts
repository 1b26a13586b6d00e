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
  const kinds = ['subnets', 'addresses', 'ports'] as const;
  if (kinds.some((kind) => left[kind].length !== right[kind].length)) return false;
  // What was kept from a lock are mostly the very entries of it: only the others need be written to compare them.
  const known = new Set<object>(kinds.flatMap<object>((kind) => left[kind]));
  const others = entryLines(without(right, known));
  if (others.length === 0) return true;
  const lines = new Set(entryLines(without(left, new Set<object>(kinds.flatMap<object>((kind) => right[kind])))));
  return others.length === lines.size && others.every((line) => lines.has(line));
}

function without(lock: Lock, known: ReadonlySet<object>): Lock {
  return {
    subnets: lock.subnets.filter((entry) => !known.has(entry)),
    addresses: lock.addresses.filter((entry) => !known.has(entry)),
    ports: lock.ports.filter((entry) => !known.has(entry)),
  };
}

/** All entries as lines. */
function entryLines(lock: Lock): string[] {
  return [...lock.subnets.map(formatSubnet), ...lock.addresses.map(formatLockedAddress), ...lock.ports.map(formatPort)];
}
