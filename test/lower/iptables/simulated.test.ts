/** The iptables rules of every scenario and of random policies, simulated: packets do what the policy means. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emitIptables } from '../../../src/backends/iptables/emit.ts';
import { parseIptablesSave } from '../../../src/backends/iptables/parse.ts';
import { parseEbtablesSave } from '../../../src/backends/iptables/parse-ebtables.ts';
import { type Compiled, compile } from '../../../src/compile.ts';
import { formatFlow } from '../../../src/expectations/evaluate.ts';
import { matrixFlows } from '../../../src/expectations/matrix.ts';
import { disagreement, isComparable } from '../../../src/expectations/simulated/agreement.ts';
import { placesOf } from '../../../src/expectations/simulated/places.ts';
import { SimulatedHost } from '../../../src/expectations/simulated/simulated-host.ts';
import { universeOf } from '../../../src/expectations/universe.ts';
import { emptyLock } from '../../../src/lock/lock.ts';
import { defaultLowerOptions } from '../../../src/lower/context.ts';
import { decide } from '../../../src/policy/decide.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { arbitraryPolicyText } from '../../support/arbitrary-policy.ts';
import { fixturesOf, includeReader } from '../../support/fixtures.ts';

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

function problemsOf(compiled: Compiled, brNetfilter: boolean, most: number): readonly string[] {
  const meaning = compiled.meaningWith({ brNetfilter });
  const value = brNetfilter ? '1' : '0';
  const bridged = { 'net.bridge.bridge-nf-call-iptables': value, 'net.bridge.bridge-nf-call-ip6tables': value };
  const view = { ...compiled.view, sysctls: { ...compiled.view.sysctls, ...bridged } };
  const simulated = new SimulatedHost(placesOf(view, compiled), shipped(compiled));
  const flows = [...matrixFlows(universeOf(meaning.atlas))];
  const step = Math.max(1, Math.floor(flows.length / most));
  const problems: string[] = [];
  for (let index = 0; index < flows.length; index += step) {
    const flow = flows[index];
    const entrance = flow && simulated.entranceOf(flow);
    if (flow === undefined || entrance === undefined) continue;
    const decision = decide(meaning, flow);
    if (!isComparable(meaning.atlas, flow, decision)) continue;
    const problem = disagreement(flow, decision, simulated.first(flow, entrance, { trace: false }));
    if (problem !== undefined) problems.push(`${formatFlow(flow)}: ${problem}`);
  }
  return problems;
}

describe.each([true, false])('br_netfilter: %s', (brNetfilter) => {
  test.each(fixturesOf('valid'))('$name', (fixture) => {
    const [compiled] = compile(fixture.policy, includeReader(fixture), emptyLock, options).compiled;
    if (compiled === undefined) throw new Error('not compiled');
    expect(problemsOf(compiled, brNetfilter, 150)).toEqual([]);
  });

  test('random policies', () => {
    fc.assert(
      fc.property(arbitraryPolicyText, (text) => {
        const { compiled, diagnostics } = compile(
          { name: 'policy.ctfw', text },
          () => ({ error: 'nothing is included' }),
          emptyLock,
          options,
        );
        fc.pre(!diagnostics.some(({ severity }) => severity === 'error'));
        // Wires and bridges that take a NIC's place have machines on them of which a simulated host knows nothing.
        fc.pre(compiled.every(({ model }) => model.networks.every(({ networkKind }) => networkKind === 'bridge')));
        for (const one of compiled) expect(problemsOf(one, brNetfilter, 80)).toEqual([]);
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });
});
