/**
 * A hash table of keys of several exact fields, kept in flat arrays: with thousands of elements a lookup costs as much as the places
 * in memory that it visits, here one for the key and one for what it leads to. Names and IPv6 addresses are numbered once, so that
 * all fields are hashed and compared as numbers.
 */
import type { Datum } from '../packet/datum.ts';
import { finishHash, mixWord } from '../packet/hash.ts';

export class ExactTable<T> {
  private readonly width: number;
  private readonly mask: number;
  /** The fields of the key in each slot; not a number where there is none. */
  private readonly fields: Float64Array;
  private readonly entries: (T | undefined)[];
  private readonly numbers = new Map<string | bigint, number>();
  /** The key being looked up, as numbers. */
  private readonly wanted: Float64Array;

  /** A table for `size` entries at most. */
  constructor(width: number, size: number) {
    this.width = width;
    const slots = 2 ** Math.ceil(Math.log2(size * 2 + 1));
    this.mask = slots - 1;
    this.fields = new Float64Array(slots * width).fill(Number.NaN);
    this.entries = new Array<T | undefined>(slots).fill(undefined);
    this.wanted = new Float64Array(width);
  }

  /** Adds an entry; the first of a key stays. */
  add(key: readonly Datum[], entry: T): void {
    for (const value of key) {
      if (typeof value !== 'number' && !this.numbers.has(value)) this.numbers.set(value, -1 - this.numbers.size);
    }
    if (!this.want(key)) return;
    const slot = this.place();
    if (this.entries[slot] !== undefined) return;
    this.fields.set(this.wanted, slot * this.width);
    this.entries[slot] = entry;
  }

  find(key: readonly Datum[]): T | undefined {
    return key.length === this.width && this.want(key) ? this.entries[this.place()] : undefined;
  }

  /** Notes the numbers of a key; false when one of its values is in no entry. Numbers of other values are negative, real ones are not. */
  private want(key: readonly Datum[]): boolean {
    const { wanted, width } = this;
    for (let index = 0; index < width; index++) {
      const value = key[index] ?? 0;
      if (typeof value === 'number') wanted[index] = value;
      else {
        const number = this.numbers.get(value);
        if (number === undefined) return false;
        wanted[index] = number;
      }
    }
    return true;
  }

  /** The slot that holds the wanted key, or the free one where it belongs. */
  private place(): number {
    const { wanted, width, fields, mask } = this;
    let hash = 0;
    for (let index = 0; index < width; index++) hash = mixWord(hash, (wanted[index] ?? 0) | 0);
    for (let slot = finishHash(hash) & mask; ; slot = (slot + 1) & mask) {
      const start = slot * width;
      if (Number.isNaN(fields[start]) || this.holds(start)) return slot;
    }
  }

  private holds(start: number): boolean {
    const { fields, wanted, width } = this;
    for (let index = 0; index < width; index++) {
      if (fields[start + index] !== wanted[index]) return false;
    }
    return true;
  }
}
