/** Every scenario, simulated: for every pair of places and the ports that matter, the emitted rules do what the policy means. */
import { expect, test } from 'vitest';
import { type Compiled, compile } from '../../src/compile.ts';
import { formatFlow } from '../../src/expectations/evaluate.ts';
import { matrixFlows } from '../../src/expectations/matrix.ts';
import { describeDecision, disagreement, isComparable } from '../../src/expectations/simulated/agreement.ts';
import { placesOf } from '../../src/expectations/simulated/places.ts';
import { SimulatedHost } from '../../src/expectations/simulated/simulated-host.ts';
import { universeOf } from '../../src/expectations/universe.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { decide } from '../../src/policy/decide.ts';
import { fixturesOf, includeReader } from '../support/fixtures.ts';

/** At most this many packets of a scenario, spread evenly. */
const most = 1500;

/** What differs, in words, and how many packets were tried. */
function differences(compiled: Compiled, brNetfilter: boolean): { tried: number; found: string[] } {
  const meaning = compiled.meaningWith({ brNetfilter });
  const host = new SimulatedHost(placesOf(meaning.atlas.view, compiled), [compiled.ruleset]);
  const flows = [...matrixFlows(universeOf(meaning.atlas))];
  const step = Math.max(1, flows.length / most);
  const found: string[] = [];
  let tried = 0;
  for (let index = 0; index < flows.length; index += step) {
    const flow = flows[Math.floor(index)];
    const entrance = flow && host.entranceOf(flow);
    if (flow === undefined || entrance === undefined) continue;
    const decision = decide(meaning, flow);
    if (!isComparable(meaning.atlas, flow, decision)) continue;
    tried++;
    const problem = disagreement(flow, decision, host.first(flow, entrance, { trace: false }));
    if (problem !== undefined)
      found.push(`${formatFlow(flow)}: meant ${describeDecision(decision)}; by the rules ${problem}`);
  }
  return { tried, found };
}

for (const fixture of fixturesOf('valid')) {
  test.each([true, false])(`${fixture.name}, br_netfilter %s`, (brNetfilter) => {
    const { compiled } = compile(fixture.policy, includeReader(fixture), emptyLock);
    for (const one of compiled) {
      const { tried, found } = differences(one, brNetfilter);
      expect(found).toEqual([]);
      expect(tried).toBeGreaterThan(0);
    }
  });
}
