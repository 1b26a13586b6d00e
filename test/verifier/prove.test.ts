/** What is compiled is proved: every scenario and random policies. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../../src/compile.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { prove } from '../../src/verifier/proof/prove.ts';
import { arbitraryPolicyText } from '../support/arbitrary-policy.ts';
import { fixturesOf, includeReader } from '../support/fixtures.ts';
import { mutationsOf } from './mutations.ts';
import { emitted, resultOf } from './support.ts';

for (const fixture of fixturesOf('valid')) {
  test(`the rules of ${fixture.name} are proved`, () => {
    for (const compiled of compile(fixture.policy, includeReader(fixture), emptyLock).compiled)
      expect(resultOf(prove(compiled.meaning, [emitted(compiled)]))).toBe('proved');
  });
}

const runs = Number(process.env.CTFW_PROVE_RUNS ?? 25);

test('the rules of random policies are proved', () => {
  const property = fc.property(arbitraryPolicyText, (text) => {
    const { compiled, diagnostics } = compile({ name: 'policy.ctfw', text }, () => ({ error: 'nothing' }), emptyLock);
    fc.pre(diagnostics.every(({ severity }) => severity !== 'error'));
    for (const one of compiled) expect(resultOf(prove(one.meaning, [emitted(one)]))).toBe('proved');
  });
  fc.assert(property, { numRuns: runs, endOnFailure: true });
}, 600_000);

// Mutants that were once accepted, or refuted by a packet that nobody confirmed.
for (const [name, kind, where] of [
  ['deny-of-published', 'rule moved to the end', 'inet deny-to-host rule 1'], // reject wins over drop
  ['isolated-network', 'rule moved to the end', 'inet network rule 3'], // not by a packet to its own sender
  ['isolated-network', 'hook changed', 'bridge source-check base'], // a neighbour's frame is not for the bridge
  ['h4-masquerade', 'drop becomes accept', 'inet source-check rule 5'], // ::1 from a wire without br_netfilter is taken in by nobody
] as const) {
  test(`${kind} in ${where} of ${name} is refuted`, () => {
    const fixture = fixturesOf('valid').find((one) => one.name === name);
    if (fixture === undefined) throw new Error(`no fixture ${name}`);
    const proofs = compile(fixture.policy, includeReader(fixture), emptyLock).compiled.flatMap((compiled) =>
      [...mutationsOf([emitted(compiled)])]
        .filter((mutation) => mutation.kind === kind && mutation.where === where)
        .map(({ mutant }) => prove(compiled.meaning, mutant)),
    );
    expect(proofs.map((proof) => proof.kind)).toEqual(['refuted']);
    for (const proof of proofs)
      expect(proof.kind === 'refuted' && proof.counterexamples.every(({ confirmed }) => confirmed)).toBe(true);
  });
}
