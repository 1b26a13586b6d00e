/** What the proof of rules has made, for the proofs of their mutants. */
import { KeptSpaces } from '../../../src/verifier/proof/kept-spaces.ts';
import type { Space } from '../../../src/verifier/space/space.ts';

/** The spaces of the rules themselves; those of mutants that tell more apart are not kept. */
export class SpacesOfRules extends KeptSpaces {
  override keep(space: Space): void {
    const last = this.before(space.family);
    if (last === undefined || last.diagrams === space.diagrams) super.keep(space);
  }
}
