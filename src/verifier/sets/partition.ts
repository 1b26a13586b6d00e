/**
 * Values of one kind (addresses, ports, protocols, ...) as classes that nothing tells apart: the values are cut wherever a
 * rule, the policy or the host begins or ends to mean something, and between two cuts every value is treated alike.
 */

import { continued, type Numbering, type Widths, withRoom } from './numbering.ts';

/** Addresses of IPv6 are bigints, everything else is a number. */
export type Value = number | bigint;

/** Classes by number, from `first` to `last`. */
export interface ClassRange {
  readonly first: number;
  readonly last: number;
}

/** Up to here values are looked up in a table with a place for each. */
const smallest = 0xffff;

export class Partition {
  /** The first and the last value of each class, ascending. */
  private readonly starts: readonly Value[];
  private readonly ends: readonly Value[];
  private readonly classOfStart: ReadonlyMap<Value, number>;
  private readonly classOfSmall: Uint16Array | undefined;
  private readonly maximum: Value;
  private readonly ranges = new WeakMap<object, ClassRange | 'none' | 'unknown'>();
  /** Without it the numbers are 0, 1, 2, ... */
  private readonly numbering: Numbering | undefined;
  /** The place among the classes of each number. */
  private readonly places: Int32Array | undefined;

  constructor(starts: readonly Value[], maximum: Value, numbering?: Numbering) {
    this.starts = starts;
    this.ends = starts.map((_, index) => before(starts[index + 1]) ?? maximum);
    this.maximum = maximum;
    const small = typeof maximum === 'number' && maximum <= smallest;
    this.classOfSmall = small ? classesOfSmall(starts as readonly number[], maximum) : undefined;
    this.classOfStart = new Map(small ? [] : starts.map((start, index) => [start, index]));
    this.numbering = numbering;
    this.places = numbering && placesOf(numbering);
  }

  /** How many numbers of classes there are: mostly one a class (see numbering.ts). */
  get size(): number {
    return this.places?.length ?? this.starts.length;
  }

  equals({ starts, maximum }: Partition): boolean {
    return (
      this.maximum === maximum &&
      this.starts.length === starts.length &&
      this.starts.every((start, index) => start === starts[index])
    );
  }

  /** The same classes with room between their numbers. */
  withRoom(): Partition {
    return new Partition(this.starts, this.maximum, withRoom(this.widths()));
  }

  /** The same classes, with the numbers that they have in another partition of the same kind; undefined where that has no room for them. */
  following(other: Partition): Partition | undefined {
    const known = this.starts.map((start) => {
      const place = other.placeOf(start);
      return other.starts[place] === start ? place : -1;
    });
    const before = other.numbering ?? Int32Array.from([...other.starts.keys(), other.starts.length]);
    const numbering = continued(before, known, this.widths());
    return numbering && new Partition(this.starts, this.maximum, numbering);
  }

  private widths(): Widths {
    return this.starts.map((start, place) => widthOf(start, this.ends[place] ?? this.maximum));
  }

  /** Whether every class has one number. */
  get isNumberedOnce(): boolean {
    return this.size === this.starts.length;
  }

  /** Whether a number is the only one of its class, or the first. */
  isFirst(number: number): boolean {
    return this.places === undefined || number === 0 || this.places[number] !== this.places[number - 1];
  }

  /** All numbers of the class that a number belongs to. */
  numbersOf(number: number): ClassRange {
    const place = this.places?.[number] ?? number;
    return { first: this.numberOf(place), last: this.numberOf(place + 1) - 1 };
  }

  /** The class of a value, by its first number. */
  classOf(value: Value): number {
    return this.numberOf(this.placeOf(value));
  }

  /** The last number of the class of a value. */
  lastClassOf(value: Value): number {
    return this.numberOf(this.placeOf(value) + 1) - 1;
  }

  /** The first number of the class at a place. */
  private numberOf(place: number): number {
    return this.numbering === undefined ? place : (this.numbering[place] as number);
  }

