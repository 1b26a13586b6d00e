/** Flows written as text (`internet -> edge 8080/tcp`), judged by what a policy means and by what its rules do. */
import { evaluateAcross, travellerByMeaning } from '../../expectations/across.ts';
import { expectationsJudgedBy, formatFlow, type Judge } from '../../expectations/evaluate.ts';
import { itineraryOf } from '../../expectations/journey.ts';
import { rulesAsJudge } from '../../expectations/simulated/judge.ts';
import { SimulatedNetwork } from '../../expectations/simulated/simulated-network.ts';
import { travellerByRules } from '../../expectations/simulated/traveller.ts';
import { universeOf } from '../../expectations/universe.ts';
import type { CheckedModel, Expectation } from '../../model/model.ts';
import { isSpread } from '../../model/on-host.ts';
import { decide } from '../../policy/decide.ts';
import type { Flow } from '../../policy/flow.ts';
import { pathLines } from './path.ts';
import { type PolicyLike, policySource } from './policy-source.ts';
import { PolicyError, type PreparedHost, prepare } from './prepared.ts';

/** What must become of every packet of a flow, in the words of an `expect` statement: `blocked`, `reaches web 80/tcp`, ... */
export type ExpectedOutcome = string;

export type Judgement =
  /** For all packets that stand for the flow's classes, by the meaning and by the rules. */
  | { readonly kind: 'holds'; readonly packets: number }
  | {
      readonly kind: 'fails';
      readonly host: string;
      /** One packet for which it does not hold. */
      readonly packet: Flow;
      readonly problem: string;
      /** Who says so: the meaning of the policy, or its rules alone (which would be a mistake of ctfw). */
      readonly by: 'the policy' | 'its rules';
      /** The packet's way through the rules. */
      readonly path: readonly string[];
    };

/** Whether every packet of a flow has an outcome. Throws {@link PolicyError} for flows that no packet belongs to. */
export function judgeFlow(policy: PolicyLike, flow: string, outcome: ExpectedOutcome): Judgement {
  const { model, hosts } = prepare(policy, `expect ${flow} ${outcome}`);
  const expectation = asked(model, policy);
  if (isSpread(model)) return judgeAcross({ ...model, expectations: [expectation] }, hosts, flow);
  let packets = 0;
  for (const host of hosts) {
    const universe = universeOf(host.meaning.atlas);
    const only = { ...universe, model: { ...model, expectations: [expectation] } };
    const judges: readonly (readonly ['the policy' | 'its rules', Judge])[] = [
      ['the policy', (packet) => decide(host.meaning, packet)],
      ['its rules', rulesAsJudge(host.simulated, host.meaning)],
    ];
    for (const [by, judge] of judges) {
      const [result] = expectationsJudgedBy(judge, only);
      if (result?.kind === 'fails') {
        const { flow: packet, problem } = result;
        return { kind: 'fails', host: host.name, packet, problem, by, path: wayOf(host, packet) };
      }
      if (result?.kind === 'holds') packets += result.packets;
    }
  }
  if (packets === 0) throw new PolicyError(nobodySends(flow));
  return { kind: 'holds', packets };
}

/** On the whole way of each packet, through every host that it comes to. */
function judgeAcross(policy: CheckedModel, hosts: readonly PreparedHost[], flow: string): Judgement {
  const network = new SimulatedNetwork(policy, hosts);
  const stations = hosts.map(({ station }) => station);
  const itinerary = itineraryOf(policy, stations);
  let packets = 0;
  const judges = [
    ['the policy', travellerByMeaning(itinerary)],
    ['its rules', travellerByRules(itinerary, network)],
  ] as const;
  for (const [by, traveller] of judges) {
    const [result] = evaluateAcross(itinerary, traveller);
    if (result?.kind === 'holds') packets += result.packets;
    if (result?.kind !== 'fails') continue;
    const { host = '', flow: packet, problem } = result;
    return { kind: 'fails', host, packet, problem, by, path: wayAcross(network, hosts, host, packet) };
  }
  if (packets === 0) throw new PolicyError(nobodySends(flow));
  return { kind: 'holds', packets };
}

function nobodySends(flow: string): string {
  return `no packet goes from the left to the right of \`${flow}\``;
}

function wayAcross(
  network: SimulatedNetwork,
  hosts: readonly PreparedHost[],
  start: string,
  packet: Flow,
): readonly string[] {
  const entrance = network.entranceOf(start, packet);
  const [way] = entrance === undefined ? [] : network.first(start, packet, entrance, { trace: true });
  const rulesetsOf = (name: string) => hosts.find((host) => host.name === name)?.rulesets ?? [];
  return way === undefined ? [] : pathLines(way, rulesetsOf);
}

/** The statement that was added behind the policy's own text. */
function asked(model: CheckedModel, policy: PolicyLike): Expectation {
  const { source } = policySource(policy);
  const added = model.expectations.find(
    ({ span }) => span.file.name === source.name && span.start >= source.text.length,
  );
  if (added === undefined) throw new PolicyError('the flow is no flow');
  return added;
}

function wayOf({ simulated, rulesets }: PreparedHost, packet: Flow): readonly string[] {
  const entrance = simulated.entranceOf(packet);
  if (entrance === undefined) return [];
  const [way] = simulated.first(packet, entrance, { trace: true });
  return way === undefined ? [] : pathLines(way, () => rulesets);
}

/** A judgement in words, for failure messages. */
export function judgementText(judgement: Judgement, flow: string, outcome: ExpectedOutcome): string {
  if (judgement.kind === 'holds')
    return `\`${flow}\` is ${outcome} for all ${judgement.packets} packets that stand for it`;
  const { packet, problem, by, path } = judgement;
  const judge = by === 'its rules' ? ', by the rules alone: please report this' : '';
  return [
    `\`${flow}\` is not ${outcome}: ${problem}${judge}`,
    `  ${formatFlow(packet)}`,
    ...path.map((line) => `    ${line}`),
  ].join('\n');
}
