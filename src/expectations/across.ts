/**
 * Expectations of a policy with several hosts, or with switches: each flow is judged along its whole way, by every host
 * that it passes. What stays inside a switch passes none, and reaches its own network alone.
 */
import type { CheckedModel, Endpoint, Expectation } from '../model/model.ts';
import { type Address, sameAddress } from '../net/address.ts';
import type { Decision } from '../policy/decide.ts';
import type { Flow } from '../policy/flow.ts';
import { concerns, type ExpectationResult, type Judged, judge } from './evaluate.ts';
import { type Itinerary, type Journey, type Station, travel } from './journey.ts';
import type { SegmentSender } from './origin.ts';
import { pairsAcross } from './pairs-across.ts';
import type { Target } from './target.ts';
import { packetsOf, type Universe, universeOf } from './universe.ts';

/** A flow that an expectation speaks of, and what becomes of it. */
interface Candidate {
  /** The host that sees it first; undefined inside a switch. */
  readonly host: string | undefined;
  readonly flow: Flow;
  readonly decision: Judged;
  /** Whether the sender's own routing sends it this way. */
  readonly natural: boolean;
}

/** Who takes packets on their way: the meaning of the policy, or rules. */
export interface Traveller {
  /** A flow from the host that sees it first; undefined where the traveller does not speak of it. */
  readonly travel: (start: Station, flow: Flow) => Journey<Judged> | undefined;
  /** A flow from a container's place on a switch to a target: whoever has its address there. */
  readonly inside: (sender: SegmentSender, flow: Flow, target: Target) => Judged | undefined;
}

interface MeaningTraveller extends Traveller {
  readonly inside: (sender: SegmentSender, flow: Flow, target: Target) => Decision;
}

/** What a policy means for packets on their way. */
export function travellerByMeaning(itinerary: Itinerary): MeaningTraveller {
  return {
    travel: (start, flow) => travel(itinerary, start, flow),
    inside: (sender, flow, target) => insideSwitch(itinerary.policy, flow, sender, target),
  };
}

export function evaluateAcross(
  itinerary: Itinerary,
  traveller: Traveller = travellerByMeaning(itinerary),
): readonly ExpectationResult[] {
  const { policy, stations } = itinerary;
  if (policy.expectations.length === 0) return [];
  const universes = new Map(stations.map((station) => [station, universeOf(station.meaning.atlas)]));
  return policy.expectations.map((expectation) => evaluate({ itinerary, universes, traveller }, expectation));
}

interface Question {
  readonly itinerary: Itinerary;
  readonly universes: ReadonlyMap<Station, Universe>;
  readonly traveller: Traveller;
}

function evaluate(question: Question, expectation: Expectation): ExpectationResult {
  let packets = 0;
  for (const { host, flow, decision, natural } of candidates(question, expectation)) {
    const judged = judge(expectation.outcome, flow, decision, natural);
    if (judged === 'outside') continue;
    packets++;
    if (judged !== 'holds') return { kind: 'fails', expectation, flow, decision, problem: judged.problem, host };
  }
  return packets === 0 ? { kind: 'covers-nothing', expectation } : { kind: 'holds', expectation, packets };
}

function* candidates(question: Question, { from, to, ...expectation }: Expectation): Generator<Candidate> {
  const { itinerary, universes, traveller } = question;
  const packets = packetsTowards([...universes.values()], expectation);
  for (const { place, sender, target, natural } of pairsAcross(itinerary, universes, from, to)) {
    if (!concerns(expectation.outcome, target.address)) continue;
    for (const packet of packets(target)) {
      const flow = { ...packet, arrivesBy: sender.arrivesBy, source: sender.address, destination: target.address };
      const decision =
        place.kind === 'host'
          ? outcomeOf(question, place.station, flow, target, expectation)
          : traveller.inside(place.sender, flow, target);
      const host = place.kind === 'host' ? place.station.host.name : undefined;
      if (decision !== undefined) yield { host, flow, natural, decision };
    }
  }
}

/** The verdict of the whole way; what comes to somebody else of the same address does not reach who is meant. */
function outcomeOf(
  { traveller }: Question,
  station: Station,
  flow: Flow,
  target: Target,
  { outcome }: Pick<Expectation, 'outcome'>,
): Judged | undefined {
  if (target.segment !== undefined)
    return blocked(flow, `${target.container} is inside the switch of ${target.segment.name}: no host leads there`);
  const journey = traveller.travel(station, flow);
  if (journey === undefined) return undefined;
  const { passages, decision } = journey;
  if (decision.verdict !== 'allowed') return decision;
  const [first] = passages;
  if (outcome.kind === 'leaves-as' && first !== undefined && passages.length > 1)
    return { ...first.decision, verdict: decision.verdict };
  if (target.container === undefined && target.host === undefined) return decision;
  const { receiver } = decision;
  const who = target.container ?? target.host;
  if (receiver.kind === 'outside') return blocked(flow, `no route leads to ${who}: the packet stays outside`);
  const meant =
    target.container === undefined || receiver.kind !== 'container' || receiver.endpoint.container === target.container;
  return meant ? decision : blocked(flow, `another container has this address where the packet goes, not ${who}`);
}

function blocked(flow: Flow, text: string): Decision {
  return {
    verdict: 'blocked',
    receiver: { kind: 'network' },
    destination: flow.destination,
    destinationPort: flow.destinationPort,
    source: flow.source,
    because: { text, span: undefined },
  };
}

function insideSwitch(policy: CheckedModel, flow: Flow, { endpoint }: SegmentSender, target: Target): Decision {
  const { network } = endpoint;
  const isMeant = (name: string): boolean =>
    target.container === undefined
      ? target.host === undefined
      : target.container === name && target.segment === network;
  const receiver = policy.containers
    .filter(({ name }) => isMeant(name))
    .flatMap(({ endpoints }) => endpoints)
    .find((other) => other.network === network && holds(other, target.address));
  if (receiver === undefined)
    return blocked(flow, `${network.name} is inside a switch: it leads to its own containers alone`);
  const because = { text: `the switch of ${network.name} passes it on`, span: network.span };
  return { ...blocked(flow, ''), verdict: 'allowed', receiver: { kind: 'container', endpoint: receiver }, because };
}

function holds({ addresses }: Endpoint, address: Address): boolean {
  return Object.values(addresses).some((own) => sameAddress(own, address));
}

/** What is sent towards a target: a host's published ports matter on whichever host they are. */
function packetsTowards(
  universes: readonly Universe[],
  expectation: Pick<Expectation, 'services'>,
): (target: Target) => ReturnType<typeof packetsOf> {
  const known = new Map<string, ReturnType<typeof packetsOf>>();
  return ({ address, host, container }) => {
    const toHost = host !== undefined && container === undefined;
    const kind = `${address.family} ${toHost}`;
    const packets = known.get(kind) ?? [
      ...new Map(
        universes
          .flatMap((universe) =>
            expectation.services.flatMap((service) => packetsOf(universe, service, address.family, toHost)),
          )
          .map((packet) => [`${packet.protocol}/${packet.destinationPort ?? ''}/${packet.icmpType ?? ''}`, packet]),
      ).values(),
    ];
    known.set(kind, packets);
    return packets;
  };
}
