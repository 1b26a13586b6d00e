/** Packets between all places of the policy: what the rules do to each against what the policy means. */
import { formatFlow } from '../../../expectations/evaluate.ts';
import { matrixFlows } from '../../../expectations/matrix.ts';
import { describeDecision, disagreement, isComparable } from '../../../expectations/simulated/agreement.ts';
import { containerAt, placesOf } from '../../../expectations/simulated/places.ts';
import { SimulatedHost } from '../../../expectations/simulated/simulated-host.ts';
import { universeOf } from '../../../expectations/universe.ts';
import { decide } from '../../../policy/decide.ts';
import { ruleTextsOf } from '../../trace/rule-texts.ts';
import { type Check, type Circumstance, chainOrderOf, type JudgedRules, type Subject } from '../check.ts';
import type { Result } from '../result.ts';

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
  run: async (subject) =>
    subject.rules.flatMap((rules) =>
      subject.circumstances.flatMap((circumstance) => compare(subject, rules, circumstance)),
    ),
};

function compare(
  { compiled, most, circumstances }: Subject,
  rules: JudgedRules,
  circumstance: Circumstance,
): readonly Result[] {
  const { view, meaning } = circumstance;
  const host = new SimulatedHost(placesOf(view, compiled), rules.rulesets, chainOrderOf(rules));
  const texts = ruleTextsOf(rules.rulesets);
  const suffix = circumstances.length > 1 ? `, ${circumstance.name}` : '';
  const base = { rule: agreementCheck.rule, host: compiled.host.name, judge: rules.name };
  const told: Result[] = [];
  let tried = 0;
  let differing = 0;
  let untold: 'failed' | 'unknown' = 'unknown';
  for (const flow of matrixFlows(universeOf(meaning.atlas))) {
    if (tried >= most) break;
    const decision = decide(meaning, flow);
    const entrance = host.entranceOf(flow);
    if (entrance === undefined || !isComparable(meaning.atlas, flow, decision)) continue;
    tried++;
    const judged = host.first(flow, entrance, { trace: false });
    const problem = disagreement(flow, decision, judged);
    if (problem === undefined) continue;
    const outcome = judged.some(({ verdict }) => verdict === 'unknown') ? 'unknown' : 'failed';
    differing++;
    if (told.length >= mostTold) {
      if (outcome === 'failed') untold = 'failed';
      continue;
    }
    const ways = host.first(flow, entrance, { trace: true });
    const { span } = decision.because;
    told.push({
      ...base,
      name: `${formatFlow(flow)}${suffix}`,
      outcome,
      message: `meant: ${describeDecision(decision)}; by the rules: ${problem}`,
      evidence: { flow, ways, texts, nameOf: containerAt(host.places) },
      ...(span === undefined ? {} : { span }),
      ...(rules.isOurs ? { help: 'this is a fault of ctfw: please report it with the policy' } : {}),
    });
  }
  const name = `packets from everyone to everyone${suffix}`;
  if (differing === 0)
    return [{ ...base, name, outcome: 'passed', message: `${tried} packets: the rules do what is meant` }];
  const more = differing - told.length;
  if (more === 0) return told;
  return [...told, { ...base, name, outcome: untold, message: `${more} more of ${tried} packets differ` }];
}
