/**
 * Values of one kind (addresses, ports, protocols, ...) as classes that nothing tells apart: the values are cut wherever a
 * rule, the policy or the host begins or ends to mean something, and between two cuts every value is treated alike.
 */

/** Addresses of IPv6 are bigints, everything else is a number. */
export type Value = number | bigint;

/** Classes by number, from `first` to `last`. */
export interface ClassRange {
  readonly first: number;
  readonly last: number;
}

export class Partition {
  /** The first value of each class, ascending. */
  private readonly starts: readonly Value[];
  private readonly classOfStart: ReadonlyMap<Value, number>;
  private readonly maximum: Value;

  constructor(starts: readonly Value[], maximum: Value) {
    this.starts = starts;
    this.maximum = maximum;
    this.classOfStart = new Map(starts.map((start, index) => [start, index]));
  }

  /** How many classes there are. */
  get size(): number {
    return this.starts.length;
  }

  /** The class of a value. */
  classOf(value: Value): number {
    const exact = this.classOfStart.get(value);
    if (exact !== undefined) return exact;
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] as Value) <= value) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The lowest value of a class. */
  firstOf(index: number): Value {
    return this.starts[index] ?? this.maximum;
  }

  /** The highest value of a class. */
  lastOf(index: number): Value {
    const next = this.starts[index + 1];
    if (next === undefined) return this.maximum;
    return typeof next === 'bigint' ? next - 1n : next - 1;
  }

  /** The classes from one value to another. Undefined when the cuts do not stand at its ends: then the classes would say more or less than the interval. */
  classesOf(first: Value, last: Value): ClassRange | undefined {
    const range = { first: this.classOf(first), last: this.classOf(last) };
    return this.firstOf(range.first) === first && this.lastOf(range.last) === last ? range : undefined;
  }
}

/** Collects where values are cut. */
export class Cuts {
  private readonly starts = new Set<Value>();
  private readonly zero: Value;
  private readonly maximum: Value;

  constructor(maximum: Value) {
    this.maximum = maximum;
    this.zero = typeof maximum === 'bigint' ? 0n : 0;
    this.starts.add(this.zero);
  }

  /** Everything from `first` to `last` may be told apart from the rest. */
  add(first: Value, last: Value): void {
    if (first > last || last > this.maximum || first < this.zero) return;
    this.starts.add(first);
    if (last < this.maximum) this.starts.add(typeof last === 'bigint' ? last + 1n : last + 1);
  }

  /** Every value stands alone. Only for kinds with few values. */
  addEach(): void {
    if (typeof this.maximum === 'number') for (let value = 0; value <= this.maximum; value++) this.starts.add(value);
  }

  partition(): Partition {
    return new Partition(
      [...this.starts].sort((left, right) => (left < right ? -1 : left > right ? 1 : 0)),
      this.maximum,
    );
  }
}
