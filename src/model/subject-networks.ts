/** Which declared networks a side of a statement has addresses on. */
import type { Family } from '../net/address.ts';
import { rangeOfPrefix } from '../net/address-set.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Model, Network, Subject } from './model.ts';
import { type RangeIndex, rangeIndex } from './range-index.ts';

/** The networks of a side; computed once a list of subjects. */
export type NetworksOfSide = (side: readonly Subject[]) => ReadonlySet<Network>;

export function networksOfSides(model: Model): NetworksOfSide {
  const everything = new Set(model.networks);
  const known = new WeakMap<readonly Subject[], ReadonlySet<Network>>();
  let bySubnet: ((prefix: Prefix) => Iterable<Network>) | undefined;

  function compute(side: readonly Subject[]): ReadonlySet<Network> {
    const result = new Set<Network>();
    for (const subject of side) {
      if (subject.kind === 'any') return everything;
      if (subject.kind === 'network') result.add(subject);
      else if (subject.kind === 'container') for (const { network } of subject.endpoints) result.add(network);
      else if (subject.kind === 'prefix') {
        bySubnet ??= networksBySubnet(model.networks);
        for (const network of bySubnet(subject.prefix)) result.add(network);
      }
    }
    return result;
  }

  return (side) => {
    const result = known.get(side) ?? compute(side);
    known.set(side, result);
    return result;
  };
}

/** The networks whose subnets overlap a prefix. */
function networksBySubnet(networks: readonly Network[]): (prefix: Prefix) => Iterable<Network> {
  const indexOf = (family: Family): RangeIndex<bigint, Network> =>
    rangeIndex(
      networks.flatMap((network) => {
        const subnet = network.subnets[family];
        return subnet === undefined ? [] : [{ ...rangeOfPrefix(subnet.prefix), value: network }];
      }),
    );
  const indexes: Record<Family, RangeIndex<bigint, Network>> = { ipv4: indexOf('ipv4'), ipv6: indexOf('ipv6') };
  return (prefix) => {
    const { family, first, last } = rangeOfPrefix(prefix);
    return indexes[family].overlapping(first, last);
  };
}
