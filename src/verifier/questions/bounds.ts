/** What is certain and what is possible where something is not modelled: sets without the choices they rest on. */

import { asSent } from '../proof/compare.ts';
import type { Behaviour } from '../run/behaviour.ts';
import type { SetId } from '../sets/diagrams.ts';
import type { Space } from '../space/space.ts';

export interface Bounds {
  /** Delivered whatever the unmodelled parts do. */
  readonly surely: SetId;
  /** Delivered if they do what it takes. */
  readonly possibly: SetId;
}

export class Choices {
  private readonly space: Space;
  private readonly mask: number;
  private readonly levels: ReadonlyMap<number, string>;

  /** Made after the behaviours: they make the choices. */
  constructor(space: Space) {
    this.space = space;
    this.levels = space.choiceTexts;
    this.mask = space.diagrams.mask(this.levels.keys());
  }

  possibly(set: SetId): SetId {
    return this.space.diagrams.project(set, this.mask);
  }

  surely(set: SetId): SetId {
    const { diagrams } = this.space;
    return diagrams.complement(this.possibly(diagrams.complement(set)));
  }

  /** The texts of the choices that a set depends on. */
  of(set: SetId): readonly string[] {
    const { diagrams } = this.space;
    const found = new Set<string>();
    const seen = new Set<SetId>();
    const visit = (node: SetId): void => {
      if (node < 2 || seen.has(node)) return;
      seen.add(node);
      const text = this.levels.get(diagrams.levelOf(node));
      if (text !== undefined) found.add(text);
      visit(diagrams.lowOf(node));
      visit(diagrams.highOf(node));
    };
    visit(set);
    return [...found];
  }
}

/** What a behaviour delivers of the packets asked about, as sent. */
export function deliveredBy({ space, delivered }: Behaviour, packets: SetId): SetId {
  const { diagrams } = space;
  return diagrams.intersect(packets, diagrams.uniteAll(delivered.map(({ set }) => asSent(space, set))));
}

export function boundsOf(choices: Choices, behaviour: Behaviour, packets: SetId): Bounds {
  const { diagrams } = behaviour.space;
  const sent = deliveredBy(behaviour, packets);
  const unknown = diagrams.intersect(packets, behaviour.unknown);
  return {
    surely: diagrams.intersect(packets, choices.surely(sent)),
    possibly: choices.possibly(diagrams.unite(sent, unknown)),
  };
}
