/** A lab host is gathered, and its rules, simulated on its own view, still do what the policy means. */
import { expect, test } from 'vitest';
import { emitJson } from '../../../src/backends/nftables/emit-json.ts';
import { compile } from '../../../src/compile.ts';
import { formatFlow } from '../../../src/expectations/evaluate.ts';
import { matrixFlows } from '../../../src/expectations/matrix.ts';
import { disagreement, isComparable } from '../../../src/expectations/simulated/agreement.ts';
import { placesOf } from '../../../src/expectations/simulated/places.ts';
import { SimulatedHost } from '../../../src/expectations/simulated/simulated-host.ts';
import { universeOf } from '../../../src/expectations/universe.ts';
import { gatherHost } from '../../../src/host/gather/gather.ts';
import type { Runner } from '../../../src/host/gather/runner.ts';
import { routingOf } from '../../../src/host-view/routing.ts';
import { labTopology } from '../../../src/lab/build-topology.ts';
import { buildLab } from '../../../src/lab/lab.ts';
import { hostNamespace } from '../../../src/lab/topology.ts';
import { emptyLock } from '../../../src/lock/lock.ts';
import { decide, meaningOf } from '../../../src/policy/decide.ts';
import { fixturesOf, includeReader } from '../../support/fixtures.ts';

const scenarios = ['edge', 'p3-link', 'n9-hairpin'];

test.each(fixturesOf('valid').filter(({ name }) => scenarios.includes(name)))('$name', async (fixture) => {
  const [compiled] = compile(fixture.policy, includeReader(fixture), emptyLock).compiled;
  if (compiled === undefined) throw new Error('not compiled');
  const { model, host, ruleset } = compiled;
  const lab = await buildLab(labTopology(model, host, { brNetfilter: true }));
  try {
    expect(await lab.load({ kind: 'nft-json', text: emitJson(ruleset) })).toEqual({ loaded: true });
    const runner: Runner = async (command, args, { input } = {}) => ({
      kind: 'exited',
      ...(await lab.exec(hostNamespace, [command, ...args], input === undefined ? {} : { input })),
    });
    const { view, rulesets, missing } = await gatherHost({ runner, name: host.name });
    expect(missing).toEqual([]);
    const meaning = meaningOf(model, host, view, routingOf(view));
    const simulated = new SimulatedHost(
      placesOf(view, { model, host }),
      rulesets.map((found) => found.ruleset),
    );
    const problems: string[] = [];
    let tried = 0;
    for (const flow of matrixFlows(universeOf(meaning.atlas))) {
      const decision = decide(meaning, flow);
      const entrance = simulated.entranceOf(flow);
      if (entrance === undefined || !isComparable(meaning.atlas, flow, decision)) continue;
      tried++;
      const problem = disagreement(flow, decision, simulated.first(flow, entrance, { trace: false }));
      if (problem !== undefined) problems.push(`${formatFlow(flow)}: ${problem}`);
    }
    expect(problems).toEqual([]);
    expect(tried).toBeGreaterThan(500);
  } finally {
    await lab.close();
  }
});
