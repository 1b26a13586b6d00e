/** Rules as the judge of expectations that span hosts: each flow is simulated on its whole way, through the rules of every host. */

import type { Decision } from '../../policy/decide.ts';
import type { Flow } from '../../policy/flow.ts';
import type { Crossing } from '../../simulator/simulation.ts';
import type { Traveller } from '../across.ts';
import type { Judged } from '../evaluate.ts';
import { type Itinerary, type Journey, namingHost, type Passage, type Station, travel } from '../journey.ts';
import { isComparable } from './agreement.ts';
import { judgedFrom } from './judge.ts';
import type { SimulatedWay } from './judged-way.ts';
import type { SimulatedNetwork } from './simulated-network.ts';

/**
 * Where rules are not to say what becomes of a packet on some host of its way (one without a route, say), the meaning of the
 * policy stands; flows that nobody could send are left out.
 */
export function travellerByRules(itinerary: Itinerary, network: SimulatedNetwork): Traveller {
  return {
    travel: (start, flow) => {
      const meant = travel(itinerary, start, flow);
      if (!isJourneyComparable(meant)) return meant;
      const entrance = network.entranceOf(start.host.name, flow);
      if (entrance === undefined) return undefined;
      return journeyFrom(
        itinerary,
        network.first(start.host.name, flow, entrance, { trace: false }),
        start,
        flow,
        meant,
      );
    },
    inside: ({ endpoint }, flow, target) => {
      const ways = network.firstInside(endpoint, flow, { trace: false });
      const judged = judgedFrom(ways, flow, nowhere(flow));
      const { receiver } = judged;
      if (judged.verdict !== 'allowed' || receiver.kind !== 'container') return judged;
      const isMeant =
        target.container === undefined ? target.host === undefined : target.container === receiver.endpoint.container;
      if (isMeant) return judged;
      return {
        ...nowhere(flow),
        because: { text: `${receiver.endpoint.container} has this address on its switch`, span: undefined },
      };
    },
  };
}

/** Whether meaning and rules speak of the same on every host of a journey. */
export function isJourneyComparable({ passages }: Journey): boolean {
  return passages.every(({ station, flow, decision }) => isComparable(station.meaning.atlas, flow, decision));
}

function journeyFrom(
  { stations, stationOfHost }: Itinerary,
  ways: readonly SimulatedWay[],
  start: Station,
  flow: Flow,
  meant: Journey,
): Journey<Judged> {
  const whole = judgedFrom(ways, flow, meant.decision);
  const [only] = ways;
  const passages: Passage<Judged>[] = [];
  let station = start;
  for (const crossing of only?.crossings ?? []) {
    passages.push({ station, flow, decision: passedOn(crossing, flow, whole) });
    station = stationOfHost.get(crossing.to.host) ?? station;
  }
  passages.push({ station, flow, decision: whole });
  const decision = stations.length < 2 ? whole : namingHost(whole, only?.host ?? station.host.name);
  return { passages, decision };
}

/** A host has let a packet go to the next one. */
function passedOn({ from, packet: sent }: Crossing, flow: Flow, whole: Judged): Judged {
  const packet = sent.encapsulated?.packet ?? sent;
  return {
    ...whole,
    verdict: 'allowed',
    receiver: { kind: 'outside', interface: from.interface },
    destination: packet.destination,
    destinationPort: flow.destinationPort === undefined ? undefined : packet.destinationPort,
    source: packet.source,
  };
}

function nowhere(flow: Flow): Decision {
  const { destination, destinationPort, source } = flow;
  const because = { text: '', span: undefined };
  return { verdict: 'blocked', receiver: { kind: 'network' }, destination, destinationPort, source, because };
}
