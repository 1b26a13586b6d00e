/** Several hosts with their rules in one simulation: what becomes of packets on their whole way is what the policy means. */
import { expect, test } from 'vitest';
import { emittedRules, ruleTargets } from '../../../src/cli/io/emitted-rules.ts';
import type { Compiled } from '../../../src/compile.ts';
import { formatFlow } from '../../../src/expectations/evaluate.ts';
import { itineraryOf } from '../../../src/expectations/journey.ts';
import { describeDecision } from '../../../src/expectations/simulated/agreement.ts';
import { comparisonsAcross, disagreementOf } from '../../../src/expectations/simulated/agreement-across.ts';
import { SimulatedNetwork } from '../../../src/expectations/simulated/simulated-network.ts';
import { isSpread } from '../../../src/model/on-host.ts';
import { compiledHosts } from '../../support/compiled.ts';
import { fixturesOf } from '../../support/fixtures.ts';

/** At most this many packets of a scenario, spread evenly. */
const most = 3000;

const spread = fixturesOf('valid').filter(
  ({ policy }) =>
    !policy.text.includes('include ') && isSpread(compiledHosts(policy.text)[0]?.policy as Compiled['policy']),
);

for (const { name, policy } of spread)
  for (const target of ruleTargets)
    test.each([true, false])(`${name}, ${target}, br_netfilter %s`, (brNetfilter) => {
      const compiled = compiledHosts(policy.text);
      const members = compiled.map((one) => {
        const meaning = one.meaningWith({ brNetfilter });
        const station = { host: one.host, model: one.model, view: meaning.atlas.view, meaning };
        return { station, rulesets: emittedRules(one, target).rulesets };
      });
      const [first] = compiled;
      if (first === undefined) throw new Error('not compiled');
      const stations = members.map(({ station }) => station);
      const network = new SimulatedNetwork(first.policy, members);
      const comparisons = [...comparisonsAcross(itineraryOf(first.policy, stations), network)];
      const step = Math.max(1, comparisons.length / most);
      const found: string[] = [];
      let tried = 0;
      for (let index = 0; index < comparisons.length; index += step) {
        const one = comparisons[Math.floor(index)];
        if (one === undefined) continue;
        tried++;
        const problem = disagreementOf(one);
        if (problem !== undefined)
          found.push(
            `${one.start?.host.name ?? 'switch'}: ${formatFlow(one.flow)}: meant ${describeDecision(one.decision)}; by the rules ${problem}`,
          );
      }
      expect(found).toEqual([]);
      expect(tried).toBeGreaterThan(20);
    });
