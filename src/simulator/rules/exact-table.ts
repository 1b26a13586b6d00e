/**
 * A hash table of keys of several exact fields, kept in few flat arrays: with thousands of elements a lookup costs as much as the
 * places in memory that it visits. Names are numbered once, so that they are compared and hashed as numbers.
 */
import type { Datum } from '../packet/datum.ts';
import { finishHash, mixDatum } from '../packet/hash.ts';

type Field = number | bigint;

export class ExactTable<T> {
  private readonly width: number;
  private readonly mask: number;
  /** Number of the entry in each slot, from 1; 0: none. */
  private readonly slots: Int32Array;
  private readonly fields: Field[] = [];
  private readonly entries: T[] = [];
  private readonly names = new Map<string, number>();
  /** The key being looked up, its names numbered. */
  private readonly wanted: Field[];

  /** A table for `size` entries at most. */
  constructor(width: number, size: number) {
    this.width = width;
    this.mask = 2 ** Math.ceil(Math.log2(size * 2 + 1)) - 1;
    this.slots = new Int32Array(this.mask + 1);
    this.wanted = Array.from({ length: width }, () => 0);
  }

  /** Adds an entry; the first of a key stays. */
  add(key: readonly Datum[], entry: T): void {
    for (const value of key) {
      if (typeof value === 'string' && !this.names.has(value)) this.names.set(value, this.names.size);
    }
    if (!this.number(key)) return;
    const slot = this.place(key);
    if (this.slots[slot] !== 0) return;
    this.entries.push(entry);
    this.slots[slot] = this.entries.length;
    this.fields.push(...this.wanted);
  }

  find(key: readonly Datum[]): T | undefined {
    if (key.length !== this.width || !this.number(key)) return undefined;
    const number = this.slots[this.place(key)];
    return number === undefined || number === 0 ? undefined : this.entries[number - 1];
  }

  /** Numbers the names of a key; false when one is in no entry. */
  private number(key: readonly Datum[]): boolean {
    for (let index = 0; index < this.width; index++) {
      const value = key[index] ?? 0;
      if (typeof value === 'string') {
        const name = this.names.get(value);
        if (name === undefined) return false;
        this.wanted[index] = -1 - name; // apart from numbers, none of which is negative
      } else this.wanted[index] = value;
    }
    return true;
  }

  /** The slot that holds the wanted key, or the free one where it belongs. */
  private place(key: readonly Datum[]): number {
    let hash = 0;
    for (let index = 0; index < key.length; index++) hash = mixDatum(hash, this.wanted[index] ?? 0);
    let slot = finishHash(hash) & this.mask;
    for (;;) {
      const number = this.slots[slot] ?? 0;
      if (number === 0 || this.holds(number)) return slot;
      slot = (slot + 1) & this.mask;
    }
  }

  private holds(number: number): boolean {
    const start = (number - 1) * this.width;
    for (let index = 0; index < this.width; index++) {
      if (this.fields[start + index] !== this.wanted[index]) return false;
    }
    return true;
  }
}
