/**
 * The lowest member of each of many sets, to find which of them lie in another: the members are sorted and a set is walked
 * down beside them once, so that those that are not in it cost nothing one by one.
 */
import { type Diagrams, empty, everything, type SetId } from './diagrams.ts';
import { Member } from './member.ts';

export class Landmarks {
  private readonly diagrams: Diagrams;
  private readonly depth: number;
  private readonly placeOfLevel: ReadonlyMap<number, number>;
  /** The numbers of the sets in the order of their members, and the members as texts of bits. */
  private readonly order: readonly number[];
  private readonly texts: readonly string[];

  /** Sets that are not empty, over some ascending levels. */
  constructor(diagrams: Diagrams, sets: readonly SetId[], levels: readonly number[]) {
    this.diagrams = diagrams;
    this.depth = levels.length;
    this.placeOfLevel = new Map(levels.map((level, place) => [level, place]));
    const members = sets
      .map((set, number) => ({ number, text: new Member(diagrams, set).textOver(levels) }))
      .sort((one, other) => (one.text < other.text ? -1 : one.text > other.text ? 1 : one.number - other.number));
    this.order = members.map(({ number }) => number);
    this.texts = members.map(({ text }) => text);
  }

  /** The numbers of the sets in the order of their lowest members. */
  get ascending(): readonly number[] {
    return this.order;
  }

  /** The numbers of the sets whose lowest member is in a set, in the order of these members. The set is over the same levels. */
  in(set: SetId): readonly number[] {
    const found: number[] = [];
    this.collect(set, 0, 0, this.texts.length, found);
    return found;
  }

  /** Those among `first` to `end` (which is not meant), whose bits before `depth` have led to a part of the set. */
  private collect(set: SetId, depth: number, first: number, end: number, found: number[]): void {
    if (set === empty || first === end) return;
    if (set === everything || depth === this.depth) {
      for (let at = first; at < end; at++) found.push(this.order[at] as number);
      return;
    }
    if (end - first === 1) {
      if (this.isIn(set, this.texts[first] as string)) found.push(this.order[first] as number);
      return;
    }
    const here = this.placeOfLevel.get(this.diagrams.levelOf(set)) === depth;
    let [low, high] = [first, end];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.texts[middle] as string)[depth] === '0') low = middle + 1;
      else high = middle;
    }
    this.collect(here ? this.diagrams.lowOf(set) : set, depth + 1, first, low, found);
    this.collect(here ? this.diagrams.highOf(set) : set, depth + 1, low, end, found);
  }

  private isIn(set: SetId, text: string): boolean {
    const { diagrams, placeOfLevel } = this;
    let node = set;
    while (node > everything) {
      const place = placeOfLevel.get(diagrams.levelOf(node));
      node = place !== undefined && text[place] === '1' ? diagrams.highOf(node) : diagrams.lowOf(node);
    }
    return node === everything;
  }
}
