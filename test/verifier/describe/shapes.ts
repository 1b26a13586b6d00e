/** Sets of flows of a policy, drawn as unions of boxes. */
import fc from 'fast-check';
import { proofSpace, proofSubject } from '../../../src/verifier/proof/prove.ts';
import { firstPacketFields } from '../../../src/verifier/proof/universe.ts';
import { rangeSet } from '../../../src/verifier/sets/boxes.ts';
import { everything, type SetId } from '../../../src/verifier/sets/diagrams.ts';
import type { Space } from '../../../src/verifier/space/space.ts';
import { compiledPolicy } from '../../support/compiled.ts';
import { examplePolicy } from '../../support/example-policy.ts';

const { meaning } = compiledPolicy(examplePolicy);

/** The space of the example policy, and a bit of the mark. */
export function exampleSpace(): Space {
  return proofSpace(proofSubject(meaning), 'ipv4', [], { cut: (cuts) => cuts.addMark(1) });
}

/** What arrived with the mark. */
export function marked(space: Space): SetId {
  return space.diagrams.uniteAll([...space.markLevels.values()].map(({ arrival }) => space.bit(arrival)));
}

/** The last belongs to no axis: such sets are told as well, of ICMP errors about connections. */
const fields = ['origin', 'source', 'destination', 'protocol', 'destinationPort', 'errorSource'] as const;

/** For each field where an interval of it begins and how long it is, or nothing: all of it. */
export type Shape = readonly (readonly [first: number, length: number] | undefined)[];
const interval = fc.option(fc.tuple(fc.nat(), fc.nat({ max: 3 })), { nil: undefined });
const seldom = fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, interval);

/** Boxes along the axes, and seldom along another field. */
export const shapes = fc.array(fc.tuple(interval, interval, interval, interval, interval, seldom), {
  minLength: 1,
  maxLength: 7,
});

/** Boxes along the axes alone. */
export const shapesAlongAxes = fc.array(fc.tuple(interval, interval, interval, interval, interval), {
  minLength: 1,
  maxLength: 7,
});

export function setOf(space: Space, list: readonly Shape[]): SetId {
  const { diagrams, places } = space;
  const box = (shape: Shape): SetId =>
    diagrams.intersectAll(
      ...shape.map((one, index) => {
        const field = fields[index];
        if (one === undefined || field === undefined) return everything;
        const { size } = space.partitionOf(field);
        const first = one[0] % size;
        return rangeSet(diagrams, places[field], first, Math.min(size - 1, first + one[1]));
      }),
    );
  const wellFormed = space.wellFormed(firstPacketFields);
  return diagrams.intersect(wellFormed, diagrams.uniteAll(list.map(box)));
}
