/**
 * Sets of packets as reduced, ordered, hash-consed binary decision diagrams: equal sets are the same number, so equality is
 * `===`. One store belongs to one question (a proof, a comparison); nothing in it is ever changed or freed, only added.
 */

/** A set in a store. 0 is empty, 1 is everything. */
export type SetId = number;

export const empty: SetId = 0;
export const everything: SetId = 1;

const terminalLevel = 0x7fff_ffff;
/** 0 is what nothing was remembered at. */
const intersecting = 1;
const uniting = 2;
const subtracting = 3;
/** What is remembered of two sets that do not meet. */
const meeting = 4;
/** Operations from here on are projections, one number for each mask. */
const firstProjection = 5;

export class Diagrams {
  /** Four numbers each, so that a node lies on one line of the cache: level, low, high, and one that is not used. */
  private nodes: Int32Array<ArrayBuffer> = new Int32Array(4 << 15);
  private count = 2;
  /** Open addressing: the numbers of nodes by their contents. */
  private table: Int32Array<ArrayBuffer> = new Int32Array(1 << 16);
  /** Remembered results, four numbers each: operation, left, right, result; later ones overwrite earlier ones. */
  private memory: Int32Array<ArrayBuffer> = new Int32Array(4 << 15);
  private readonly masks: Uint8Array[] = [];
  private readonly maskNumbers = new Map<string, number>();

  /** `instead`: a store that nobody asks any more; this one takes its room. */
  constructor(instead?: Diagrams) {
    if (instead !== undefined) {
      this.nodes = instead.nodes;
      this.table = instead.table.fill(0);
      this.memory = instead.memory.fill(0);
      instead.nodes = new Int32Array(0);
    }
    this.nodes[0] = terminalLevel;
    this.nodes[4] = terminalLevel;
  }

  /** How many nodes the store holds. */
  get size(): number {
    return this.count;
  }

  levelOf(set: SetId): number {
    return this.nodes[set << 2] as number;
  }

  lowOf(set: SetId): SetId {
    return this.nodes[(set << 2) + 1] as number;
  }

  highOf(set: SetId): SetId {
    return this.nodes[(set << 2) + 2] as number;
  }

  /** The set of what lies in `low` where the bit at `level` is 0, and in `high` where it is 1. Both must lie below the level. */
  node(level: number, low: SetId, high: SetId): SetId {
    if (low === high) return low;
    const { table, nodes } = this;
    const mask = table.length - 1;
    let place = hash(level, low, high) & mask;
    for (let found = table[place] as number; found !== 0; found = table[place] as number) {
      const start = found << 2;
      if (nodes[start] === level && nodes[start + 1] === low && nodes[start + 2] === high) return found;
      place = (place + 1) & mask;
    }
    const made = this.count++;
    table[place] = made;
    if (made << 2 === nodes.length) this.nodes = grown(nodes, nodes.length * 2);
    const start = made << 2;
    this.nodes[start] = level;
    this.nodes[start + 1] = low;
    this.nodes[start + 2] = high;
    if (this.count * 2 > table.length) this.grow();
    return made;
  }

  intersect(left: SetId, right: SetId): SetId {
    if (left === right) return left;
    if (left === empty || right === empty) return empty;
    if (left === everything) return right;
    if (right === everything) return left;
    return left < right ? this.combine(intersecting, left, right) : this.combine(intersecting, right, left);
  }

  unite(left: SetId, right: SetId): SetId {
    if (left === right || right === empty) return left;
    if (left === empty) return right;
    if (left === everything || right === everything) return everything;
    return left < right ? this.combine(uniting, left, right) : this.combine(uniting, right, left);
  }

  subtract(left: SetId, right: SetId): SetId {
    if (left === right || left === empty || right === everything) return empty;
    return right === empty ? left : this.combine(subtracting, left, right);
  }

  /** Whether two sets have a member in common: quicker than their intersection, for it ends at the first and makes no set. */
  meets(left: SetId, right: SetId): boolean {
    if (left === empty || right === empty) return false;
    if (left === right || left === everything || right === everything) return true;
    return left < right ? this.haveCommon(left, right) : this.haveCommon(right, left);
  }

  complement(set: SetId): SetId {
    return this.subtract(everything, set);
  }

  /** Whether every packet of `inner` lies in `outer`. */
  includes(outer: SetId, inner: SetId): boolean {
    return this.subtract(inner, outer) === empty;
  }

  intersectAll(...sets: readonly SetId[]): SetId {
    let result: SetId = everything;
    for (const set of sets) {
      result = this.intersect(result, set);
      if (result === empty) return empty;
    }
    return result;
  }

  /** The union of many sets, halves first: no set takes part in more than a logarithm of unions. */
  uniteAll(sets: readonly SetId[]): SetId {
    const half = (first: number, last: number): SetId => {
      if (first > last) return empty;
      if (first === last) return sets[first] ?? empty;
      const middle = (first + last) >> 1;
      return this.unite(half(first, middle), half(middle + 1, last));
    };
    return half(0, sets.length - 1);
  }

  /** A mask of levels, for `project`. The same levels are the same mask, so that projections are remembered. */
  mask(levels: Iterable<number>): number {
    const wanted = [...new Set(levels)].sort((left, right) => left - right);
    const key = wanted.join();
    const known = this.maskNumbers.get(key);
    if (known !== undefined) return known;
    const bits = new Uint8Array(wanted.length === 0 ? 1 : Math.max(...wanted) + 1);
    for (const level of wanted) bits[level] = 1;
    this.masks.push(bits);
    this.maskNumbers.set(key, this.masks.length - 1);
    return this.masks.length - 1;
  }

