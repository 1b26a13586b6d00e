/** The packets for which the outcome of an expectation does not hold, and those that it speaks of. */
import type { Meaning } from '../../policy/decide.ts';
import type { Piece } from '../run/hooks/hook.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import type { AddressField, Space } from '../space/space.ts';
import { type Outcomes, sentSet } from './outcomes.ts';

type Outcome = Meaning['atlas']['model']['expectations'][number]['outcome'];

export interface Asked {
  readonly space: Space;
  /** Everything from the left side to the right. */
  readonly packets: SetId;
  /** Those that the sender's own routing sends this way: what must pass has to pass for them. */
  readonly natural: SetId;
  readonly outcomes: Outcomes;
  /** Addresses that are neither the host's nor in a declared network. */
  readonly outside: (field: AddressField) => SetId;
}

export interface Violations {
  /** Packets that the outcome speaks of. */
  readonly spokenOf: SetId;
  /** It does not hold, whatever is not modelled. */
  readonly certain: SetId;
  /** It does not hold, or rests on something that is not modelled. */
  readonly possible: SetId;
}

export function violationsOf(outcome: Outcome, asked: Asked): Violations {
  const { space, packets, natural, outcomes } = asked;
  const { diagrams } = space;
  const { delivered, sourceUnknown, notDelivered, rejected, notRejected } = outcomes;
  const arrives = diagrams.unite(sentSet(space, delivered), sourceUnknown);
  const besides = diagrams.subtract(packets, natural);
  switch (outcome.kind) {
    case 'allowed':
      return {
        spokenOf: natural,
        certain: diagrams.subtract(natural, arrives),
        possible: diagrams.intersect(natural, notDelivered),
      };
    case 'blocked':
      return {
        spokenOf: packets,
        certain: diagrams.subtract(diagrams.intersect(packets, arrives), notDelivered),
        possible: diagrams.intersect(packets, arrives),
      };
    case 'rejected':
      return {
        spokenOf: diagrams.unite(natural, diagrams.intersect(besides, arrives)),
        certain: diagrams.unite(
          diagrams.subtract(natural, rejected),
          diagrams.subtract(diagrams.intersect(besides, arrives), notDelivered),
        ),
        possible: diagrams.unite(diagrams.intersect(natural, notRejected), diagrams.intersect(besides, arrives)),
      };
    case 'reaches': {
      const there = sentSet(
        space,
        delivered.map((piece) => within(space, piece, reached(space, outcome, piece))),
      );
      const elsewhere = sentSet(
        space,
        delivered.map((piece) => within(space, piece, diagrams.complement(reached(space, outcome, piece)))),
      );
      const missed = diagrams.unite(notDelivered, elsewhere);
      return {
        spokenOf: natural,
        certain: diagrams.subtract(natural, there),
        possible: diagrams.intersect(natural, diagrams.unite(missed, diagrams.subtract(natural, there))),
      };
    }
    case 'leaves-as': {
      const leaving = delivered.map((piece) => within(space, piece, asked.outside(piece.binding.destination)));
      const unknown = diagrams.intersect(sourceUnknown, asked.outside('destination'));
      const other = leaving.map((piece) =>
        within(space, piece, diagrams.complement(space.address(piece.binding.source, outcome.address))),
      );
      const wrong = diagrams.intersect(natural, diagrams.unite(sentSet(space, other), unknown));
      return {
        spokenOf: diagrams.intersect(natural, diagrams.unite(sentSet(space, leaving), unknown)),
        certain: diagrams.subtract(wrong, notDelivered),
        possible: wrong,
      };
    }
  }
}

const within = (space: Space, { binding, set }: Piece, part: SetId): Piece => ({
  binding,
  set: space.diagrams.intersect(set, part),
});

/** Delivered to an address of the container, by the protocol and to a port that the outcome names. */
function reached(space: Space, outcome: Extract<Outcome, { kind: 'reaches' }>, { binding }: Piece): SetId {
  const { diagrams, family } = space;
  const receiver = diagrams.uniteAll(
    outcome.container.endpoints.map(({ addresses }) => {
      const own = addresses[family];
      return own === undefined ? empty : space.address(binding.destination, own);
    }),
  );
  const { service } = outcome;
  if (service === undefined) return receiver;
  return diagrams.intersectAll(
    receiver,
    space.equal('protocol', service.protocol),
    space.between(binding.port, service.ports.first, service.ports.last),
  );
}
