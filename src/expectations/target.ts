/** What the right side of an expectation stands for, as seen from one host of several: addresses, and who is meant by each. */
import type { CheckedModel, Container, Endpoint, Host, Network, Subject } from '../model/model.ts';
import { meetsRules } from '../model/placement.ts';
import { type Address, addressKey } from '../net/address.ts';
import { addressSetContains } from '../net/address-set.ts';
import { prefixContains } from '../net/prefix.ts';
import type { Itinerary, Station } from './journey.ts';
import { destinationsOf, type Universe } from './universe.ts';

/** An address to send to. `container` and `host`: who is meant, so that reaching somebody else of this address is not it. */
export interface Target {
  readonly address: Address;
  readonly container: string | undefined;
  /** The host that it is, or that the container runs on. */
  readonly host: string | undefined;
  /** The network of the container, where that is a switch: only its own network reaches it. */
  readonly segment: Network | undefined;
}

export function targetsOf(
  itinerary: Itinerary,
  station: Station,
  universe: Universe,
  subject: Subject,
): readonly Target[] {
  const { policy } = itinerary;
  switch (subject.kind) {
    case 'host':
      return hostTargets(policy, station, universe, subject);
    case 'container':
      return subject.endpoints.flatMap((endpoint) => endpointTargets(subject, endpoint));
    case 'network':
      return networkTargets(policy, subject);
    case 'zone': {
      const zone = station.model.zones.find(({ name }) => name === subject.name);
      return zone === undefined ? [] : destinationsOf(universe, zone).map(unplaced);
    }
    case 'any':
      return [...everyone(policy, station, universe), ...outside(universe, subject)];
    case 'prefix':
      return [
        ...everyone(policy, station, universe).filter(({ address }) => prefixContains(subject.prefix, address)),
        ...outside(universe, subject),
      ];
  }
}

const unplaced = (address: Address): Target => ({ address, container: undefined, host: undefined, segment: undefined });

function everyone(policy: CheckedModel, station: Station, universe: Universe): readonly Target[] {
  return [
    ...policy.hosts.flatMap((host) => hostTargets(policy, station, universe, host)),
    ...policy.networks.flatMap((network) => networkTargets(policy, network)),
  ];
}

/** What is neither the host's nor a declared network's. */
function outside(universe: Universe, subject: Subject): readonly Target[] {
  return destinationsOf(universe, subject)
    .filter((address) => !addressSetContains(universe.notOutside, address))
    .map(unplaced);
}

function hostTargets(policy: CheckedModel, station: Station, universe: Universe, host: Host): readonly Target[] {
  const [itself] = station.model.hosts;
  const addresses =
    host.name === station.host.name && itself !== undefined
      ? destinationsOf(universe, itself)
      : (policy.hosts.find(({ name }) => name === host.name)?.interfaces ?? [])
          .filter(({ name }) => name !== 'lo')
          .flatMap((entry) => entry.addresses.map(({ address }) => address));
  return addresses.map((address) => ({ ...unplaced(address), host: host.name }));
}

function networkTargets(policy: CheckedModel, network: Network): readonly Target[] {
  return policy.containers.flatMap((container) =>
    container.endpoints
      .filter((endpoint) => endpoint.network === network)
      .flatMap((endpoint) => endpointTargets(container, endpoint)),
  );
}

function endpointTargets(container: Container, { network, addresses }: Endpoint): readonly Target[] {
  return Object.values(addresses).map((address) => ({
    address,
    container: container.name,
    host: container.host,
    segment: meetsRules(network) ? undefined : network,
  }));
}

/** One of each. */
export function distinctTargets(targets: readonly Target[]): readonly Target[] {
  return [
    ...new Map(
      targets.map((target) => [
        `${addressKey(target.address)} ${target.container ?? ''} ${target.host ?? ''} ${target.segment?.name ?? ''}`,
        target,
      ]),
    ).values(),
  ];
}