  private placeOf(value: Value): number {
    const exact = this.classOfSmall === undefined ? this.classOfStart.get(value) : this.classOfSmall[Number(value)];
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

  /** The classes that something written stands for, made once. */
  rangeOf(written: object, make: () => ClassRange | undefined | 'unknown'): ClassRange | undefined | 'unknown' {
    let range = this.ranges.get(written);
    if (range === undefined) {
      range = make() ?? 'none';
      this.ranges.set(written, range);
    }
    return range === 'none' ? undefined : range;
  }

  /** The lowest value of a class. */
  firstOf(index: number): Value {
    return this.starts[this.places?.[index] ?? index] ?? this.maximum;
  }

  /** The highest value of a class. */
  lastOf(index: number): Value {
    return this.ends[this.places?.[index] ?? index] ?? this.maximum;
  }

  /** The classes from one value to another. Undefined when the cuts do not stand at its ends: then the classes would say more or less than the interval. */
  classesOf(first: Value, last: Value): ClassRange | undefined {
    const low = this.placeOf(first);
    if (this.starts[low] !== first) return undefined;
    const high = first === last ? low : this.placeOf(last);
    return this.ends[high] === last ? { first: this.numberOf(low), last: this.numberOf(high + 1) - 1 } : undefined;
  }
}

/** More values are more than a class gets numbers. */
const mostNumbers = 1024;

function widthOf(first: Value, last: Value): number {
  const more = typeof first === 'bigint' ? BigInt(last) - first : Number(last) - first;
  return more >= mostNumbers ? mostNumbers : Number(more) + 1;
}

function placesOf(numbering: Numbering): Int32Array {
  const places = new Int32Array(numbering.at(-1) ?? 0);
  for (let place = 0; place + 1 < numbering.length; place++) places.fill(place, numbering[place], numbering[place + 1]);
  return places;
}

function before(value: Value | undefined): Value | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'bigint' ? value - 1n : value - 1;
}

function classesOfSmall(starts: readonly number[], maximum: number): Uint16Array {
  const classes = new Uint16Array(maximum + 1);
  for (const [index, start] of starts.entries()) classes.fill(index, start, starts[index + 1] ?? maximum + 1);
  return classes;
}

/** Collects where values are cut. */
export class Cuts {
  private readonly starts: Starts;
  private readonly zero: Value;
  private readonly maximum: Value;

  constructor(maximum: Value) {
    this.maximum = maximum;
    this.zero = typeof maximum === 'bigint' ? 0n : 0;
    this.starts = startsUpTo(maximum);
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
    return new Partition(this.starts.sorted(), this.maximum);
  }
}

/** Values, most of them added many times. */
interface Starts {
  readonly add: (value: Value) => void;
  /** Each once, ascending. */
  readonly sorted: () => readonly Value[];
}

function startsUpTo(maximum: Value): Starts {
  if (typeof maximum === 'bigint') return largeStarts();
  return maximum <= smallest ? smallStarts(maximum) : numberStarts();
}

function smallStarts(maximum: number): Starts {
  const present = new Uint8Array(maximum + 1);
  return {
    add: (value) => {
      present[Number(value)] = 1;
    },
    sorted: () => Array.from(present.keys()).filter((value) => present[value] === 1),
  };
}

/** Numbers beyond 31 bits are slow members of a Set. */
function numberStarts(): Starts {
  const all: number[] = [];
  return {
    add: (value) => void all.push(Number(value)),
    sorted: () => {
      const ascending = Float64Array.from(all).sort();
      return [...ascending.filter((value, index) => index === 0 || value !== ascending[index - 1])];
    },
  };
}

function largeStarts(): Starts {
  const all = new Set<Value>();
  return {
    add: (value) => void all.add(value),
    sorted: () => [...all].sort((left, right) => (left < right ? -1 : left > right ? 1 : 0)),
  };
}
