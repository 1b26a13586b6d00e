/** What the last proof of a policy that is edited made, for the next one, in a process that goes on. Every proof is whole. */
import { KeptReading } from '../backends/nftables/kept-reading.ts';
import { KeptSpaces } from '../verifier/verifier.ts';

export class KeptProof {
  readonly reading = new KeptReading();
  readonly spaces = new KeptSpaces();
}
