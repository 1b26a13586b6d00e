/** Many sets, and what each of them has for itself: halves are united first, so that no set takes part in more than a logarithm of unions. */
import { type Diagrams, empty, type SetId } from './diagrams.ts';

interface Half {
  /** What any of the sets holds. */
  readonly any: SetId;
  /** What more than one of them holds. */
  readonly several: SetId;
  readonly first: number;
  readonly last: number;
  readonly halves: readonly [Half, Half] | undefined;
}

export class Shares {
  private readonly diagrams: Diagrams;
  private readonly all: Half | undefined;

  constructor(diagrams: Diagrams, sets: readonly SetId[]) {
    this.diagrams = diagrams;
    this.all = sets.length === 0 ? undefined : halfOf(diagrams, sets, 0, sets.length - 1);
  }

  /** What more than one of the sets holds. */
  get several(): SetId {
    return this.all?.several ?? empty;
  }

  /** The numbers of those that have a member in common with a set, in their order. */
  *meeting(set: SetId): Generator<number> {
    const pending = this.all === undefined ? [] : [this.all];
    for (let half = pending.pop(); half !== undefined; half = pending.pop()) {
      if (!this.diagrams.meets(half.any, set)) continue;
      if (half.halves === undefined) yield half.first;
      else pending.push(half.halves[1], half.halves[0]);
    }
  }
}

function halfOf(diagrams: Diagrams, sets: readonly SetId[], first: number, last: number): Half {
  if (first === last) return { any: sets[first] ?? empty, several: empty, first, last, halves: undefined };
  const middle = (first + last) >> 1;
  const [left, right] = [halfOf(diagrams, sets, first, middle), halfOf(diagrams, sets, middle + 1, last)];
  const both = diagrams.intersect(left.any, right.any);
  return {
    any: diagrams.unite(left.any, right.any),
    several: diagrams.unite(diagrams.unite(left.several, right.several), both),
    first,
    last,
    halves: [left, right],
  };
}
