/** Random policies in a real kernel, under nftables and both kinds of iptables: it takes their rules, and packets do what the policy means. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../../src/compile.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { defaultLowerOptions } from '../../src/lower/context.ts';
import { arbitraryPolicyOfHosts, arbitraryPolicyText } from '../support/arbitrary-policy.ts';
import { kernelAgreement } from '../support/kernel-agreement.ts';

/** CTFW_SEED repeats a run; each run takes another one otherwise. */
const seed = Number(process.env.CTFW_SEED ?? Date.now() % 1_000_000);
const policies = Number(process.env.CTFW_POLICIES ?? 25);

const runners = ['nftables', 'iptables-nft', 'iptables-legacy'] as const;

/** One host, and two: every topology that can be written. */
const topologies = fc.oneof(
  { weight: 3, arbitrary: arbitraryPolicyText },
  { weight: 1, arbitrary: arbitraryPolicyOfHosts },
);

for (const runner of runners) {
  // Most for the default target.
  const runs = runner === 'nftables' ? policies : Math.ceil(policies / 3);
  test(`packets do what random policies mean, ${runner} (CTFW_SEED=${seed} CTFW_POLICIES=${policies})`, async () => {
    let sent = 0;
    const property = fc.asyncProperty(topologies, fc.boolean(), async (text, brNetfilter) => {
      const { compiled, diagnostics } = compile(
        { name: 'policy.ctfw', text },
        () => ({ error: 'nothing is included' }),
        emptyLock,
        {
          ...defaultLowerOptions,
          target: runner === 'nftables' ? 'nftables' : 'iptables',
        },
      );
      fc.pre(!diagnostics.some(({ severity }) => severity === 'error'));
      const agreement = await kernelAgreement(compiled, brNetfilter, 400, runner);
      sent += agreement.sent;
      expect(agreement.problems).toEqual([]);
    });
    await fc.assert(property, { seed, numRuns: runs, endOnFailure: process.env.CI === 'true' });
    console.log(`random policies, ${runner}: ${sent} probes, seed ${seed}`);
    expect(sent).toBeGreaterThan(runs * 80);
  });
}
