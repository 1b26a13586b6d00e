/**
 * The spaces of the last proof, for the next one of a policy that was edited. Where the edit tells no other values apart, the
 * same sets are the same numbers, and what was calculated with them is remembered. Nothing else is kept: every proof is whole.
 */
import type { Family } from '../../net/address.ts';
import type { Space } from '../space/space.ts';

/** A store grows by the sets of every edit and frees none: beyond so many times its first size the next proof begins anew. */
const mostGrowth = 3;

export class KeptSpaces {
  private readonly kept = new Map<Family, { readonly space: Space; readonly firstSize: number }>();

  /** The space that the next one may follow. */
  before(family: Family): Space | undefined {
    const last = this.kept.get(family);
    if (last === undefined || last.space.diagrams.size > mostGrowth * last.firstSize) return undefined;
    return last.space;
  }

  /** When a proof is through with a space. */
  keep(space: Space): void {
    const { family, diagrams } = space;
    const last = this.kept.get(family);
    const firstSize = last?.space.diagrams === diagrams ? last.firstSize : diagrams.size;
    this.kept.set(family, { space, firstSize });
  }
}
