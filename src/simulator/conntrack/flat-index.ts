/**
 * Entries by a hash of theirs, in flat arrays with open addressing: looking for one that is not there touches one or two lines of
 * memory, however many there are. Several entries may share a hash; which of them is meant is the caller's to compare.
 */

const free = -1;
const removed = -2;
const smallest = 16;

export class FlatIndex<T extends object> {
  /** The hash in each slot: not negative where one is held. */
  private hashes = new Int32Array(smallest).fill(free);
  private held: (T | undefined)[] = new Array<T | undefined>(smallest).fill(undefined);
  private mask = smallest - 1;
  /** Slots that are not free, and those of them that hold something. */
  private taken = 0;
  private count = 0;

  /** Whether the next entry makes the arrays grow. */
  get isFull(): boolean {
    return this.taken * 2 > this.mask;
  }

  /** The first slot that holds an entry of a hash, or -1. */
  first(hash: number): number {
    return this.search(hash, hash & this.mask);
  }

  /** The slot behind `slot` that holds another entry of the same hash, or -1. */
  next(hash: number, slot: number): number {
    return this.search(hash, (slot + 1) & this.mask);
  }

  private search(hash: number, start: number): number {
    const { hashes, mask } = this;
    for (let slot = start; ; slot = (slot + 1) & mask) {
      const there = hashes[slot];
      if (there === hash) return slot;
      if (there === free) return -1;
    }
  }

  at(slot: number): T | undefined {
    return this.held[slot];
  }

  /** Puts another entry in the place of one of the same hash. */
  replace(slot: number, entry: T): void {
    this.held[slot] = entry;
  }

  /** Adds an entry behind all others of its hash. */
  add(hash: number, entry: T): void {
    if (this.isFull) this.resize();
    let slot = hash & this.mask;
    while (this.hashes[slot] !== free) slot = (slot + 1) & this.mask;
    this.hashes[slot] = hash;
    this.held[slot] = entry;
    this.taken++;
    this.count++;
  }

  /** Empties a slot. */
  remove(slot: number): void {
    this.hashes[slot] = removed;
    this.held[slot] = undefined;
    this.count--;
  }

  clear(): void {
    this.allocate(smallest);
  }

  /** All entries; one is told as often as it was added. */
  *entries(): Generator<T> {
    for (const entry of this.held) if (entry !== undefined) yield entry;
  }

  /** A copy that holds `copyOf` each entry. */
  clone(copyOf: (entry: T) => T): FlatIndex<T> {
    const copy = new FlatIndex<T>();
    copy.hashes = this.hashes.slice();
    copy.held = this.held.map((entry) => (entry === undefined ? undefined : copyOf(entry)));
    copy.mask = this.mask;
    copy.taken = this.taken;
    copy.count = this.count;
    return copy;
  }

  private allocate(size: number): void {
    this.hashes = new Int32Array(size).fill(free);
    this.held = new Array<T | undefined>(size).fill(undefined);
    this.mask = size - 1;
    this.taken = 0;
    this.count = 0;
  }

  /** Room for twice as many as there are, without the slots of removed ones. */
  private resize(): void {
    const { hashes, held, mask, count } = this;
    this.allocate(Math.max(smallest, 2 ** Math.ceil(Math.log2((count + 1) * 4))));
    // Entries of one hash stand in their order, from their place on and around the end.
    const start = hashes.indexOf(free);
    for (let step = 1; step <= mask + 1; step++) {
      const slot = (start + step) & mask;
      const entry = held[slot];
      if (entry !== undefined) this.add(hashes[slot] ?? 0, entry);
    }
  }
}
