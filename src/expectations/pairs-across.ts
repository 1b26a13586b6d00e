/** Who sends to whom in a policy with several hosts, or with switches, and which host sees it first. */
import type { CheckedModel, Subject } from '../model/model.ts';
import { type Address, sameAddress } from '../net/address.ts';
import type { Itinerary, Station } from './journey.ts';
import { type SegmentSender, segmentSendersOf, sendersAt } from './origin.ts';
import { distinctTargets, type Target, targetsOf } from './target.ts';
import { isNatural, type Sender, type Universe } from './universe.ts';

export interface PairAcross {
  /** Where the packet begins, or comes to first: a host, or a container's place on a switch, which no host sees. */
  readonly place:
    | { readonly kind: 'host'; readonly station: Station }
    | { readonly kind: 'switch'; readonly sender: SegmentSender };
  readonly sender: Sender;
  readonly target: Target;
  /** Whether the sender's own routing sends it this way. */
  readonly natural: boolean;
}

/** Every sender of the left side with every target of the right side. */
export function* pairsAcross(
  itinerary: Itinerary,
  universes: ReadonlyMap<Station, Universe>,
  from: readonly Subject[],
  to: readonly Subject[],
): Generator<PairAcross> {
  const { policy } = itinerary;
  for (const [station, universe] of universes) {
    const senders = from.flatMap((subject) => sendersAt(policy, station, universe, subject));
    const targets = distinctTargets(to.flatMap((subject) => targetsOf(itinerary, station, universe, subject)));
    for (const sender of senders)
      for (const target of targets) {
        if (!isPair(sender.address, target) || !isFirst(station, sender, target)) continue;
        const natural = isSentThisWay(policy, station, sender, target.address);
        yield { place: { kind: 'host', station }, sender, target, natural };
      }
  }
  yield* pairsInside(itinerary, universes, from, to);
}

/** Containers on a switch network: the others of the network, wherever they run, and nobody else. */
function* pairsInside(
  itinerary: Itinerary,
  universes: ReadonlyMap<Station, Universe>,
  from: readonly Subject[],
  to: readonly Subject[],
): Generator<PairAcross> {
  const senders = from.flatMap((subject) => segmentSendersOf(itinerary.policy, subject));
  if (senders.length === 0) return;
  const targets = distinctTargets(
    [...universes].flatMap(([station, universe]) =>
      to.flatMap((subject) => targetsOf(itinerary, station, universe, subject)),
    ),
  );
  for (const { container, endpoint } of senders)
    for (const address of Object.values(endpoint.addresses))
      for (const target of targets) {
        if (!isPair(address, target)) continue;
        const sender: Sender = { address, arrivesBy: endpoint.network.bridge, container, endpoint };
        const place = { kind: 'switch', sender: { container, endpoint } } as const;
        yield { place, sender, target, natural: isNatural(sender, target.address) };
      }
}

function isPair(source: Address, { address }: Target): boolean {
  return source.family === address.family && !sameAddress(source, address);
}

/** What comes from outside is seen first by the host that it is for; it does not take its way through another one. */
function isFirst({ host }: Station, sender: Sender, target: Target): boolean {
  const fromOutside = sender.arrivesBy !== undefined && sender.endpoint === undefined;
  return !fromOutside || target.host === undefined || target.host === host.name;
}

/** A host speaks to others with an address of the interface that leads there. */
function isSentThisWay(policy: CheckedModel, station: Station, sender: Sender, destination: Address): boolean {
  if (sender.arrivesBy === undefined) {
    const route = station.meaning.atlas.routing.lookup(destination);
    const leaving =
      typeof route === 'object' ? station.view.interfaces.find(({ name }) => name === route.interface) : undefined;
    const own = leaving?.addresses.filter(({ address }) => address.family === destination.family) ?? [];
    return own.length === 0 || own.some(({ address }) => sameAddress(address, sender.address));
  }
  const container = policy.containers.find(({ name }) => name === sender.container?.name);
  const endpoint = container?.endpoints.find(({ network }) => network === sender.endpoint?.network);
  return isNatural({ ...sender, container, endpoint }, destination);
}
