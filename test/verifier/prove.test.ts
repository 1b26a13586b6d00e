/** What is compiled is proved: every scenario and random policies. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../../src/compile.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { prove } from '../../src/verifier/proof/prove.ts';
import { arbitraryPolicyText } from '../support/arbitrary-policy.ts';
import { fixturesOf, includeReader } from '../support/fixtures.ts';
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
