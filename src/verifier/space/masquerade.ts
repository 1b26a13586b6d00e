/** The source that masquerading gives, for every class of destinations at once [58, 59, 134]. */
import { routesOf } from '../../host-view/route.ts';
import { sourceAddressesOf } from '../../host-view/source-address.ts';
import type { Address } from '../../net/address.ts';
import type { SetId } from '../sets/diagrams.ts';
import { addressOfValue } from './fields.ts';
import type { AddressField, Space } from './space.ts';

export interface MasqueradeRelation {
  /** From the destination's class to the source that the receiver sees. */
  readonly relation: SetId;
  /** Packets for which the host has no address: they are dropped. */
  readonly lost: SetId;
}

export function masqueradeRelation(space: Space, towards: AddressField): MasqueradeRelation {
  const { diagrams } = space;
  const { size } = space.partitions.address;
  const chosen = addressesChosen(space);
  const numbers = new Map<bigint, number>();
  const numberOf = new Int32Array(size).fill(-1);
  for (let index = 0; index < size; index++) {
    const address = chosen(index);
    if (address === undefined) continue;
    let number = numbers.get(address.value);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(address.value, number);
    }
    numberOf[index] = number;
  }
  const parts = [...numbers].map(([value, number]) =>
    diagrams.intersect(
      space.classes(towards, (index) => numberOf[index] === number),
      space.address('seenSource', { family: space.family, value }),
    ),
  );
  return { relation: diagrams.uniteAll(parts), lost: space.classes(towards, (index) => numberOf[index] === -1) };
}

/** The address for a class. Neighbouring classes that are routed alike mostly get the same: those of containers are asked for once a route. */
function addressesChosen(space: Space): (index: number) => Address | undefined {
  const sources = sourceAddressesOf(space.view, routesOf(space.view));
  const single = new Map<number, Address | undefined>();
  const simple = interfacesWithOneAddress(space);
  return (index) => {
    const number = space.routes.decisionOf[index] ?? 0;
    const decision = space.decisionOfClass(index);
    const name = decision.kind === 'unicast' ? decision.interface : 'lo';
    const known = simple.has(name) || decision.kind !== 'unicast' ? single.get(number) : undefined;
    if (known !== undefined) return known;
    const destination = addressOfValue(space.family, space.partitions.address.firstOf(index));
    const via = decision.kind === 'unicast' ? decision.via : undefined;
    const address = sources.masquerade(name, space.family === 'ipv4' ? (via ?? destination) : destination);
    single.set(number, address);
    return address;
  };
}

/** Where there is one address to choose from, the destination makes no difference. */
function interfacesWithOneAddress({ view, family }: Space): ReadonlySet<string> {
  const candidates = view.interfaces.map(({ name, addresses }) => ({
    name,
    count: addresses.filter(
      ({ address, scope, deprecated }) => address.family === family && scope === 'universe' && !deprecated,
    ).length,
  }));
  return new Set(candidates.filter(({ count }) => count === 1).map(({ name }) => name));
}
