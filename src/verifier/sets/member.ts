/** One member of a set, to be looked for in others: much quicker than comparing the sets, where most do not hold it. */
import { type Diagrams, empty, everything, type SetId } from './diagrams.ts';

export class Member {
  private readonly diagrams: Diagrams;
  /** The levels at which the lowest member has a one; it has zeros elsewhere. */
  private readonly ones = new Set<number>();

  /** The lowest member of a set that is not empty. */
  constructor(diagrams: Diagrams, set: SetId) {
    this.diagrams = diagrams;
    for (let node = set; node > everything; ) {
      const low = diagrams.lowOf(node);
      if (low === empty) this.ones.add(diagrams.levelOf(node));
      node = low === empty ? diagrams.highOf(node) : low;
    }
  }

  isIn(set: SetId): boolean {
    const { diagrams, ones } = this;
    let node = set;
    while (node > everything) node = ones.has(diagrams.levelOf(node)) ? diagrams.highOf(node) : diagrams.lowOf(node);
    return node === everything;
  }

  /** As a text that sorts as members do, over some ascending levels. */
  textOver(levels: readonly number[]): string {
    return levels.map((level) => (this.ones.has(level) ? '1' : '0')).join('');
  }
}

/** Of ascending texts of bits that are the same before a place, the first among `first` to `end` (which is not meant) with a one there. */
export function firstWithOne(texts: readonly string[], place: number, first: number, end: number): number {
  let [low, high] = [first, end];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((texts[middle] as string)[place] === '0') low = middle + 1;
    else high = middle;
  }
  return low;
}
