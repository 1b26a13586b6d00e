/** What becomes of packets, for the outcomes of expectations to be held against: by a policy's meaning, or by rules. */
import type { Meant } from '../meaning/meant.ts';
import { asSent } from '../proof/compare.ts';
import type { Behaviour } from '../run/behaviour.ts';
import type { Piece } from '../run/hooks/hook.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import type { Space } from '../space/space.ts';

/** Sets over first packets; where something is not modelled a packet may be in several of them. */
export interface Outcomes {
  readonly delivered: readonly Piece[];
  /** Delivered, but the source that the receiver sees is not known. */
  readonly sourceUnknown: SetId;
  readonly rejected: SetId;
  /** Everything that is not delivered, or perhaps not. */
  readonly notDelivered: SetId;
  /** Everything that is not rejected, or perhaps not. */
  readonly notRejected: SetId;
}

export function outcomesOfMeaning(space: Space, first: SetId, { delivered, rejected, unsaid }: Meant): Outcomes {
  const { diagrams } = space;
  const arrives = diagrams.unite(sentSet(space, delivered), unsaid);
  const refused = diagrams.uniteAll([...rejected.values()]);
  return {
    delivered,
    sourceUnknown: diagrams.subtract(unsaid, sentSet(space, delivered)),
    rejected: refused,
    notDelivered: diagrams.subtract(first, arrives),
    notRejected: diagrams.subtract(first, refused),
  };
}

/**
 * `behaviour`: of `first`, or of more packets. `open`: packets of which the rules are not to say what becomes of them; there
 * the meaning stands.
 */
export function outcomesOfRules(
  space: Space,
  first: SetId,
  behaviour: Behaviour,
  meant: Outcomes,
  open: SetId,
): Outcomes {
  const { diagrams } = space;
  const asked = (set: SetId): SetId => diagrams.intersect(set, first);
  const pieces = (list: readonly Piece[], part: (set: SetId) => SetId): readonly Piece[] =>
    list.map(({ binding, set }) => ({ binding, set: part(set) })).filter(({ set }) => set !== empty);
  const delivered = pieces(behaviour.delivered, asked);
  const [dropped, unknown] = [asked(behaviour.dropped), asked(behaviour.unknown)];
  const refused = asked(diagrams.uniteAll([...behaviour.rejected.values()]));
  const arrives = sentSet(space, delivered);
  const pick = (ours: SetId, theirs: SetId): SetId =>
    diagrams.unite(diagrams.subtract(ours, open), diagrams.intersect(theirs, open));
  return {
    delivered: [
      ...pieces(delivered, (set) => diagrams.subtract(set, open)),
      ...pieces(meant.delivered, (set) => diagrams.intersect(set, open)),
    ],
    sourceUnknown: diagrams.intersect(meant.sourceUnknown, open),
    rejected: pick(refused, meant.rejected),
    notDelivered: pick(
      diagrams.uniteAll([dropped, unknown, refused, diagrams.subtract(first, arrives)]),
      meant.notDelivered,
    ),
    notRejected: pick(
      diagrams.uniteAll([dropped, unknown, arrives, diagrams.subtract(first, refused)]),
      meant.notRejected,
    ),
  };
}

export function sentSet(space: Space, pieces: readonly Piece[]): SetId {
  return space.diagrams.uniteAll(pieces.map(({ set }) => asSent(space, set)));
}
