/** Flows through several hosts and inside switches as probes, with what is meant to become of them on their whole way. */
import { type Itinerary, type Journey, type Station, travel } from '../expectations/journey.ts';
import { flowsFrom } from '../expectations/matrix-across.ts';
import { universeOf } from '../expectations/universe.ts';
import type { CheckedModel } from '../model/model.ts';
import { meetsRules } from '../model/placement.ts';
import { addressKey } from '../net/address.ts';
import { protocolNumbers } from '../net/protocol.ts';
import type { Decision } from '../policy/decide.ts';
import type { Flow } from '../policy/flow.ts';
import { hasPath, isAnswered, type PlannedProbe, planProbe } from './agreement.ts';
import { topologyAt } from './policy-topology.ts';
import type { Topology } from './topology.ts';

/** A probe, and the topology as seen from the host where it is to end. */
export interface PlannedJourney {
  readonly plan: PlannedProbe;
  readonly seenFrom: Topology;
}

/** Every flow of every host, once, and everything that containers on switches send to each other. */
export function* planJourneys(itinerary: Itinerary, topology: Topology): Generator<PlannedJourney> {
  const universes = new Map(itinerary.stations.map((station) => [station, universeOf(station.meaning.atlas)]));
  for (const station of itinerary.stations) {
    const start = topologyAt(topology, station.host.name);
    for (const flow of flowsFrom(itinerary, station, universes)) {
      const journey = travel(itinerary, station, flow);
      const [first] = journey.passages;
      const last = journey.passages.at(-1);
      const plan = first && planProbe(station.meaning, start, flow, first.decision);
      if (plan === undefined || last === undefined || !canBeSeen(itinerary.policy, journey)) continue;
      const whole = fromHost({ ...plan, decision: journey.decision }, station);
      yield { plan: whole, seenFrom: topologyAt(topology, last.station.host.name) };
    }
  }
  yield* planSegments(itinerary, topology);
}

/**
 * Whether every host on the way has a way onwards, and a refusal one back; and the receiver does not have the source's address
 * itself, on a switch maybe, where its kernel would take the packet for forged.
 */
function canBeSeen(policy: CheckedModel, { passages, decision }: Journey): boolean {
  const last = passages.at(-1);
  if (last === undefined || decision.receiver.kind === 'network') return false;
  if (decision.verdict === 'rejected' && !isAnswered(last.station.meaning.atlas, last.flow)) return false;
  if (decision.receiver.kind === 'container' && decision.source !== undefined) {
    const { container } = decision.receiver.endpoint;
    const own = policy.containers.find(({ name }) => name === container)?.endpoints ?? [];
    const seen = addressKey(decision.source);
    if (own.some(({ addresses }) => Object.values(addresses).some((address) => addressKey(address) === seen)))
      return false;
  }
  return passages.every((passage) => hasPath(passage.station.meaning.atlas, passage.flow, passage.decision));
}

function fromHost({ probe, ...plan }: PlannedProbe, { host }: Station): PlannedProbe {
  const from = probe.from.kind === 'container' ? probe.from : { ...probe.from, host: host.name };
  return { ...plan, probe: { ...probe, from } };
}

/** Containers on switches: the same network hears, another one does not, in one subnet or not. */
function* planSegments({ policy }: Itinerary, topology: Topology): Generator<PlannedJourney> {
  const places = policy.containers.flatMap((container) =>
    container.endpoints
      .filter(({ network }) => !meetsRules(network))
      .map((endpoint) => ({ container: container.name, endpoint })),
  );
  for (const sender of places)
    for (const receiver of places) {
      if (sender.container === receiver.container) continue;
      const isSame = sender.endpoint.network === receiver.endpoint.network;
      for (const source of Object.values(sender.endpoint.addresses))
        for (const destination of Object.values(receiver.endpoint.addresses)) {
          if (source.family !== destination.family || addressKey(source) === addressKey(destination)) continue;
          const flow: Flow = {
            arrivesBy: sender.endpoint.network.bridge,
            source,
            destination,
            protocol: protocolNumbers.tcp,
            sourcePort: undefined,
            destinationPort: 12345,
            icmpType: undefined,
          };
          const decision: Decision = {
            verdict: isSame ? 'allowed' : 'blocked',
            receiver: { kind: 'container', endpoint: receiver.endpoint },
            destination,
            destinationPort: 12345,
            source,
            because: { text: isSame ? 'one network of a switch' : 'networks of a switch are apart', span: undefined },
          };
          const from = {
            kind: 'container' as const,
            container: sender.container,
            network: sender.endpoint.network.name,
          };
          const probe = {
            from,
            source,
            destination,
            protocol: flow.protocol,
            destinationPort: 12345,
            mode: 'crafted' as const,
          };
          yield { plan: { flow, decision, probe }, seenFrom: topology };
        }
    }
}
