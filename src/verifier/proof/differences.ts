/** Where two behaviours, or a behaviour and a meaning, part: by what becomes of the packets. */
import type { Piece } from '../run/hooks/hook.ts';
import { bindingKey } from '../run/reading/sight.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import type { Space } from '../space/space.ts';

/** What becomes of packets; sets of one space. */
export interface Fates {
  readonly delivered: readonly Piece[];
  readonly rejected: ReadonlyMap<string, SetId>;
}

/** Packets that the left side treats in this way and the right side does not, or the other way round. */
export interface Difference {
  readonly kind: 'delivered' | 'rejected';
  /** Whose packets these are. */
  readonly side: 'left' | 'right';
  readonly set: SetId;
  /** The binding of delivered pieces, or how they are rejected. */
  readonly way: string;
}

/** Every difference among some packets. None: the two treat all of them alike. */
export function differencesOf(space: Space, packets: SetId, left: Fates, right: Fates): readonly Difference[] {
  const { diagrams } = space;
  const differences: Difference[] = [];
  const compare = (kind: Difference['kind'], way: string, one: SetId = empty, other: SetId = empty): void => {
    if (one === other) return;
    // Mostly they are alike, and what is left of one without the other is small.
    const more = diagrams.intersect(diagrams.subtract(one, other), packets);
    const less = diagrams.intersect(diagrams.subtract(other, one), packets);
    if (more !== empty) differences.push({ kind, side: 'left', set: more, way });
    if (less !== empty) differences.push({ kind, side: 'right', set: less, way });
  };
  const leftPieces = piecesByKey(left.delivered);
  const rightPieces = piecesByKey(right.delivered);
  for (const key of new Set([...leftPieces.keys(), ...rightPieces.keys()]))
    compare('delivered', key, leftPieces.get(key), rightPieces.get(key));
  for (const way of new Set([...left.rejected.keys(), ...right.rejected.keys()]))
    compare('rejected', way, left.rejected.get(way), right.rejected.get(way));
  return differences;
}

const piecesByKey = (pieces: readonly Piece[]): ReadonlyMap<string, SetId> =>
  new Map(pieces.map(({ binding, set }) => [bindingKey(binding), set]));
