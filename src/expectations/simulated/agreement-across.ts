/** Packets between all places of a policy with several hosts: what its rules do to each on the whole way against what is meant. */
import type { CheckedModel, Network } from '../../model/model.ts';
import { sameAddress } from '../../net/address.ts';
import type { Decision } from '../../policy/decide.ts';
import type { Flow } from '../../policy/flow.ts';
import { travellerByMeaning } from '../across.ts';
import { type Itinerary, type Station, travel } from '../journey.ts';
import { flowsFrom } from '../matrix-across.ts';
import { segmentSendersOf } from '../origin.ts';
import { type Target, targetsOf } from '../target.ts';
import { universeOf } from '../universe.ts';
import { disagreement } from './agreement.ts';
import type { SimulatedWay } from './judged-way.ts';
import type { SimulatedNetwork } from './simulated-network.ts';
import { isJourneyComparable } from './traveller.ts';

/** A flow that can be compared, and both sides of the comparison; the rules' side only when it is asked for. */
export interface Comparison {
  /** The host that sees it first; undefined where it begins inside a switch. */
  readonly start: Station | undefined;
  readonly flow: Flow;
  readonly decision: Decision;
  readonly simulated: (options: { readonly trace: boolean }) => readonly SimulatedWay[];
}

/** Everything worth comparing: every flow of every host, once, and what containers on switches send to each other. */
export function* comparisonsAcross(itinerary: Itinerary, network: SimulatedNetwork): Generator<Comparison> {
  const universes = new Map(itinerary.stations.map((station) => [station, universeOf(station.meaning.atlas)]));
  for (const start of itinerary.stations)
    for (const flow of flowsFrom(itinerary, start, universes)) {
      const journey = travel(itinerary, start, flow);
      const entrance = network.entranceOf(start.host.name, flow);
      if (entrance === undefined || !isJourneyComparable(journey)) continue;
      const { decision } = journey;
      yield { start, flow, decision, simulated: (options) => network.first(start.host.name, flow, entrance, options) };
    }
  yield* insideSwitches(itinerary, network);
}

function* insideSwitches(itinerary: Itinerary, network: SimulatedNetwork): Generator<Comparison> {
  const { policy, stations } = itinerary;
  const { inside } = travellerByMeaning(itinerary);
  const [station] = stations;
  if (station === undefined) return;
  const universe = universeOf(station.meaning.atlas);
  for (const sender of segmentSendersOf(policy, { kind: 'any' })) {
    const own = sender.container.endpoints.flatMap(({ addresses }) => Object.values(addresses));
    for (const source of Object.values(sender.endpoint.addresses))
      for (const target of targetsOf(itinerary, station, universe, { kind: 'any' })) {
        if (target.address.family !== source.family || target.container === sender.container.name) continue;
        if (own.some((address) => sameAddress(address, target.address))) continue;
        if (isSomebodyElse(policy, sender.endpoint.network, target)) continue;
        const flow: Flow = {
          arrivesBy: sender.endpoint.network.bridge,
          source,
          destination: target.address,
          protocol: tcp,
          sourcePort: undefined,
          destinationPort: unnamedPort,
          icmpType: undefined,
        };
        const decision = inside(sender, flow, target);
        yield {
          start: undefined,
          flow,
          decision,
          simulated: (options) => network.firstInside(sender.endpoint, flow, options),
        };
      }
  }
}

/** Networks of a switch may have the same subnet: there the address is that of another container than is meant. */
function isSomebodyElse(policy: CheckedModel, network: Network, { address, container }: Target): boolean {
  return policy.containers.some(
    ({ name, endpoints }) =>
      name !== container &&
      endpoints.some(
        (endpoint) =>
          endpoint.network === network && Object.values(endpoint.addresses).some((held) => sameAddress(held, address)),
      ),
  );
}

const tcp = 6;
/** No statement names it. */
const unnamedPort = 12_345;

/** What disagrees, in words. */
export function disagreementOf({ flow, decision, simulated }: Comparison): string | undefined {
  return disagreement(flow, decision, simulated({ trace: false }));
}
