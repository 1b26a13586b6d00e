/**
 * The lowest member of each of many sets, to find which of them lie in another: the members are sorted and a set is walked
 * down beside them once, so that those that are not in it cost nothing one by one.
 */
import { type Diagrams, empty, everything, type SetId } from './diagrams.ts';
import { firstWithOne, Member } from './member.ts';

export interface PlaceRange {
  readonly first: number;
  readonly last: number;
}

export class Landmarks {
  private readonly diagrams: Diagrams;
  private readonly depth: number;
  private readonly placeOfLevel: ReadonlyMap<number, number>;
  /** The numbers of the sets in the order of their lowest members. */
  readonly order: readonly number[];
  /** These members as texts of bits. */
  readonly texts: readonly string[];

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

  /** The numbers of the sets whose lowest member is in a set, in the order of these members. The set is over the same levels. */
  in(set: SetId): readonly number[] {
    return this.placesIn(set).flatMap(({ first, last }) => this.order.slice(first, last + 1));
  }

  /** The same, as places in this order; neighbours together. */
  placesIn(set: SetId): readonly PlaceRange[] {
    const found: { readonly first: number; last: number }[] = [];
    this.collect(set, 0, 0, this.texts.length, found);
    return found;
  }

  /** Those among `first` to `end` (which is not meant), whose bits before `depth` have led to a part of the set. */
  private collect(
    set: SetId,
    depth: number,
    first: number,
    end: number,
    found: { readonly first: number; last: number }[],
  ): void {
    if (set === empty || first === end) return;
    const alone = end - first === 1;
    if (set === everything || depth === this.depth || alone) {
      if (alone && !this.isIn(set, this.texts[first] as string)) return;
      const before = found.at(-1);
      if (before !== undefined && before.last === first - 1) before.last = end - 1;
      else found.push({ first, last: end - 1 });
      return;
    }
    const here = this.placeOfLevel.get(this.diagrams.levelOf(set)) === depth;
    const middle = firstWithOne(this.texts, depth, first, end);
    this.collect(here ? this.diagrams.lowOf(set) : set, depth + 1, first, middle, found);
    this.collect(here ? this.diagrams.highOf(set) : set, depth + 1, middle, end, found);
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
