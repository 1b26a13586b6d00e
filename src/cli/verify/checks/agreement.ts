/** Packets between all places of the policy: what the rules do to each against what the policy means. */
import { formatFlow } from '../../../expectations/evaluate.ts';
import { itineraryOf } from '../../../expectations/journey.ts';
import { matrixFlows } from '../../../expectations/matrix.ts';
import { describeDecision, disagreement, isComparable } from '../../../expectations/simulated/agreement.ts';
import { type Comparison, comparisonsAcross } from '../../../expectations/simulated/agreement-across.ts';
import { containerAt, placesOf } from '../../../expectations/simulated/places.ts';
import { SimulatedHost } from '../../../expectations/simulated/simulated-host.ts';
import { SimulatedNetwork } from '../../../expectations/simulated/simulated-network.ts';
import { universeOf } from '../../../expectations/universe.ts';
import { isSpread } from '../../../model/on-host.ts';
import { decide, type Meaning } from '../../../policy/decide.ts';
import { ruleTextsOf, ruleTextsOfHosts } from '../../trace/rule-texts.ts';
import type { Check, Circumstance, Subject } from '../check.ts';
import { chainOrderOf, type JudgedRules } from '../judged-rules.ts';
import { membersOf } from '../members.ts';
import type { Evidence, Result } from '../result.ts';

/** Differences that are told one by one; the rest is counted. */
const mostTold = 10;

export const agreementCheck: Check = {
  rule: 'agreement',
  title: 'The rules do something else than the policy means',
  explanation:
    'Packets are sent, in a simulation, from everyone to everyone: on ports that the policy names, one beside them, and one ' +
    'that it does not name, and forged ones. What the rules do to each is compared with what the policy means. A difference ' +
    'in rules that ctfw emitted is a fault of ctfw; in rules found on a host, it is what the host does differently.',
  needsKernel: false,
  run: async (subject) => [
    ...subject.rules.flatMap((rules) =>
      subject.circumstances.flatMap((circumstance) => compare(subject, rules, circumstance)),
    ),
    ...(isSpread(subject.compiled.policy) && subject.speaksForPolicy ? acrossHosts(subject) : []),
  ],
};

function compare(subject: Subject, rules: JudgedRules, { name: circumstance, view, meaning }: Circumstance) {
  const { compiled, circumstances } = subject;
  const host = new SimulatedHost(placesOf(view, compiled), rules.rulesets, chainOrderOf(rules));
  const suffix = circumstances.length > 1 ? `, ${circumstance}` : '';
  return told(comparisonsOn(host, meaning), {
    subject,
    rules,
    suffix,
    host: compiled.host.name,
    title: `packets from everyone to everyone${suffix}`,
    shown: { texts: ruleTextsOf(rules.rulesets), nameOf: containerAt(host.places) },
  });
}

function* comparisonsOn(host: SimulatedHost, meaning: Meaning): Generator<Comparison> {
  for (const flow of matrixFlows(universeOf(meaning.atlas))) {
    const decision = decide(meaning, flow);
    const entrance = host.entranceOf(flow);
    if (entrance === undefined || !isComparable(meaning.atlas, flow, decision)) continue;
    yield { start: undefined, flow, decision, simulated: (options) => host.first(flow, entrance, options) };
  }
}

/** With several hosts: each packet on its whole way, through the rules of every host that it comes to. */
function acrossHosts(subject: Subject): readonly Result[] {
  const { policy } = subject.compiled;
  return subject.rules.flatMap((rules) =>
    subject.circumstances.flatMap(({ name: circumstance }, number) => {
      const hosts = subject.hosts();
      const members = membersOf(hosts, rules.name, number);
      const network = new SimulatedNetwork(policy, members);
      const itinerary = itineraryOf(
        policy,
        members.map(({ station }) => station),
      );
      const suffix = subject.circumstances.length > 1 ? `, ${circumstance}` : '';
      const texts = ruleTextsOfHosts(new Map(members.map(({ station, rulesets }) => [station.host.name, rulesets])));
      return told(comparisonsAcross(itinerary, network), {
        subject,
        rules,
        suffix,
        host: '',
        title: `packets on their whole way, from host to host${suffix}`,
        shown: { texts, nameOf: network.containerAt, namesHosts: true },
      });
    }),
  );
}

interface Telling {
  readonly subject: Subject;
  readonly rules: JudgedRules;
  readonly suffix: string;
  /** Empty where it is about the policy as a whole. */
  readonly host: string;
  readonly title: string;
  /** What is needed to show a way through the rules. */
  readonly shown: Omit<Evidence, 'flow' | 'ways'>;
}

/** Every comparison that does not hold, up to a number; or that all hold. */
function told(comparisons: Iterable<Comparison>, { subject, rules, suffix, host, title, shown }: Telling) {
  const base = { rule: agreementCheck.rule, host, judge: rules.name };
  const results: Result[] = [];
  let tried = 0;
  let differing = 0;
  let untold: 'failed' | 'unknown' = 'unknown';
  for (const { start, flow, decision, simulated } of comparisons) {
    if (tried >= subject.most) break;
    tried++;
    const judged = simulated({ trace: false });
    const problem = disagreement(flow, decision, judged);
    if (problem === undefined) continue;
    const outcome = judged.some(({ verdict }) => verdict === 'unknown') ? 'unknown' : 'failed';
    differing++;
    if (results.length >= mostTold) {
      if (outcome === 'failed') untold = 'failed';
      continue;
    }
    const { span } = decision.because;
    const from = start === undefined ? '' : `${start.host.name}: `;
    results.push({
      ...base,
      name: `${from}${formatFlow(flow)}${suffix}`,
      outcome,
      message: `meant: ${describeDecision(decision)}; by the rules: ${problem}`,
      evidence: { ...shown, flow, ways: simulated({ trace: true }) },
      ...(span === undefined ? {} : { span }),
      ...(rules.isOurs ? { help: 'this is a fault of ctfw: please report it with the policy' } : {}),
    });
  }
  if (differing === 0)
    return [
      { ...base, name: title, outcome: 'passed' as const, message: `${tried} packets: the rules do what is meant` },
    ];
  const more = differing - results.length;
  if (more === 0) return results;
  return [...results, { ...base, name: title, outcome: untold, message: `${more} more of ${tried} packets differ` }];
}
