/** What a policy means against what its rules do in the simulation: on each of its hosts, and on whole ways through all of them. */
import type { Compiled } from '../../src/compile.ts';
import { formatFlow } from '../../src/expectations/evaluate.ts';
import { itineraryOf } from '../../src/expectations/journey.ts';
import { matrixFlows } from '../../src/expectations/matrix.ts';
import { describeDecision, disagreement, isComparable } from '../../src/expectations/simulated/agreement.ts';
import { type Comparison, comparisonsAcross } from '../../src/expectations/simulated/agreement-across.ts';
import { placesOf } from '../../src/expectations/simulated/places.ts';
import { SimulatedHost } from '../../src/expectations/simulated/simulated-host.ts';
import { SimulatedNetwork } from '../../src/expectations/simulated/simulated-network.ts';
import { universeOf } from '../../src/expectations/universe.ts';
import { isSpread } from '../../src/model/on-host.ts';
import { decide } from '../../src/policy/decide.ts';
import type { Ruleset } from '../../src/ruleset/ruleset.ts';

export interface SimulatedAgreement {
  readonly compared: number;
  readonly problems: readonly string[];
}

/** `rulesOf`: what ships, emitted and read back. At most `most` flows of each host and of the whole are tried, evenly spread. */
export function simulatedAgreement(
  compiled: readonly Compiled[],
  rulesOf: (compiled: Compiled) => readonly Ruleset[],
  brNetfilter: boolean,
  most: number,
): SimulatedAgreement {
  const [first] = compiled;
  if (first === undefined) throw new Error('nothing was compiled');
  const hosts = compiled.map((one) => ({ one, meaning: one.meaningWith({ brNetfilter }), rulesets: rulesOf(one) }));
  const problems: string[] = [];
  let compared = 0;
  const tryAll = (comparisons: readonly Comparison[], on: string): void => {
    const step = Math.max(1, Math.floor(comparisons.length / most));
    for (let index = 0; index < comparisons.length; index += step) {
      const comparison = comparisons[index];
      if (comparison === undefined) continue;
      const { start, flow, decision, simulated } = comparison;
      compared++;
      const problem = disagreement(flow, decision, simulated({ trace: false }));
      if (problem !== undefined)
        problems.push(
          `${start?.host.name ?? on}: ${formatFlow(flow)}: meant ${describeDecision(decision)}; simulated ${problem}`,
        );
    }
  };
  for (const { one, meaning, rulesets } of hosts) {
    const host = new SimulatedHost(placesOf(meaning.atlas.view, one), rulesets);
    const comparisons = [...matrixFlows(universeOf(meaning.atlas))].flatMap((flow): readonly Comparison[] => {
      const decision = decide(meaning, flow);
      const entrance = host.entranceOf(flow);
      if (entrance === undefined || !isComparable(meaning.atlas, flow, decision)) return [];
      return [{ start: undefined, flow, decision, simulated: (options) => host.first(flow, entrance, options) }];
    });
    tryAll(comparisons, `${one.host.name} alone`);
  }
  if (!isSpread(first.policy)) return { compared, problems };
  const members = hosts.map(({ one, meaning, rulesets }) => {
    const station = { host: one.host, model: one.model, view: meaning.atlas.view, meaning };
    return { station, rulesets };
  });
  const itinerary = itineraryOf(
    first.policy,
    members.map(({ station }) => station),
  );
  tryAll([...comparisonsAcross(itinerary, new SimulatedNetwork(first.policy, members))], 'inside a switch');
  return { compared, problems };
}
