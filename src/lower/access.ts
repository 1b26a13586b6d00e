/** `allow`, `deny` and `link` as entries: every combination of source, destination and service that a statement names. */
import type { Access, Link, Service, Subject } from '../model/model.ts';
import { portProtocolNumber } from '../net/protocol.ts';
import type { Origin } from '../source/span.ts';
import { originsOf } from './context.ts';
import type { KeyedEntry } from './key-table.ts';
import { combine, endpointSelectors, type Selector, serviceSelectors } from './selector.ts';

/** How the sides of a statement are recognised where the rule stands. */
export interface Sides {
  readonly source: (subject: Subject) => readonly Selector[];
  readonly destination: (subject: Subject) => readonly Selector[];
}

export function accessEntries(access: Access, sides: Sides): readonly KeyedEntry[] {
  return productEntries(
    access.from.flatMap(sides.source),
    access.to.flatMap(sides.destination),
    access.services,
    originsOf(access),
  );
}

export function productEntries(
  sources: readonly Selector[],
  destinations: readonly Selector[],
  services: readonly Service[],
  origins: readonly Origin[],
): readonly KeyedEntry[] {
  const keys = services.map(serviceSelectors);
  return sources.flatMap((source) =>
    destinations.flatMap((destination) =>
      keys.flatMap((service) => {
        const entry = combine([source, destination, service], origins);
        return entry === undefined ? [] : [entry];
      }),
    ),
  );
}

/** A link covers what its target exposes, between addresses on a common network, from left to right; answers pass by state. */
export function linkEntries(link: Link): readonly KeyedEntry[] {
  const services = link.to.exposed.map(
    ({ ports, protocol }): Service => ({ kind: 'ports', protocol: portProtocolNumber(protocol), ports }),
  );
  return link.from.endpoints.flatMap((endpoint) => {
    const common = link.to.endpoints.filter((other) => other.network === endpoint.network);
    const destinations = common.flatMap((other) => endpointSelectors('daddr', other));
    return productEntries(endpointSelectors('saddr', endpoint), destinations, services, originsOf(link));
  });
}
