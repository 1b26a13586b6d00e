/** Packets that destination NAT left where they were sent: only their port is another one, or nothing is. */
import { empty, type SetId } from '../../sets/diagrams.ts';
import { valuesOf } from '../../space/groups.ts';
import type { Space } from '../../space/space.ts';

/** Of a set of translated packets, those whose destination is the one that they were sent to. */
export function unmoved(space: Space, set: SetId): SetId {
  const { diagrams, partitions } = space;
  const classes = (field: 'destination' | 'realDestination'): ReadonlySet<number> => {
    const found = new Set<number>();
    for (const { first, last } of valuesOf(space, set, field)) {
      const end = partitions.address.lastClassOf(last);
      for (let index = partitions.address.classOf(first); index <= end; index++) found.add(index);
    }
    return found;
  };
  const sent = classes('destination');
  const isOne = (index: number): boolean => partitions.address.firstOf(index) === partitions.address.lastOf(index);
  const both = [...classes('realDestination')].filter((index) => sent.has(index) && isOne(index));
  if (both.length === 0) return empty;
  const pairs = both.map((index) => {
    const one = (field: 'destination' | 'realDestination'): SetId => space.classes(field, (other) => other === index);
    return diagrams.intersect(one('destination'), one('realDestination'));
  });
  return diagrams.intersect(set, diagrams.uniteAll(pairs));
}
