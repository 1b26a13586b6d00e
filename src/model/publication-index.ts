/** Finds the publications that a destination leads to, as sent (address and port of the host) or really (of the container). */
import type { Address, Family } from '../net/address.ts';
import { rangeOfPrefix } from '../net/address-set.ts';
import type { PortRange } from '../net/port.ts';
import { portRangesOverlap } from '../net/port.ts';
import type { Prefix } from '../net/prefix.ts';
import type { PortProtocol } from '../net/protocol.ts';
import { bridgeAddresses } from './held-addresses.ts';
import { allPublications, hostContents } from './host-contents.ts';
import type { Model, Publication, Subject } from './model.ts';
import { type IndexedRange, type RangeIndex, rangeIndex } from './range-index.ts';

export interface PublicationIndex {
  /** Publications that packets to a subject, of a protocol and to any of the ports, may meet; some may come twice. */
  readonly leadingTo: (subject: Subject, protocol: PortProtocol, ports: PortRange) => Iterable<Publication>;
}

type PortIndex = (protocol: PortProtocol, ports: PortRange) => Iterable<Publication>;

export function publicationIndex(model: Model): PublicationIndex {
  const everything = allPublications(model.containers);
  const byHost = new Map<Subject, PortIndex>(
    hostContents(model).map(({ host, publications }) => [host, portIndex(publications, ({ hostPorts }) => hostPorts)]),
  );
  const anyHost = lazy(() => portIndex(everything, ({ hostPorts }) => hostPorts));
  const anyContainer = lazy(() => portIndex(everything, ({ containerPorts }) => containerPorts));
  const byNetwork = lazy(() => {
    const groups = new Map<Subject, Publication[]>();
    for (const publication of everything) {
      const { network } = publication.target;
      const group = groups.get(network);
      if (group === undefined) groups.set(network, [publication]);
      else group.push(publication);
    }
    return new Map(
      [...groups].map(([network, group]) => [network, portIndex(group, ({ containerPorts }) => containerPorts)]),
    );
  });
  const byAddress = lazy(() => addressIndex(model, everything));

  return {
    leadingTo(subject, protocol, ports) {
      switch (subject.kind) {
        case 'host':
          return byHost.get(subject)?.(protocol, ports) ?? [];
        case 'any':
          return both(anyHost()(protocol, ports), anyContainer()(protocol, ports));
        case 'network':
          return byNetwork().get(subject)?.(protocol, ports) ?? [];
        case 'container':
          return subject.publications.filter(
            (entry) => entry.protocol === protocol && portRangesOverlap(entry.containerPorts, ports),
          );
        case 'prefix':
          return byAddress()(subject.prefix, protocol, ports);
        case 'zone':
          return [];
      }
    },
  };
}

function* both<T>(first: Iterable<T>, second: Iterable<T>): Generator<T> {
  yield* first;
  yield* second;
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function portIndex(publications: readonly Publication[], portsOf: (publication: Publication) => PortRange): PortIndex {
  const groups = new Map<PortProtocol, IndexedRange<number, Publication>[]>();
  for (const publication of publications) {
    const { first, last } = portsOf(publication);
    const group = groups.get(publication.protocol) ?? [];
    groups.set(publication.protocol, group);
    group.push({ first, last, value: publication });
  }
  const indexes = new Map<PortProtocol, RangeIndex<number, Publication>>();
  for (const [protocol, group] of groups) indexes.set(protocol, rangeIndex(group));
  return (protocol, ports) => indexes.get(protocol)?.overlapping(ports.first, ports.last) ?? [];
}

/** Publications by the addresses they answer on and lead to; those that answer everywhere by every address of the host. */
function addressIndex(
  model: Model,
  publications: readonly Publication[],
): (prefix: Prefix, protocol: PortProtocol, ports: PortRange) => Iterable<Publication> {
  interface Place {
    readonly publication: Publication;
    readonly ports: PortRange;
  }
  const entries: Record<Family, IndexedRange<bigint, Place>[]> = { ipv4: [], ipv6: [] };
  const put = ({ family, value }: Address, place: Place): void => {
    entries[family].push({ first: value, last: value, value: place });
  };
  for (const publication of publications) {
    const { listener, target, hostPorts, containerPorts } = publication;
    if (listener.kind === 'address') put(listener.address, { publication, ports: hostPorts });
    for (const address of Object.values(target.addresses)) put(address, { publication, ports: containerPorts });
  }
  const hosts = hostContents(model).map((contents) => ({
    addresses: [
      ...contents.host.interfaces.flatMap((entry) => entry.addresses.map(({ address }) => address)),
      ...contents.networks.flatMap(bridgeAddresses),
    ],
    everywhere: portIndex(
      contents.publications.filter(({ listener }) => listener.kind === 'all'),
      ({ hostPorts }) => hostPorts,
    ),
  }));
  const hostAddresses: Record<Family, IndexedRange<bigint, PortIndex>[]> = { ipv4: [], ipv6: [] };
  for (const { addresses, everywhere } of hosts)
    for (const { family, value } of addresses)
      hostAddresses[family].push({ first: value, last: value, value: everywhere });
  const places = { ipv4: rangeIndex(entries.ipv4), ipv6: rangeIndex(entries.ipv6) };
  const onHosts = { ipv4: rangeIndex(hostAddresses.ipv4), ipv6: rangeIndex(hostAddresses.ipv6) };

  return function* (prefix, protocol, ports) {
    const { family, first, last } = rangeOfPrefix(prefix);
    for (const place of places[family].overlapping(first, last))
      if (place.publication.protocol === protocol && portRangesOverlap(place.ports, ports)) yield place.publication;
    for (const everywhere of new Set(onHosts[family].overlapping(first, last)))
      for (const publication of everywhere(protocol, ports))
        if (publication.listener.kind === 'all' && publication.listener.families.includes(family)) yield publication;
  };
}