  /** What is left of a set when the levels of the mask are forgotten: packets for which some value of them lies in the set. */
  project(set: SetId, mask: number): SetId {
    const bits = this.masks[mask];
    if (bits === undefined) throw new RangeError('no such mask');
    return this.projectBits(set, firstProjection + mask, bits);
  }

  private projectBits(set: SetId, operation: number, bits: Uint8Array): SetId {
    const { nodes } = this;
    const start = set << 2;
    const level = nodes[start] as number;
    if (level >= bits.length) return set;
    const known = this.recall(operation, set, 0);
    if (known >= 0) return known;
    const low = this.projectBits(nodes[start + 1] as number, operation, bits);
    const high = this.projectBits(nodes[start + 2] as number, operation, bits);
    const result = bits[level] === 1 ? this.unite(low, high) : this.node(level, low, high);
    this.remember(operation, set, 0, result);
    return result;
  }

  private combine(operation: number, left: SetId, right: SetId): SetId {
    const known = this.recall(operation, left, right);
    if (known >= 0) return known;
    const { nodes } = this;
    const leftStart = left << 2;
    const rightStart = right << 2;
    const leftLevel = nodes[leftStart] as number;
    const rightLevel = nodes[rightStart] as number;
    const level = leftLevel < rightLevel ? leftLevel : rightLevel;
    const leftLow = leftLevel === level ? (nodes[leftStart + 1] as number) : left;
    const leftHigh = leftLevel === level ? (nodes[leftStart + 2] as number) : left;
    const rightLow = rightLevel === level ? (nodes[rightStart + 1] as number) : right;
    const rightHigh = rightLevel === level ? (nodes[rightStart + 2] as number) : right;
    let low: SetId;
    let high: SetId;
    switch (operation) {
      case intersecting:
        low = this.intersect(leftLow, rightLow);
        high = this.intersect(leftHigh, rightHigh);
        break;
      case uniting:
        low = this.unite(leftLow, rightLow);
        high = this.unite(leftHigh, rightHigh);
        break;
      default:
        low = this.subtract(leftLow, rightLow);
        high = this.subtract(leftHigh, rightHigh);
        break;
    }
    const result = this.node(level, low, high);
    this.remember(operation, left, right, result);
    return result;
  }

  private haveCommon(left: SetId, right: SetId): boolean {
    if (this.recall(meeting, left, right) >= 0) return false;
    const { nodes } = this;
    const leftStart = left << 2;
    const rightStart = right << 2;
    const leftLevel = nodes[leftStart] as number;
    const rightLevel = nodes[rightStart] as number;
    const level = leftLevel < rightLevel ? leftLevel : rightLevel;
    const leftLow = leftLevel === level ? (nodes[leftStart + 1] as number) : left;
    const leftHigh = leftLevel === level ? (nodes[leftStart + 2] as number) : left;
    const rightLow = rightLevel === level ? (nodes[rightStart + 1] as number) : right;
    const rightHigh = rightLevel === level ? (nodes[rightStart + 2] as number) : right;
    if (this.meets(leftLow, rightLow) || this.meets(leftHigh, rightHigh)) return true;
    this.remember(meeting, left, right, empty);
    return false;
  }

  private recall(operation: number, left: SetId, right: SetId): SetId {
    const { memory } = this;
    const place = (hash(operation, left, right) & ((memory.length >> 2) - 1)) << 2;
    return memory[place] === operation && memory[place + 1] === left && memory[place + 2] === right
      ? (memory[place + 3] as number)
      : -1;
  }

  private remember(operation: number, left: SetId, right: SetId, result: SetId): void {
    const { memory } = this;
    const place = (hash(operation, left, right) & ((memory.length >> 2) - 1)) << 2;
    memory[place] = operation;
    memory[place + 1] = left;
    memory[place + 2] = right;
    memory[place + 3] = result;
  }

  /** More room to find nodes. Results are forgotten: what is asked again is found again. */
  private grow(): void {
    const { nodes, count } = this;
    const table = new Int32Array(this.table.length * (count < manyNodes ? 4 : 2));
    const mask = table.length - 1;
    for (let node = 2; node < count; node++) {
      const start = node << 2;
      let place = hash(nodes[start] as number, nodes[start + 1] as number, nodes[start + 2] as number) & mask;
      while (table[place] !== 0) place = (place + 1) & mask;
      table[place] = node;
    }
    this.table = table;
    const wanted = Math.min(table.length * 2, mostRemembered);
    if (this.memory.length < wanted) this.memory = new Int32Array(wanted);
  }
}

/** From here on the table grows in smaller steps. */
const manyNodes = 1 << 20;
/** Results that fit into a processor's cache: with sixteen times as many a proof is slower. */
const mostRemembered = 4 << 18;

function grown(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const result = new Int32Array(length);
  result.set(array);
  return result;
}

function hash(first: number, second: number, third: number): number {
  let value = Math.imul(first + 1, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b) ^ Math.imul(third, 0xc2b2ae35);
  value ^= value >>> 15;
  value = Math.imul(value, 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}
