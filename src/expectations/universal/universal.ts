/**
 * Expectations for every packet that they speak of: the verifier shows each to hold, or gives packets for which it does not;
 * one of these that decide() or the simulator confirms refutes it. Where the verifier does not judge a network, packets of
 * every class that the policy treats alike are judged instead, and the answer says so.
 */
import type { Expectation } from '../../model/model.ts';
import { decide, type Meaning } from '../../policy/decide.ts';
import type { Flow } from '../../policy/flow.ts';
import type { PacketInput } from '../../simulator/packet/input.ts';
import { type Expected, type ExpectedRules, expectedOf, firstPacket, flowOf } from '../../verifier/verifier.ts';
import { type ExpectationResult, evaluateExpectations, expectationsJudgedBy, type Judged, judge } from '../evaluate.ts';
import { judgedByRules, rulesAsJudge } from '../simulated/judge.ts';
import type { SimulatedHost } from '../simulated/simulated-host.ts';
import { universeOf } from '../universe.ts';

/** Rules, and the host on which they are simulated. */
export interface UniversalRules extends ExpectedRules {
  readonly host: SimulatedHost;
}

/**
 * In the order of the statements: by the meaning of a policy of one host, or by rules on it. `shown`: what the verifier has
 * said already.
 */
export function universalExpectations(
  meaning: Meaning,
  rules?: UniversalRules,
  shown: readonly Expected[] = expectedOf(meaning, rules),
): readonly ExpectationResult[] {
  const { expectations } = meaning.atlas.model;
  let sampled: readonly ExpectationResult[] | undefined;
  const sample = (index: number): ExpectationResult | undefined => {
    sampled ??=
      rules === undefined
        ? evaluateExpectations(meaning)
        : expectationsJudgedBy(rulesAsJudge(rules.host, meaning), universeOf(meaning.atlas));
    return sampled[index];
  };
  const judgeFlow: JudgeFlow = (flow, packet) =>
    rules === undefined ? decide(meaning, flow) : judgedByRules(rules.host, meaning, flow, packet);
  return expectations.flatMap(
    (expectation, index) => resultOf(expectation, shown[index], judgeFlow) ?? sample(index) ?? [],
  );
}

type JudgeFlow = (flow: Flow, packet: PacketInput) => Judged | undefined;

/** Undefined: the verifier does not judge this one, or sees no packet that it speaks of. */
function resultOf(
  expectation: Expectation,
  shown: Expected | undefined,
  judgeFlow: JudgeFlow,
): ExpectationResult | undefined {
  switch (shown?.kind) {
    case 'holds':
      return { kind: 'holds', expectation, packets: Number(shown.classes), classes: shown.classes };
    case 'violated':
      return confirmed(expectation, shown, judgeFlow);
    default:
      return undefined;
  }
}

/** The first of the packets for which whoever decides says the same. Undefined: the host's view has no place that could send any. */
function confirmed(
  expectation: Expectation,
  { packets }: Extract<Expected, { kind: 'violated' }>,
  judgeFlow: JudgeFlow,
): ExpectationResult | undefined {
  let denied: ExpectationResult | undefined;
  for (const { packet: example, natural } of packets) {
    const flow = flowOf(example);
    const { packet } = firstPacket(example, true);
    const decision = judgeFlow(flow, packet);
    if (decision === undefined) continue;
    const judged = judge(expectation.outcome, flow, decision, natural);
    if (judged !== 'holds' && judged !== 'outside')
      return { kind: 'fails', expectation, flow, decision, problem: judged.problem, packet };
    const text = `the verifier says that it does not hold, and this does not confirm it: ${decision.because.text}`;
    denied ??= {
      kind: 'fails',
      expectation,
      flow,
      decision: { ...decision, verdict: 'unknown', because: { ...decision.because, text } },
      problem: 'it cannot be told',
      packet,
    };
  }
  return denied;
}
