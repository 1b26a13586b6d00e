/**
 * A hash table of keys of several exact fields, kept in few flat arrays: with thousands of elements a lookup costs as much as the
 * places in memory that it visits. Names and IPv6 addresses are numbered once, so that all fields are hashed and compared as numbers.
 */
import type { Datum } from '../packet/datum.ts';
import { finishHash, mixWord } from '../packet/hash.ts';

export class ExactTable<T> {
  private readonly width: number;
  private readonly mask: number;
  /** Number of the entry in each slot, from 1; 0: none. */
  private readonly slots: Int32Array;
  /** The fields of all entries, one entry after the other. */
  private readonly fields: Float64Array;
  private readonly entries: T[] = [];
  private readonly numbers = new Map<string | bigint, number>();
  /** The key being looked up, as numbers. */
  private readonly wanted: Float64Array;

  /** A table for `size` entries at most. */
  constructor(width: number, size: number) {
    this.width = width;
    this.mask = 2 ** Math.ceil(Math.log2(size * 2 + 1)) - 1;
    this.slots = new Int32Array(this.mask + 1);
    this.fields = new Float64Array(width * size);
    this.wanted = new Float64Array(width);
  }

  /** Adds an entry; the first of a key stays. */
  add(key: readonly Datum[], entry: T): void {
    for (const value of key) {
      if (typeof value !== 'number' && !this.numbers.has(value)) this.numbers.set(value, -1 - this.numbers.size);
    }
    if (!this.want(key)) return;
    const slot = this.place();
    if (this.slots[slot] !== 0) return;
    this.fields.set(this.wanted, this.entries.length * this.width);
    this.entries.push(entry);
    this.slots[slot] = this.entries.length;
  }

  find(key: readonly Datum[]): T | undefined {
    if (key.length !== this.width || !this.want(key)) return undefined;
    const number = this.slots[this.place()];
    return number === undefined || number === 0 ? undefined : this.entries[number - 1];
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
    const { wanted, width, slots, mask } = this;
    let hash = 0;
    for (let index = 0; index < width; index++) hash = mixWord(hash, (wanted[index] ?? 0) | 0);
    let slot = finishHash(hash) & mask;
    for (;;) {
      const number = slots[slot] ?? 0;
      if (number === 0 || this.holds(number)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private holds(number: number): boolean {
    const { fields, wanted, width } = this;
    const start = (number - 1) * width;
    for (let index = 0; index < width; index++) {
      if (fields[start + index] !== wanted[index]) return false;
    }
    return true;
  }
}
