/** Small integer hashes of addresses, numbers and names: cheap keys for maps whose entries are compared in full afterwards. */
import type { Datum } from './datum.ts';

/** Mixes a value into a hash; 32-bit. */
export function mixDatum(hash: number, value: Datum): number {
  if (typeof value === 'number') {
    const low = mixWord(hash, value | 0);
    return value > 0xffff_ffff ? mixWord(low, (value / 0x1_0000_0000) | 0) : low;
  }
  if (typeof value === 'string') {
    let mixed = hash;
    for (let index = 0; index < value.length; index++) mixed = mixWord(mixed, value.charCodeAt(index));
    return mixed;
  }
  const low = Number(BigInt.asUintN(32, value));
  const high = Number(BigInt.asUintN(32, value >> 64n));
  return mixWord(mixWord(hash, low | 0), high | 0);
}

/** Mixes 32 bits into a hash. */
export function mixWord(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x85eb_ca6b);
  return Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35) ^ (mixed >>> 16);
}

/** The final form of a hash: a small non-negative integer. */
export function finishHash(hash: number): number {
  return (hash ^ (hash >>> 15)) & 0x3fff_ffff;
}
