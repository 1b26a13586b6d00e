/** A proof that follows another one says what it says alone: of edited policies, and of rules that something was changed in. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Compiled, compile } from '../../src/compile.ts';
import { universalExpectations } from '../../src/expectations/universal/universal.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { KeptProof } from '../../src/proving/kept-proof.ts';
import { proofOf } from '../../src/proving/proof.ts';
import type { Ruleset } from '../../src/ruleset/ruleset.ts';
import { proveExpecting } from '../../src/verifier/expected/expected.ts';
import { KeptSpaces } from '../../src/verifier/proof/kept-spaces.ts';
import { arbitraryPolicyText } from '../support/arbitrary-policy.ts';
import { examplePolicy } from '../support/example-policy.ts';
import { mutationsOf } from './mutation/mutations.ts';
import { emitted } from './support.ts';

const runs = Number(process.env.CTFW_KEPT_RUNS ?? 8);

/** What is compiled of a text, and of the text without one of its lines. */
function versions(text: string, without: readonly number[]): readonly Compiled[] {
  const lines = text.split('\n');
  const texts = [text, ...without.map((line) => lines.toSpliced(line % lines.length, 1).join('\n')), text];
  return texts.flatMap((version) => {
    const { judged } = compile({ name: 'policy.ctfw', text: version }, () => ({ error: 'nothing' }), emptyLock);
    return judged.slice(0, 1);
  });
}

function judged(compiled: Compiled, rules: Ruleset, kept?: KeptSpaces) {
  const { proof, expected } = proveExpecting(compiled.meaning, [rules], 'meaning', { kept });
  return { proof, expectations: universalExpectations(compiled.meaning, undefined, expected) };
}

test('of random policies, and of changed rules of theirs', () => {
  let continued = 0;
  const property = fc.property(
    arbitraryPolicyText,
    fc.array(fc.nat(), { maxLength: 4 }),
    fc.array(fc.nat(), { maxLength: 3 }),
    (text, without, places) => {
      const kept = new KeptSpaces();
      const keptProof = new KeptProof();
      for (const compiled of versions(text, without)) {
        expect(proofOf(compiled, 'nft', keptProof)).toEqual(proofOf(compiled, 'nft'));
        const rules = emitted(compiled);
        const mutants = [...mutationsOf([rules])];
        const changed = places.flatMap((place) => mutants[place % mutants.length]?.mutant ?? []);
        for (const one of [rules, ...changed]) {
          const before = kept.before('ipv4')?.diagrams;
          expect(judged(compiled, one, kept)).toEqual(judged(compiled, one));
          if (before !== undefined && kept.before('ipv4')?.diagrams === before) continued++;
        }
      }
    },
  );
  fc.assert(property, { numRuns: runs, endOnFailure: true });
  expect(continued).toBeGreaterThan(0);
}, 600_000);

test('an edit goes on with what was made while there is room for what it tells apart; one with a new interface begins anew', () => {
  const kept = new KeptSpaces();
  const text = `${examplePolicy}deny web -> db 5432/tcp\n`;
  const store = (version: string) => {
    const [compiled] = compile({ name: 'policy.ctfw', text: version }, () => ({ error: 'nothing' }), emptyLock).judged;
    if (compiled === undefined) throw new Error('the policy does not compile');
    judged(compiled, emitted(compiled), kept);
    return kept.before('ipv6')?.diagrams;
  };
  const first = store(text);
  expect(first).toBeDefined();
  expect(store(`${text}allow db -> web 5432/tcp\n`)).toBe(first);
  expect(store(`${text}allow db -> web 5433/tcp\n`)).toBe(first);
  expect(store(`${text}allow db -> web 5434/tcp\n`)).toBe(first);
  expect(store(`${text}network other { subnet 10.99.0.0/24 }\n`)).not.toBe(first);
});
