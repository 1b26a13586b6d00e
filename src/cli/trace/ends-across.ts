/** Source and destination of `ctfw trace` where a policy has several hosts, or switches: who sends, and which host sees it first. */
import type { Itinerary, Station } from '../../expectations/journey.ts';
import { type PairAcross, pairsAcross } from '../../expectations/pairs-across.ts';
import { type Universe, universeOf } from '../../expectations/universe.ts';
import type { CheckedModel, Subject } from '../../model/model.ts';
import { type Address, formatAddress, sameAddress } from '../../net/address.ts';
import { hostPrefix } from '../../net/prefix.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import { type EndWord, plainAddresses, subjectsNamed } from './ends.ts';

/** Chooses a pair for names, of one family, as the sender itself would send. `on`: only where this host sees it first. Throws CommandError. */
export function chooseEndsAcross(
  itinerary: Itinerary,
  from: EndWord,
  to: EndWord,
  wanted: Address['family'] | undefined,
  on: string | undefined,
): PairAcross {
  if (to.interface !== undefined)
    throw new CommandError('a destination is reached by the routes of the host: it names no interface');
  const { policy, stations } = itinerary;
  const universes = new Map(stations.map((station) => [station, universeOf(station.meaning.atlas)]));
  const known = [...pairsAcross(itinerary, universes, subjectsOf(policy, from), subjectsOf(policy, to))]
    .filter(({ place }) => on === undefined || hostOf(place) === on)
    .flatMap((pair) => asSaid(pair, universes, policy, from, to));
  const pairs = known.length > 0 ? known : literalPairs(itinerary, universes, from, to, on);
  for (const family of wanted === undefined ? (['ipv4', 'ipv6'] as const) : [wanted]) {
    const own = pairs.filter(({ sender }) => sender.address.family === family);
    const chosen = own.find(({ natural }) => natural) ?? own[0];
    if (chosen !== undefined) return chosen;
  }
  const where = on === undefined ? '' : ` that host "${on}" sees first`;
  throw new CommandError(
    `no packet goes from ${wordOf(from)} to ${wordOf(to)}${where}: they have no ${wanted ?? 'IP'} address each, or nothing leads from the one to the other`,
    exitCode.refused,
  );
}

/** The host of a place; of a container's place on a switch the one that it runs on. */
export function hostOf(place: PairAcross['place']): string | undefined {
  return place.kind === 'host' ? place.station.host.name : place.sender.container.host;
}

function subjectsOf(policy: CheckedModel, { name, address }: EndWord): readonly Subject[] {
  if (name !== undefined) return subjectsNamed(policy, name);
  if (address === undefined) throw new CommandError('a packet needs two addresses');
  return [{ kind: 'prefix', prefix: hostPrefix(address) }];
}

/** A pair with the addresses and the interface that were said; nothing where they are other ones. */
function asSaid(
  pair: PairAcross,
  universes: ReadonlyMap<Station, Universe>,
  policy: CheckedModel,
  from: EndWord,
  to: EndWord,
): readonly PairAcross[] {
  const { place, sender, target } = pair;
  const isOutside = sender.container === undefined && sender.arrivesBy !== undefined;
  if (from.interface !== undefined && sender.arrivesBy !== from.interface) return [];
  if (to.address !== undefined && !sameAddress(target.address, to.address)) return [];
  if (from.address !== undefined) {
    if (sameAddress(sender.address, from.address)) return [pair];
    const isSaid = isOutside && from.name !== undefined && from.address.family === target.address.family;
    return isSaid ? [{ ...pair, sender: { ...sender, address: from.address } }] : [];
  }
  const universe = place.kind === 'host' ? universes.get(place.station) : undefined;
  if (!isOutside || universe === undefined || from.name === undefined) return [pair];
  const known = plainAddresses(universe, subjectsNamed(policy, from.name));
  const address = known.find(({ family }) => family === target.address.family) ?? sender.address;
  return [{ ...pair, sender: { ...sender, address } }];
}

/** Addresses that nobody has, and sides where they do not live, can be said all the same. */
function literalPairs(
  itinerary: Itinerary,
  universes: ReadonlyMap<Station, Universe>,
  from: EndWord,
  to: EndWord,
  on: string | undefined,
): readonly PairAcross[] {
  const { policy, stations } = itinerary;
  const station = stations.find(
    ({ host, view }) =>
      [undefined, host.name].includes(on) && view.interfaces.some(({ name }) => name === from.interface),
  );
  const senders =
    from.address !== undefined && from.interface !== undefined
      ? station === undefined
        ? []
        : [{ place: { kind: 'host', station } as const, sender: forged(from.address, from.interface), natural: true }]
      : [...pairsAcross(itinerary, universes, subjectsOf(policy, from), [{ kind: 'any' }])]
          .filter(({ place }) => on === undefined || hostOf(place) === on)
          .map((pair) => ({ ...pair, natural: false }));
  const targets =
    to.address !== undefined
      ? [{ address: to.address, container: undefined, host: undefined, segment: undefined }]
      : [...pairsAcross(itinerary, universes, [{ kind: 'any' }], subjectsOf(policy, to))].map(({ target }) => target);
  return senders.flatMap((sender) =>
    targets
      .filter(({ address }) => address.family === sender.sender.address.family)
      .map((target) => ({ ...sender, target })),
  );
}

function forged(address: Address, arrivesBy: string): PairAcross['sender'] {
  return { address, arrivesBy, container: undefined, endpoint: undefined };
}

function wordOf({ name, address }: EndWord): string {
  return name === undefined ? (address === undefined ? 'this' : formatAddress(address)) : `"${name}"`;
}
