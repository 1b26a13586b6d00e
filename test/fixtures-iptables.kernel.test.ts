/** Every scenario under iptables, both of its implementations: packets do what the policy means, as with nftables. */
import { expect, test } from 'vitest';
import { compile } from '../src/compile.ts';
import { emptyLock } from '../src/lock/lock.ts';
import { defaultLowerOptions } from '../src/lower/context.ts';
import { fixturesOf, includeReader } from './support/fixtures.ts';
import { kernelAgreement } from './support/kernel-agreement.ts';

/** nftables gets the whole matrix (fixtures.kernel.test.ts); CTFW_PROBES sends more here too. */
const most = Number(process.env.CTFW_PROBES ?? 250);

for (const fixture of fixturesOf('valid')) {
  for (const runner of ['iptables-nft', 'iptables-legacy'] as const) {
    for (const brNetfilter of [true, false]) {
      test(`${fixture.name}, ${runner}, br_netfilter ${brNetfilter ? 'on' : 'off'}`, async () => {
        const { compiled, diagnostics } = compile(fixture.policy, includeReader(fixture), emptyLock, {
          ...defaultLowerOptions,
          target: 'iptables',
        });
        if (compiled.length === 0) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
        const { sent, problems } = await kernelAgreement(compiled, brNetfilter, most, runner);
        expect(problems).toEqual([]);
        expect(sent).toBeGreaterThan(0);
      });
    }
  }
}
