/** Offsets in a string (UTF-16 units) as offsets in its UTF-8 bytes. */

/** A byte offset is remembered for every so many units, so that no question walks the whole text. */
const stride = 1024;

export class Utf8Offsets {
  readonly #text: string;
  /** Byte offsets of the units 0, stride, 2 * stride, ... as far as asked for. */
  readonly #checkpoints: number[] = [0];

  constructor(text: string) {
    this.#text = text;
  }

  /** The byte offset of a unit; offsets behind the end give the length in bytes. */
  byteAt(offset: number): number {
    const unit = Math.min(offset, this.#text.length);
    const wanted = Math.floor(unit / stride);
    for (let index = this.#checkpoints.length; index <= wanted; index++) {
      const before = (this.#checkpoints[index - 1] ?? 0) + this.#bytesBetween((index - 1) * stride, index * stride);
      this.#checkpoints.push(before);
    }
    return (this.#checkpoints[wanted] ?? 0) + this.#bytesBetween(wanted * stride, unit);
  }

  /** The bytes of some units. A character of four bytes counts with its first unit; half a character counts as U+FFFD. */
  #bytesBetween(start: number, end: number): number {
    let bytes = 0;
    for (let index = start; index < end; index++) {
      const code = this.#text.charCodeAt(index);
      if (code < 0x80) bytes += 1;
      else if (code < 0x800) bytes += 2;
      else if (this.#isSecondHalf(index)) bytes += 0;
      else if (isHighSurrogate(code) && isLowSurrogate(this.#text.charCodeAt(index + 1))) bytes += 4;
      else bytes += 3;
    }
    return bytes;
  }

  #isSecondHalf(index: number): boolean {
    return isLowSurrogate(this.#text.charCodeAt(index)) && isHighSurrogate(this.#text.charCodeAt(index - 1));
  }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
