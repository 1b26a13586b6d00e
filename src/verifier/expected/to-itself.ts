/** Packets from an address to the same address: an expectation is about two ends. */
import { addressSetContains } from '../../net/address-set.ts';
import type { FlowBox } from '../../policy/sets/flow-box.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import { addressOfValue } from '../space/fields.ts';
import type { Space } from '../space/space.ts';

/** A class of several addresses has others of its own to send to. */
export function toItself(space: Space, { sources, destinations }: FlowBox): SetId {
  const { address } = space.partitions;
  const { diagrams } = space;
  const pairs: SetId[] = [];
  for (const { family, first, last } of destinations) {
    if (family !== space.family) continue;
    const value = (bits: bigint) => (family === 'ipv4' ? Number(bits) : bits);
    for (let index = address.classOf(value(first)); index <= address.classOf(value(last)); index++) {
      const own = address.firstOf(index);
      if (own !== address.lastOf(index)) continue;
      const one = addressOfValue(family, own);
      if (!sources.some(({ addresses }) => addressSetContains(addresses, one))) continue;
      pairs.push(diagrams.intersect(space.equal('source', own), space.equal('destination', own)));
    }
  }
  return pairs.length === 0 ? empty : diagrams.uniteAll(pairs);
}
