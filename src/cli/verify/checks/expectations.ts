/** Every `expect` of the policy, by the meaning of the policy and by each set of rules. */

import { evaluateAcross } from '../../../expectations/across.ts';
import { type ExpectationResult, formatFlow } from '../../../expectations/evaluate.ts';
import { itineraryOf } from '../../../expectations/journey.ts';
import { containerAt, placesOf } from '../../../expectations/simulated/places.ts';
import { SimulatedHost } from '../../../expectations/simulated/simulated-host.ts';
import { type Member, SimulatedNetwork } from '../../../expectations/simulated/simulated-network.ts';
import { travellerByRules } from '../../../expectations/simulated/traveller.ts';
import { universalExpectations } from '../../../expectations/universal/universal.ts';
import { isSpread } from '../../../model/on-host.ts';
import { positionAt, type Span } from '../../../source/span.ts';
import { ruleTextsOf, ruleTextsOfHosts } from '../../trace/rule-texts.ts';
import type { Check, Circumstance, Subject } from '../check.ts';
import { chainOrderOf, type JudgedRules } from '../judged-rules.ts';
import { membersOf } from '../members.ts';
import type { Result } from '../result.ts';

export const expectationsCheck: Check = {
  rule: 'expectation',
  title: 'An expectation of the policy does not hold',
  explanation:
    'An `expect` statement says what must hold for every packet from its left side to its right side. It is judged by the ' +
    'meaning of the policy and by the rules that would be loaded, emitted and read back, for all of them at once. The message ' +
    'names a packet for which it does not hold, confirmed in the simulation, and its way through the rules. Where the proof does ' +
    'not judge a network, packets of every class that the policy treats alike are simulated, and the message says so.',
  needsKernel: false,
  run: async (subject) => {
    if (subject.compiled.policy.expectations.length === 0) return [];
    if (isSpread(subject.compiled.policy)) return subject.speaksForPolicy ? acrossHosts(subject) : [];
    return [...byMeaning(subject), ...subject.rules.flatMap((rules) => byRules(subject, rules))];
  },
};

function byMeaning({ compiled }: Subject): readonly Result[] {
  return universalExpectations(compiled.meaning).map((result) => ({
    ...question(result, compiled.host.name, 'policy'),
    ...answer(result, 'the policy'),
  }));
}

/** With several hosts or switches: the whole way of each packet, by the meaning and by the rules of every host that it passes. */
function acrossHosts(subject: Subject): readonly Result[] {
  const { policy, expectations } = subject.compiled;
  const meant = expectations.map((result) => ({ ...question(result, '', 'policy'), ...answer(result, 'the policy') }));
  const judged = subject.rules.flatMap(({ name }) => {
    const members = membersOf(subject.hosts(), name, 0);
    const network = new SimulatedNetwork(policy, members);
    const itinerary = itineraryOf(
      policy,
      members.map(({ station }) => station),
    );
    return evaluateAcross(itinerary, travellerByRules(itinerary, network)).map((result) => ({
      ...question(result, '', name),
      ...answer(result, 'the rules'),
      ...evidenceAcross(result, network, members),
    }));
  });
  return [...meant, ...judged];
}

function evidenceAcross(
  result: ExpectationResult,
  network: SimulatedNetwork,
  members: readonly Member[],
): Pick<Result, 'evidence'> {
  if (result.kind !== 'fails' || result.host === undefined) return {};
  const { flow, host } = result;
  const entrance = network.entranceOf(host, flow);
  const ways = entrance === undefined ? [] : network.first(host, flow, entrance, { trace: true });
  const texts = ruleTextsOfHosts(new Map(members.map(({ station, rulesets }) => [station.host.name, rulesets])));
  return { evidence: { flow, ways, texts, nameOf: network.containerAt, namesHosts: true } };
}

/** On the host as the policy says it has to be, the first circumstance: that is what expectations speak of. */
function byRules({ compiled, circumstances: [expected], answers }: Subject, rules: JudgedRules): readonly Result[] {
  if (expected === undefined) return [];
  const { view, meaning } = expected;
  const host = new SimulatedHost(placesOf(view, compiled), rules.rulesets, chainOrderOf(rules));
  const { rulesets, isOurs } = rules;
  const byProof = answers.proof(rules).expected;
  return universalExpectations(meaning, { rulesets, found: !isOurs, host }, byProof).map((result) => ({
    ...question(result, compiled.host.name, rules.name),
    ...answer(result, 'the rules'),
    ...evidence(result, host, rules),
  }));
}

function question({ expectation }: ExpectationResult, host: string, judge: string) {
  const { span } = expectation;
  const name = `line ${positionAt(span.file, span.start).line}: ${textOf(span)}`;
  return { rule: 'expectation', host, judge, name, span };
}

/** The statement in one line. */
function textOf(span: Span): string {
  return span.file.text.slice(span.start, span.end).replace(/\s+/g, ' ').trim();
}

function answer(result: ExpectationResult, who: string): Pick<Result, 'outcome' | 'message'> {
  switch (result.kind) {
    case 'holds':
      return {
        outcome: 'passed',
        message:
          result.classes === undefined
            ? `holds for ${result.packets} packets, one of every class that the policy treats alike: the proof does not judge these networks`
            : `holds for every packet: ${result.classes} classes of them`,
      };
    case 'covers-nothing':
      return { outcome: 'warning', message: 'no packet goes from its left side to its right side: it says nothing' };
    case 'fails': {
      const { text, span } = result.decision.because;
      const line = span === undefined ? '' : `, line ${positionAt(span.file, span.start).line}`;
      const outcome = result.decision.verdict === 'unknown' ? 'unknown' : 'failed';
      return { outcome, message: `by ${who} ${result.problem} (${text}${line}): ${formatFlow(result.flow)}` };
    }
  }
}

function evidence(result: ExpectationResult, host: SimulatedHost, { rulesets }: JudgedRules): Pick<Result, 'evidence'> {
  if (result.kind !== 'fails') return {};
  const { flow, packet } = result;
  const entrance = host.entranceOf(flow);
  const ways = entrance === undefined ? [] : host.first(flow, entrance, { trace: true, packet });
  return { evidence: { flow, ways, texts: ruleTextsOf(rulesets), nameOf: containerAt(host.places) } };
}

/** The circumstances of a policy's own view: first as it asks for, then as a host that does not do so. */
export function circumstancesOf({
  compiled,
}: Pick<Subject, 'compiled'>): readonly [expected: Circumstance, otherwise: Circumstance] {
  const circumstance = (brNetfilter: boolean): Circumstance => {
    const meaning = compiled.meaningWith({ brNetfilter });
    const name = `${brNetfilter ? 'with' : 'without'} br_netfilter`;
    return { name, view: meaning.atlas.view, meaning };
  };
  return [circumstance(true), circumstance(false)];
}
