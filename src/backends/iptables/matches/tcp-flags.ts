/** TCP flags by name, as bits of the flags byte. */

const bits: readonly (readonly [string, number])[] = [
  ['FIN', 0x01],
  ['SYN', 0x02],
  ['RST', 0x04],
  ['PSH', 0x08],
  ['ACK', 0x10],
  ['URG', 0x20],
];

const bitsByName = new Map<string, number>([...bits, ['ALL', 0x3f], ['NONE', 0]]);

/** `--syn`: SYN without RST, ACK and FIN [145]. */
export const synFlags = { mask: 'FIN,SYN,RST,ACK', set: 'SYN' } as const;

/** `SYN,ACK`, `ALL` or `NONE` as bits; undefined for any other word. */
export function parseTcpFlags(text: string): number | undefined {
  let result = 0;
  for (const name of text.split(',')) {
    const bit = bitsByName.get(name.toUpperCase());
    if (bit === undefined) return undefined;
    result |= bit;
  }
  return result;
}

/** The inverse of {@link parseTcpFlags}; undefined for bits that iptables cannot name (ECE, CWR). */
export function formatTcpFlags(value: number): string | undefined {
  if ((value & ~0x3f) !== 0) return undefined;
  const names = bits.filter(([, bit]) => (value & bit) !== 0).map(([name]) => name);
  return names.length === 0 ? 'NONE' : names.join(',');
}
