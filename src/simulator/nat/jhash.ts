/** Jenkins' hash over 32-bit words, as the kernel uses it for address ranges [68, 78] and `jhash` expressions. */

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** The hash of `words` (unsigned 32-bit numbers) with a seed; unsigned. */
export function jhashWords(words: readonly number[], seed: number): number {
  const start = (0xdead_beef + (words.length << 2) + seed) | 0;
  let a = start;
  let b = start;
  let c = start;
  let index = 0;
  let left = words.length;
  const word = (position: number): number => (words[position] ?? 0) | 0;
  while (left > 3) {
    a = (a + word(index)) | 0;
    b = (b + word(index + 1)) | 0;
    c = (c + word(index + 2)) | 0;
    a = ((a - c) | 0) ^ rotate(c, 4);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotate(a, 6);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotate(b, 8);
    b = (b + a) | 0;
    a = ((a - c) | 0) ^ rotate(c, 16);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotate(a, 19);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotate(b, 4);
    b = (b + a) | 0;
    index += 3;
    left -= 3;
  }
  if (left === 0) return c >>> 0;
  if (left > 2) c = (c + word(index + 2)) | 0;
  if (left > 1) b = (b + word(index + 1)) | 0;
  a = (a + word(index)) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return c >>> 0;
}

/** Maps a 32-bit hash evenly onto `0..size-1`. */
export function scale(hash: number, size: number): number {
  return Number((BigInt(hash >>> 0) * BigInt(size >>> 0)) >> 32n);
}

/** A 32-bit word with its bytes reversed: how a little-endian machine reads a number in network order. */
export function swapWord(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | ((value >>> 24) & 0xff)) >>> 0;
}
