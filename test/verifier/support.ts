/** What tests of the verifier share: rules as they are emitted and read again, and counterexamples in words. */
import { emitJson } from '../../src/backends/nftables/emit-json.ts';
import { parseNftJson } from '../../src/backends/nftables/parse-json.ts';
import type { Compiled } from '../../src/compile.ts';
import type { Ruleset } from '../../src/ruleset/ruleset.ts';
import { type Counterexample, sentText } from '../../src/verifier/proof/counterexample.ts';
import type { Proof } from '../../src/verifier/proof/prove.ts';

/** The rules that ship. */
export function emitted({ ruleset }: Pick<Compiled, 'ruleset'>): Ruleset {
  const { ruleset: read, diagnostics } = parseNftJson(emitJson(ruleset), 'emitted');
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return read;
}

export function told({ obligation, packets, expected, got, confirmed }: Counterexample): string {
  return [
    `${obligation}${confirmed ? '' : ' (not confirmed)'}`,
    ...packets.map(sentText),
    `expected: ${expected}`,
    `got: ${got}`,
  ].join('\n');
}

/** `proved`, or what was found. */
export function resultOf(proof: Proof): string {
  if (proof.kind === 'proved') return 'proved';
  return (proof.kind === 'refuted' ? proof.counterexamples : [proof.counterexample]).map(told).join('\n\n');
}
