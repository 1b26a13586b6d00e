/** The iptables rules of every scenario and of random policies, simulated: packets do what the policy means. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emitIptables } from '../../../src/backends/iptables/emit.ts';
import { parseIptablesSave } from '../../../src/backends/iptables/parse.ts';
import { parseEbtablesSave } from '../../../src/backends/iptables/parse-ebtables.ts';
import { type Compiled, compile } from '../../../src/compile.ts';
import { emptyLock } from '../../../src/lock/lock.ts';
import { defaultLowerOptions } from '../../../src/lower/context.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { arbitraryPolicyOfHosts, arbitraryPolicyText } from '../../support/arbitrary-policy.ts';
import { fixturesOf, includeReader } from '../../support/fixtures.ts';
import { simulatedAgreement } from '../../support/simulated-agreement.ts';

const options = { ...defaultLowerOptions, target: 'iptables' } as const;

/** What ships: the rules as they are written, read again. */
function shipped(compiled: Compiled): readonly Ruleset[] {
  const { v4, v6, bridge, diagnostics } = emitIptables(compiled.ruleset);
  expect(diagnostics).toEqual([]);
  const engine = 'iptables-nft';
  return [
    parseIptablesSave(v4, 'rules.v4', { family: 'ip', engine }).ruleset,
    parseIptablesSave(v6, 'rules.v6', { family: 'ip6', engine }).ruleset,
    parseEbtablesSave(bridge ?? '', 'rules.bridge', { engine }).ruleset,
  ];
}

function problemsOf(compiled: readonly Compiled[], brNetfilter: boolean, most: number): readonly string[] {
  return simulatedAgreement(compiled, shipped, brNetfilter, most).problems;
}

/** One host, and two. */
const policies = fc.oneof(
  { weight: 3, arbitrary: arbitraryPolicyText },
  { weight: 1, arbitrary: arbitraryPolicyOfHosts },
);

describe.each([true, false])('br_netfilter: %s', (brNetfilter) => {
  test.each(fixturesOf('valid'))('$name', (fixture) => {
    const { compiled } = compile(fixture.policy, includeReader(fixture), emptyLock, options);
    expect(problemsOf(compiled, brNetfilter, 150)).toEqual([]);
  });

  test('random policies', () => {
    fc.assert(
      fc.property(policies, (text) => {
        const { compiled, diagnostics } = compile(
          { name: 'policy.ctfw', text },
          () => ({ error: 'nothing is included' }),
          emptyLock,
          options,
        );
        fc.pre(!diagnostics.some(({ severity }) => severity === 'error'));
        expect(problemsOf(compiled, brNetfilter, 80)).toEqual([]);
      }),
      { numRuns: 12, endOnFailure: true },
    );
  }, 240_000);
});
