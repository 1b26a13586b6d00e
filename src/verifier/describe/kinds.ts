/**
 * The senders, receivers or services that some sets do not tell apart, as numbers: a set along an axis that holds each kind
 * whole or not at all is a set of a few bits.
 */
import { type FieldPlace, type Segment, segmentsSet } from '../sets/boxes.ts';
import { type Diagrams, empty, everything, type SetId } from '../sets/diagrams.ts';
import { Landmarks } from '../sets/landmarks.ts';

export class Kinds {
  /** The values of each kind; numbers go up with the lowest of them. */
  readonly sets: readonly SetId[];
  readonly place: FieldPlace;
  private readonly diagrams: Diagrams;
  private readonly coarse: Diagrams;
  private readonly landmarks: Landmarks;
  private readonly toCoarse = new Map<SetId, SetId>();
  private readonly toFine = new Map<number, SetId>();

  /** Disjoint sets that are not empty, over `levels` of `diagrams`; their numbers stand in `coarse` from `level` on. */
  constructor(
    diagrams: Diagrams,
    levels: readonly number[],
    sets: readonly SetId[],
    { coarse, level }: { readonly coarse: Diagrams; readonly level: number },
  ) {
    this.diagrams = diagrams;
    this.coarse = coarse;
    this.landmarks = new Landmarks(diagrams, sets, levels);
    this.sets = this.landmarks.order.map((index) => sets[index] as SetId);
    this.place = { level, bits: sets.length <= 1 ? 0 : Math.ceil(Math.log2(sets.length)) };
  }

  /** All of them. */
  get all(): SetId {
    return segmentsSet(this.coarse, this.place, [{ first: 0, last: this.sets.length - 1, set: everything }]);
  }

  /** The lowest value of each, ascending, as texts of bits. */
  get texts(): readonly string[] {
    return this.landmarks.texts;
  }

  /** The numbers of the kinds that a set holds. */
  coarseOf(set: SetId): SetId {
    let coarse = this.toCoarse.get(set);
    if (coarse === undefined) {
      const segments = this.landmarks.placesIn(set).map((range): Segment => ({ ...range, set: everything }));
      coarse = segmentsSet(this.coarse, this.place, segments);
      this.toCoarse.set(set, coarse);
    }
    return coarse;
  }

  /** The values of some kinds. */
  fineOf(numbers: SetId): SetId {
    return this.union(numbers, 0, 0);
  }

  /** The values of those whose numbers, but for their first bits, which made `start`, are in a set. */
  private union(numbers: SetId, bit: number, start: number): SetId {
    const { bits, level } = this.place;
    if (numbers === empty || start >= this.sets.length) return empty;
    if (bit === bits) return this.sets[start] as SetId;
    // a kind and how many of its bits have led here are less than 2^20
    const key = numbers * 2 ** 20 + bit * 2 ** 15 + start;
    let set = this.toFine.get(key);
    if (set === undefined) {
      const here = this.coarse.levelOf(numbers) === level + bit;
      const half = 2 ** (bits - bit - 1);
      set = this.diagrams.unite(
        this.union(here ? this.coarse.lowOf(numbers) : numbers, bit + 1, start),
        this.union(here ? this.coarse.highOf(numbers) : numbers, bit + 1, start + half),
      );
      this.toFine.set(key, set);
    }
    return set;
  }
}
