/** A flow on its whole way through the hosts of a policy, or inside a switch. */
import { travellerByMeaning } from '../../expectations/across.ts';
import { type Itinerary, travel } from '../../expectations/journey.ts';
import type { PairAcross } from '../../expectations/pairs-across.ts';
import type { SimulatedWay } from '../../expectations/simulated/judged-way.ts';
import type { Entrance } from '../../expectations/simulated/simulated-host.ts';
import type { SimulatedNetwork } from '../../expectations/simulated/simulated-network.ts';
import { isJourneyComparable } from '../../expectations/simulated/traveller.ts';
import { formatAddress } from '../../net/address.ts';
import type { Flow } from '../../policy/flow.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import { judgementOf, type Traced, type TraceRequest, traceFlow } from './tracing.ts';

export function traceAcross(
  itinerary: Itinerary,
  network: SimulatedNetwork,
  { place, target }: PairAcross,
  flow: Flow,
  request: TraceRequest,
): Traced {
  const trace = { trace: true } as const;
  if (place.kind === 'switch') {
    const decision = travellerByMeaning(itinerary).inside(place.sender, flow, target);
    const ways = network.firstInside(place.sender.endpoint, flow, trace);
    const judgement = judgementOf(flow, decision, true, ways);
    const back = request.reply ? replyInside(network, flow, ways) : undefined;
    return { flow, ways, judgement, reply: back, later: request.later ? ways : undefined };
  }
  const { host } = place.station;
  const entrance = enteredBy(network.entranceOf(host.name, flow), flow);
  return traceFlow(
    {
      first: (how) => network.first(host.name, flow, entrance, how),
      send: (packet, by, at) => network.send(at ?? host.name, packet, by, trace),
      entrance,
      host: host.name,
    },
    flow,
    (ways) => {
      const journey = travel(itinerary, place.station, flow);
      return judgementOf(flow, journey.decision, isJourneyComparable(journey), ways);
    },
    request,
  );
}

/** A switch knows no connections: an answer goes its own way. */
function replyInside(network: SimulatedNetwork, flow: Flow, ways: readonly SimulatedWay[]) {
  const [way] = ways;
  if (way?.receiver?.kind !== 'container') return undefined;
  const { source, destination } = flow;
  return network.firstInside(
    way.receiver.endpoint,
    { ...flow, source: destination, destination: source },
    { trace: true },
  );
}

/** Where a flow enters. Throws CommandError where nobody could send it. */
export function enteredBy(entrance: Entrance | undefined, flow: Flow): Entrance {
  if (entrance !== undefined) return entrance;
  throw new CommandError(
    `nobody is on ${flow.arrivesBy} who could send as ${formatAddress(flow.source)}: no container is attached there`,
    exitCode.refused,
  );
}
