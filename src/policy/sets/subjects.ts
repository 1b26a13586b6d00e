/** What the subjects of statements stand for, on either side of the arrow. */
import { isLan } from '../../model/lan.ts';
import type { Service, Subject } from '../../model/model.ts';
import { families } from '../../net/address.ts';
import {
  type AddressSet,
  addressSet,
  addressSetOfPrefixes,
  intersectAddressSets,
  rangeOfAddress,
  subtractAddressSets,
  unionAddressSets,
} from '../../net/address-set.ts';
import { wholeFamily } from '../../net/prefix.ts';
import type { Span } from '../../source/span.ts';
import { leavesByLan } from '../atlas.ts';
import type { Meaning } from '../decide.ts';
import { addressesOf, everyAddress, type FlowBox, isSameSide, type SourceSet, sideOf, within } from './flow-box.ts';
import { endpointsOf, lanAddresses, lanSource, networkSource, outsidersOn, subnetOf } from './networks.ts';
import { type Regions, regionsOf } from './regions.ts';

/** The flows that a statement covers. */
export function boxesOf(
  regions: Regions,
  from: readonly Subject[],
  to: readonly Subject[],
  services: readonly Service[],
  action: 'allow' | 'deny',
  because: Span,
): readonly FlowBox[] {
  const sources = from.flatMap((subject) => sourcesOf(regions, subject, action));
  const box = (some: readonly SourceSet[], by: Regions['reachedBy']): FlowBox => ({
    sources: some,
    destinations: unionAddressSets(
      ...to.map((subject) => destinationsOf({ ...regions, reachedBy: by }, subject, action)),
    ),
    services,
    because,
  });
  const ways = waysPastTheHost(regions);
  const byWay = ways.map(({ side, addresses, reachedBy }) =>
    box(
      sources.filter((source) => isSameSide(source.side, side)).map((source) => within(source, addresses)),
      reachedBy,
    ),
  );
  const others = sources.map((source) => {
    const taken = ways.filter(({ side }) => isSameSide(side, source.side)).map(({ addresses }) => addresses);
    return { ...source, addresses: subtractAddressSets(source.addresses, unionAddressSets(...taken)) };
  });
  return [box(others, regions.reachedBy), ...byWay];
}

/** Containers on a LAN whose gateway is there reach everything outside through it, whatever the routes of the host. */
function waysPastTheHost(regions: Regions): readonly (SourceSet & { readonly reachedBy: Regions['reachedBy'] })[] {
  return regions.atlas.networks.filter(isLan).flatMap((network) =>
    families
      .filter((family) => leavesByLan(regions.atlas, network, family))
      .map((family) => ({
        side: sideOf(network),
        addresses: intersectAddressSets(endpointsOf(regions, network), addressSetOfPrefixes([wholeFamily(family)])),
        reachedBy: new Map([[network.bridge, regions.outside]]),
      })),
  );
}

/** Where packets of a subject come from. */
export function sourcesOf(regions: Regions, subject: Subject, action: 'allow' | 'deny'): readonly SourceSet[] {
  switch (subject.kind) {
    case 'any':
      return regions.everySource;
    case 'host':
      return [{ side: { kind: 'host' }, addresses: everyAddress }];
    case 'prefix':
      return everySource(regions, addressSetOfPrefixes([subject.prefix]));
    case 'zone': {
      const { interface: name } = subject;
      const prefixes = addressSetOfPrefixes(subject.prefixes);
      if (name === undefined) return regions.outsiders.map((source) => within(source, prefixes));
      return [within({ side: { kind: 'interface', name }, addresses: outsidersOn(regions, name) }, prefixes)];
    }
    case 'network':
      return action === 'deny' && isLan(subject)
        ? [networkSource(regions, subject), lanSource(regions, subject)]
        : [networkSource(regions, subject)];
    case 'container':
      return subject.endpoints
        .filter(({ network }) => !network.unmanaged)
        .map(({ network, addresses }) => ({ side: sideOf(network), addresses: addressesOf(addresses) }));
  }
}

/** Anyone with one of these addresses who may have it. */
export function everySource(regions: Regions, addresses: AddressSet): readonly SourceSet[] {
  return regions.everySource.map((source) => within(source, addresses)).filter((source) => source.addresses.length > 0);
}

/** What is sent over a wire between containers no host judges. */
export function seenByTheHost({ atlas }: Regions, sources: readonly SourceSet[]): readonly SourceSet[] {
  const unseen = [...atlas.containersOnWire.keys()].map(sideOf);
  return unseen.length === 0 ? sources : sources.filter(({ side }) => !unseen.some((wire) => isSameSide(wire, side)));
}

/** Where packets to a subject go. */
export function destinationsOf(regions: Regions, subject: Subject, action: 'allow' | 'deny'): AddressSet {
  switch (subject.kind) {
    case 'any':
      return subtractAddressSets(everyAddress, regions.loopback);
    case 'host':
      return regions.host;
    case 'prefix':
      return subtractAddressSets(addressSetOfPrefixes([subject.prefix]), regions.loopback);
    case 'zone': {
      const where =
        subject.interface === undefined ? regions.outside : (regions.reachedBy.get(subject.interface) ?? []);
      return intersectAddressSets(where, addressSetOfPrefixes(subject.prefixes));
    }
    case 'network':
      if (subject.unmanaged) return [];
      if (action === 'deny' && isLan(subject))
        return unionAddressSets(endpointsOf(regions, subject), lanAddresses(regions, subject));
      return action === 'deny' ? subnetOf(regions, subject) : endpointsOf(regions, subject);
    case 'container':
      return addressSet(
        subject.endpoints
          .filter(({ network }) => !network.unmanaged)
          .flatMap(({ addresses }) => Object.values(addresses).map(rangeOfAddress)),
      );
  }
}

/** The senders and receivers that subjects stand for. `whole`: of a network its whole subnet, not its endpoints alone. */
export function subjectSets(
  meaning: Meaning,
): (
  subjects: readonly Subject[],
  whole: boolean,
) => { readonly sources: readonly SourceSet[]; readonly destinations: AddressSet } {
  const regions = regionsOf(meaning.atlas);
  return (subjects, whole) => {
    const action = whole ? 'deny' : 'allow';
    return {
      sources: subjects.flatMap((subject) => sourcesOf(regions, subject, action)),
      destinations: unionAddressSets(...subjects.map((subject) => destinationsOf(regions, subject, action))),
    };
  };
}
