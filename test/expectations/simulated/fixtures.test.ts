/** The rules of every scenario for every target, as they are read back, do what the policy means; damaged ones do not. */
import { describe, expect, test } from 'vitest';
import type { Compiled } from '../../../src/compile.ts';
import { formatFlow } from '../../../src/expectations/evaluate.ts';
import { matrixFlows } from '../../../src/expectations/matrix.ts';
import { disagreement, isComparable } from '../../../src/expectations/simulated/agreement.ts';
import { placesOf } from '../../../src/expectations/simulated/places.ts';
import { SimulatedHost } from '../../../src/expectations/simulated/simulated-host.ts';
import { universeOf } from '../../../src/expectations/universe.ts';
import { decide } from '../../../src/policy/decide.ts';
import { emittedRules, ruleTargets } from '../../../src/proving/emitted-rules.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { compiledPolicy } from '../../support/compiled.ts';
import { fixturesOf } from '../../support/fixtures.ts';

/** Every so many flows of the matrix are tried: `ctfw verify` tries all. */
const most = 60;

interface Compared {
  readonly tried: number;
  readonly problems: readonly string[];
}

function compare(compiled: Compiled, rulesets: readonly Ruleset[], brNetfilter: boolean, limit = most): Compared {
  const meaning = compiled.meaningWith({ brNetfilter });
  const host = new SimulatedHost(placesOf(meaning.atlas.view, compiled), rulesets);
  const flows = [...matrixFlows(universeOf(meaning.atlas))];
  const step = Math.max(1, Math.floor(flows.length / limit));
  const problems: string[] = [];
  let tried = 0;
  for (let index = 0; index < flows.length; index += step) {
    const flow = flows[index];
    if (flow === undefined) continue;
    const decision = decide(meaning, flow);
    const entrance = host.entranceOf(flow);
    if (entrance === undefined || !isComparable(meaning.atlas, flow, decision)) continue;
    tried++;
    const problem = disagreement(flow, decision, host.first(flow, entrance, { trace: false }));
    if (problem !== undefined) problems.push(`${formatFlow(flow)}: ${problem}`);
  }
  return { tried, problems };
}

describe.each(fixturesOf('valid').filter(({ policy }) => !policy.text.includes('include ')))('$name', ({ policy }) => {
  const compiled = compiledPolicy(policy.text);
  test.each(ruleTargets)('%s', (target) => {
    const { rulesets } = emittedRules(compiled, target);
    const { tried, problems } = compare(compiled, rulesets, true);
    expect(problems).toEqual([]);
    expect(tried).toBeGreaterThan(0);
  });
});

describe('damage is found', () => {
  const compiled = compiledPolicy(fixturesOf('valid').find(({ name }) => name === 'edge')?.policy.text ?? '');
  const { rulesets } = emittedRules(compiled, 'nft');
  const chains = ['publish', 'masquerading', 'forward', 'network', 'input-outside', 'deny'];

  test.each(chains)('without the rules of chain %s', (name) => {
    const damaged = rulesets.map(({ tables }) => ({
      tables: tables.map((table) => ({
        ...table,
        chains: table.chains.map((chain) => (chain.name === name ? { ...chain, rules: [] } : chain)),
      })),
    }));
    expect(damaged).not.toEqual(rulesets);
    expect(compare(compiled, damaged, true, 2000).problems).not.toEqual([]);
  });
});
