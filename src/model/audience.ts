/** Whether a publication serves any part of one side of a statement. */
import {
  type AddressSet,
  addressSetContains,
  addressSetOfPrefixes,
  intersectAddressSets,
  unionAddressSets,
} from '../net/address-set.ts';
import type { Network, Publication, Subject } from './model.ts';

export interface Audience {
  readonly isServedBy: (publication: Publication) => boolean;
}

/** `side` is the left side of a statement. */
export function audienceOf(side: readonly Subject[]): Audience {
  const subjects = new Set(side);
  const networks = new Set(side.filter((subject): subject is Network => subject.kind === 'network'));
  const homes = new Set<Network>(networks);
  for (const subject of side)
    if (subject.kind === 'container') for (const { network } of subject.endpoints) homes.add(network);
  const literals = addressSetOfPrefixes(side.flatMap((subject) => (subject.kind === 'prefix' ? [subject.prefix] : [])));
  const addresses = unionAddressSets(
    literals,
    addressSetOfPrefixes(side.flatMap((subject) => (subject.kind === 'zone' ? subject.prefixes : []))),
  );
  const hasAny = side.some((subject) => subject.kind === 'any');
  const isServedPlainly =
    hasAny ||
    addresses.length > 0 ||
    side.some((subject) => subject.kind === 'host') ||
    [...homes].some((network) => !network.internal);

  function isNamed(subject: Subject): boolean {
    if (subjects.has(subject)) return true;
    switch (subject.kind) {
      case 'any':
        return true;
      case 'network':
        return homes.has(subject);
      case 'container':
        return subject.endpoints.some(
          ({ network, addresses }) =>
            networks.has(network) || Object.values(addresses).some((address) => addressSetContains(literals, address)),
        );
      case 'zone':
        return intersects(addresses, addressSetOfPrefixes(subject.prefixes));
      case 'prefix':
        return intersects(addresses, addressSetOfPrefixes([subject.prefix]));
      case 'host':
        return false;
    }
  }

  return {
    isServedBy: ({ from }) => (from === undefined ? isServedPlainly : hasAny || from.some(isNamed)),
  };
}

function intersects(left: AddressSet, right: AddressSet): boolean {
  return left.length > 0 && intersectAddressSets(left, right).length > 0;
}
