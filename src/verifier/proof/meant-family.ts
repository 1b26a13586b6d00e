/** One address family of what is to be proved: the space, what is meant in it, and the packets that the proof speaks of. */

import type { Meaning } from '../../policy/decide.ts';
import type { MeaningSets } from '../../policy/sets/meaning-sets.ts';
import { MeaningDiagrams } from '../meaning/meant.ts';
import type { Behaviour } from '../run/behaviour.ts';
import type { SetId } from '../sets/diagrams.ts';
import type { CutCollector } from '../space/cuts.ts';
import type { Space } from '../space/space.ts';
import { Universe } from './universe.ts';

export class MeantFamily {
  readonly space: Space;
  readonly meaning: Meaning;
  readonly meant: MeaningDiagrams;
  readonly universe: Universe;
  /** First packets from senders who may send them, of networks that are managed. */
  readonly first: SetId;

  constructor(space: Space, meaning: Meaning, sets: MeaningSets) {
    this.space = space;
    this.meaning = meaning;
    this.meant = new MeaningDiagrams(space, meaning, sets);
    this.universe = new Universe(space, meaning, this.meant);
    this.first = space.diagrams.subtract(this.universe.first(), this.universe.unmanaged());
  }
}

/** A question that is asked of the same space as a proof: what it tells apart, and what it asks of each family and of what the rules do there. */
export interface AlsoAsked {
  readonly cut: (cuts: CutCollector) => void;
  readonly ask: (family: MeantFamily, behaviour: Behaviour) => void;
}
