/** Every scenario in a real kernel: for every pair of places and the ports that matter, packets do what the policy means. */
import { expect, test } from 'vitest';
import { compile } from '../src/compile.ts';
import { emptyLock } from '../src/lock/lock.ts';
import { fixturesOf, includeReader } from './support/fixtures.ts';
import { kernelAgreement } from './support/kernel-agreement.ts';

const most = 3000;

for (const fixture of fixturesOf('valid')) {
  for (const brNetfilter of [true, false]) {
    test(`${fixture.name}, br_netfilter ${brNetfilter ? 'on' : 'off'}`, async () => {
      const { compiled, diagnostics } = compile(fixture.policy, includeReader(fixture), emptyLock);
      if (compiled.length === 0) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
      const { sent, problems } = await kernelAgreement(compiled, brNetfilter, most);
      console.log(`${fixture.name}, br_netfilter ${brNetfilter ? 'on' : 'off'}: ${sent} probes`);
      expect(problems).toEqual([]);
      expect(sent).toBeGreaterThan(0);
    });
  }
}
