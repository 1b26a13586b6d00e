/** What changes from one behaviour to another: flows that open, that close, and that are translated in another way. */

import { empty, type SetId } from '../sets/diagrams.ts';
import type { Space } from '../space/space.ts';
import { type Difference, differencesOf, type Fates } from './differences.ts';
import { type ExamplePacket, packetAt, pointOf } from './example.ts';

export interface Changes {
  /** First packets that are delivered after, and were not before. */
  readonly opens: SetId;
  readonly closes: SetId;
  /** Delivered before and after, but to another address or port, or with another source. */
  readonly translatedOtherwise: SetId;
  /** Not delivered before and after, but the sender learns of it in another way. */
  readonly refusedOtherwise: SetId;
  readonly differences: readonly Difference[];
}

/** Both sides are of one space (see `spaceOf`, which takes the rules or policies of both). `packets`: those that are asked about. */
export function compare(space: Space, packets: SetId, before: Fates, after: Fates): Changes {
  const { diagrams } = space;
  const differences = differencesOf(space, packets, before, after);
  const sent = (fates: Fates): SetId =>
    diagrams.intersect(packets, diagrams.uniteAll(fates.delivered.map(({ set }) => asSent(space, set))));
  const [old, now] = [sent(before), sent(after)];
  const changed = (kind: Difference['kind']): SetId =>
    diagrams.uniteAll(
      differences.filter((difference) => difference.kind === kind).map(({ set }) => asSent(space, set)),
    );
  const both = diagrams.intersect(old, now);
  return {
    opens: diagrams.subtract(now, old),
    closes: diagrams.subtract(old, now),
    translatedOtherwise: diagrams.intersect(changed('delivered'), both),
    refusedOtherwise: diagrams.subtract(diagrams.subtract(changed('rejected'), old), now),
    differences,
  };
}

/** A set over first packets, without what they are translated to. */
export function asSent(space: Space, set: SetId): SetId {
  return space.without(set, ['realDestination', 'realPort', 'seenSource']);
}

/** One packet of a set; undefined when there is none. */
export function exampleOf(space: Space, set: SetId): ExamplePacket | undefined {
  return set === empty ? undefined : packetAt(pointOf(space, set));
}
