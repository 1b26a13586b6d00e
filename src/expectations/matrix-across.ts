/** Flows worth trying in a policy with several hosts or switches: from everyone to everyone, each from the host where it starts. */
import type { CheckedModel } from '../model/model.ts';
import { interfaceAddresses, meetsRules, runsOn } from '../model/placement.ts';
import { type Address, addressKey } from '../net/address.ts';
import type { Flow } from '../policy/flow.ts';
import type { Itinerary, Station } from './journey.ts';
import { flowsBetween, matrixFlows } from './matrix.ts';
import { sendersAt } from './origin.ts';
import type { Universe } from './universe.ts';

/** The flows that a host sees first: those of its own matrix, and those of its containers and itself to other hosts and what they have. */
export function* flowsFrom(
  { policy, stations }: Itinerary,
  station: Station,
  universes: ReadonlyMap<Station, Universe>,
): Generator<Flow> {
  const universe = universes.get(station);
  if (universe === undefined) return;
  const away = addressesAway(policy, station);
  for (const flow of matrixFlows(universe)) if (!away.has(addressKey(flow.source))) yield flow;
  const senders = sendersAt(policy, station, universe, { kind: 'any' }).filter(
    ({ arrivesBy, endpoint }) => arrivesBy === undefined || endpoint !== undefined,
  );
  for (const other of stations) {
    const theirs = universes.get(other);
    if (other === station || theirs === undefined) continue;
    const destinations = [
      ...interfaceAddresses(other.host).map(({ address }) => address),
      ...containersOn(policy, other),
    ];
    for (const sender of senders)
      for (const destination of destinations)
        if (sender.address.family === destination.family && addressKey(sender.address) !== addressKey(destination))
          yield* flowsBetween(theirs, sender, destination);
  }
}

/** Containers of other hosts send from there: an address of theirs is no flow of this host. */
function addressesAway(policy: CheckedModel, { host }: Station): ReadonlySet<string> {
  return new Set(
    policy.containers
      .filter((container) => !runsOn(container, host))
      .flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => Object.values(addresses).map(addressKey))),
  );
}

function containersOn(policy: CheckedModel, { host }: Station): readonly Address[] {
  return policy.containers
    .filter((container) => runsOn(container, host))
    .flatMap(({ endpoints }) => endpoints)
    .filter(({ network }) => meetsRules(network))
    .flatMap(({ addresses }) => Object.values(addresses));
}
