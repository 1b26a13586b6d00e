/** Packets between all places of the policy: what the rules do to each against what the policy means. */
import { formatFlow } from '../../../expectations/evaluate.ts';
import { itineraryOf } from '../../../expectations/journey.ts';
import { matrixFlows } from '../../../expectations/matrix.ts';
import { describeDecision, disagreement, isComparable } from '../../../expectations/simulated/agreement.ts';
import { type Comparison, comparisonsAcross } from '../../../expectations/simulated/agreement-across.ts';
import { containerAt, placesOf } from '../../../expectations/simulated/places.ts';
import { SimulatedHost } from '../../../expectations/simulated/simulated-host.ts';
import { SimulatedNetwork } from '../../../expectations/simulated/simulated-network.ts';
import { evenly, firstOf } from '../../../expectations/typical/some-of.ts';
import { typicalFlows } from '../../../expectations/typical/typical-flows.ts';
import { universeOf } from '../../../expectations/universe.ts';
import { isSpread } from '../../../model/on-host.ts';
import { type Decision, decide } from '../../../policy/decide.ts';
import type { Flow } from '../../../policy/flow.ts';
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
    'that it does not name, and forged ones. Where that would be more than `--most`, some are sent for every statement, link, ' +
    'publication and container and between networks of all kinds instead, and the message says so. What the rules do to each is compared with what the policy means. A difference ' +
    'in rules that ctfw emitted is a fault of ctfw; in rules found on a host, it is what the host does differently.',
  needsKernel: false,
  run: async (subject) => {
    const asked = subject.circumstances.map((circumstance) => askedOf(circumstance, subject.most));
    return [
      ...subject.rules.flatMap((rules) => asked.map((one) => compare(subject, rules, one))).flat(),
      ...(isSpread(subject.compiled.policy) && subject.speaksForPolicy ? acrossHosts(subject) : []),
    ];
  },
};

/** Packets, and what is meant for them: the same for all rules. */
interface Asked {
  readonly circumstance: Circumstance;
  readonly meant: readonly { readonly flow: Flow; readonly decision: Decision }[];
  /** What they stand for, where they are not all. */
  readonly covered: string;
}

/** From everyone to everyone, if those are not too many; else what stands for them. */
function askedOf(circumstance: Circumstance, most: number): Asked {
  const { meaning } = circumstance;
  const universe = universeOf(meaning.atlas);
  const meantFor = (flows: readonly Flow[]): Asked['meant'] =>
    flows
      .map((flow) => ({ flow, decision: decide(meaning, flow) }))
      .filter(({ flow, decision }) => isComparable(meaning.atlas, flow, decision));
  const all = firstOf(matrixFlows(universe), most + 1);
  if (all.length <= most) return { circumstance, meant: meantFor(all), covered: '' };
  const typical = typicalFlows(universe);
  // Some say nothing about the rules.
  const some = evenly(typical, 2 * most);
  const meant = meantFor(some);
  const everything = 'every statement, link, publication and container, and networks of all kinds';
  if (some.length === typical.length && meant.length <= most)
    return { circumstance, meant, covered: ` for ${everything}` };
  return { circumstance, meant: evenly(meant, most), covered: `, evenly of ${typical.length} for ${everything}` };
}

function compare(subject: Subject, rules: JudgedRules, { circumstance, meant, covered }: Asked): readonly Result[] {
  const { compiled, circumstances } = subject;
  const host = new SimulatedHost(placesOf(circumstance.view, compiled), rules.rulesets, chainOrderOf(rules));
  const suffix = circumstances.length > 1 ? `, ${circumstance.name}` : '';
  return told(comparisonsOn(host, meant), {
    subject,
    covered,
    rules,
    suffix,
    host: compiled.host.name,
    title: `packets from everyone to everyone${suffix}`,
    shown: { texts: ruleTextsOf(rules.rulesets), nameOf: containerAt(host.places) },
  });
}

function* comparisonsOn(host: SimulatedHost, meant: Asked['meant']): Generator<Comparison> {
  for (const { flow, decision } of meant) {
    const entrance = host.entranceOf(flow);
    if (entrance === undefined) continue;
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
        covered: '',
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
  /** What the packets stand for, where they are not all. */
  readonly covered: string;
  /** What is needed to show a way through the rules. */
  readonly shown: Omit<Evidence, 'flow' | 'ways'>;
}

/** Every comparison that does not hold, up to a number; or that all hold. */
function told(
  comparisons: Iterable<Comparison>,
  { subject, rules, suffix, host, title, covered, shown }: Telling,
): readonly Result[] {
  const base = { rule: agreementCheck.rule, host, judge: rules.name };
  const results: Result[] = [];
  let tried = 0;
  let differing = 0;
  let untold: 'failed' | 'unknown' = 'unknown';
  let more = '';
  for (const { start, flow, decision, simulated } of comparisons) {
    if (tried >= subject.most) {
      more = ', the first of more (--most),';
      break;
    }
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
      {
        ...base,
        name: title,
        outcome: 'passed' as const,
        message: `${tried} packets${covered}${more}: the rules do what is meant`,
      },
    ];
  const others = differing - results.length;
  if (others === 0) return results;
  const message = `${others} more of ${tried} packets${covered}${more} differ`;
  return [...results, { ...base, name: title, outcome: untold, message }];
}
