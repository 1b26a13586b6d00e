/** How the two sides and the service of a flow are recognised by a rule: as parts of a key and tests of the rule. */

import type { Container, Endpoint, Network, Service, Subject, Zone } from '../model/model.ts';
import { type Address, type Family, families } from '../net/address.ts';
import { hostPrefix, type Prefix } from '../net/prefix.ts';
import type { Origin } from '../source/span.ts';
import {
  addressPart,
  familyTest,
  fromOutside,
  icmpTypePart,
  inputInterfacePart,
  notLocal,
  outputInterfacePart,
  portPart,
  portRangePart,
  protocolPart,
  toEndpoint,
  toOutside,
} from './field.ts';
import type { KeyedEntry, KeyPart, Test } from './key-table.ts';

/** One way to recognise a side or a service. `family` undefined: either. */
export interface Selector {
  readonly family: Family | undefined;
  readonly parts: readonly KeyPart[];
  readonly tests: readonly Test[];
}

export const everything: Selector = { family: undefined, parts: [], tests: [] };

/**
 * Sources as a packet from a wire shows them. A container's address is enough: the source checks have dropped packets that
 * carry it from elsewhere, and likewise the bridge is enough for a network. The host itself is never seen on a wire.
 */
export function sourceOnWire(subject: Subject): readonly Selector[] {
  switch (subject.kind) {
    case 'any':
      return [everything];
    case 'prefix':
      return [prefixSelector('saddr', subject.prefix)];
    case 'host':
      return [];
    case 'zone':
      return zoneSelectors('saddr', subject);
    case 'network':
      return [{ ...everything, parts: [inputInterfacePart(subject.bridge)] }];
    case 'container':
      return containerSelectors('saddr', subject);
  }
}

/** Sources as the host's own packets show them: only what may be the host. */
export function sourceInHost(subject: Subject): readonly Selector[] {
  switch (subject.kind) {
    case 'any':
    case 'host':
      return [everything];
    case 'prefix':
      return [prefixSelector('saddr', subject.prefix)];
    case 'zone':
    case 'network':
    case 'container':
      return [];
  }
}

/** Destinations that are not the host. A network is its given addresses when it is allowed something, else all behind its bridge. */
export function destinationBeyondHost(subject: Subject, networkMeans: 'endpoints' | 'all'): readonly Selector[] {
  switch (subject.kind) {
    case 'any':
      return [everything];
    case 'prefix':
      return [prefixSelector('daddr', subject.prefix)];
    case 'host':
      return [];
    case 'zone':
      return zoneSelectors('daddr', subject);
    case 'network':
      return networkMeans === 'all' ? [networkDestination(subject)] : endpointDestinations(subject);
    case 'container':
      return containerSelectors('daddr', subject);
  }
}

/**
 * The same for the host's own packets at the output hook. There a translated packet still shows the interface of the
 * destination as it was sent [56], so a network is recognised by its addresses.
 */
export function destinationFromHost(subject: Subject): readonly Selector[] {
  if (subject.kind !== 'network') return destinationBeyondHost(subject, 'all');
  return Object.values(subject.subnets).map(({ prefix }) => ({
    ...prefixSelector('daddr', prefix),
    tests: [notLocal],
  }));
}

/** Destinations that are local to the host (which the rule has tested already). */
export function destinationInHost(subject: Subject): readonly Selector[] {
  switch (subject.kind) {
    case 'any':
    case 'host':
      return [everything];
    case 'prefix':
      return [prefixSelector('daddr', subject.prefix)];
    case 'zone':
    case 'network':
    case 'container':
      return [];
  }
}

export function serviceSelectors(service: Service): Selector {
  switch (service.kind) {
    case 'any':
      return everything;
    case 'protocol':
      return { ...everything, parts: [protocolPart(service.protocol)] };
    case 'ports': {
      const { first, last } = service.ports;
      const port = first === last ? portPart(first) : portRangePart(first, last);
      return { ...everything, parts: [protocolPart(service.protocol), port] };
    }
    case 'icmp-type':
      return { family: service.family, parts: [icmpTypePart(service.family, service.type)], tests: [] };
  }
}

/** The entry that all selectors together recognise; undefined when their families contradict each other: no packet fits. */
export function combine(selectors: readonly Selector[], origins: readonly Origin[]): KeyedEntry | undefined {
  let family: Family | undefined;
  for (const selector of selectors) {
    if (selector.family === undefined) continue;
    if (family !== undefined && family !== selector.family) return undefined;
    family = selector.family;
  }
  const parts: KeyPart[] = [];
  const tests: Test[] = [];
  for (const selector of selectors) {
    parts.push(...selector.parts);
    tests.push(...selector.tests);
  }
  const implied = parts.some(({ field: { type } }) => type.startsWith('ipv') || type.startsWith('icmp'));
  return { parts, tests: family !== undefined && !implied ? [familyTest(family), ...tests] : tests, origins };
}

/** One address, exactly. */
export function addressSelector(side: 'saddr' | 'daddr', address: Address): Selector {
  return prefixSelector(side, hostPrefix(address));
}

function prefixSelector(side: 'saddr' | 'daddr', prefix: Prefix): Selector {
  return { family: prefix.address.family, parts: prefix.length === 0 ? [] : [addressPart(side, prefix)], tests: [] };
}

/** `any` is both families whole and needs no address test. */
function zoneSelectors(side: 'saddr' | 'daddr', zone: Zone): readonly Selector[] {
  const source = side === 'saddr';
  const where: Pick<Selector, 'parts' | 'tests'> =
    zone.interface === undefined
      ? { parts: [], tests: [source ? fromOutside : toOutside] }
      : { parts: [source ? inputInterfacePart(zone.interface) : outputInterfacePart(zone.interface)], tests: [] };
  const whole = (family: Family): boolean =>
    zone.prefixes.some((prefix) => prefix.length === 0 && prefix.address.family === family);
  if (families.every(whole)) return [{ ...everything, ...where }];
  return zone.prefixes.map((prefix) => {
    const selector = prefixSelector(side, prefix);
    return { ...selector, parts: [...where.parts, ...selector.parts], tests: where.tests };
  });
}

function networkDestination(network: Network): Selector {
  return { ...everything, parts: [outputInterfacePart(network.bridge)] };
}

function endpointDestinations(network: Network): readonly Selector[] {
  return families
    .filter((family) => network.subnets[family] !== undefined)
    .map((family) => ({ family, parts: [outputInterfacePart(network.bridge)], tests: [toEndpoint[family]] }));
}

function containerSelectors(side: 'saddr' | 'daddr', container: Container): readonly Selector[] {
  return container.endpoints.flatMap((endpoint) => endpointSelectors(side, endpoint));
}

/** The addresses of a container on one network. */
export function endpointSelectors(side: 'saddr' | 'daddr', endpoint: Endpoint): readonly Selector[] {
  return families.flatMap((family) => {
    const address = endpoint.addresses[family];
    return address === undefined ? [] : [addressSelector(side, address)];
  });
}
