/** How the two sides and the service of a flow are recognised by a rule: as parts of a key and tests of the rule. */

import { isLan } from '../model/lan.ts';
import type { Container, Endpoint, Network, Service, Subject, Zone } from '../model/model.ts';
import { type Address, type Family, families } from '../net/address.ts';
import { hostPrefix, type Prefix } from '../net/prefix.ts';
import type { Origin } from '../source/span.ts';
import type { LowerContext } from './context.ts';
import {
  addressPart,
  familyTest,
  fromEndpoint,
  fromOutside,
  icmpTypePart,
  inputInterfacePart,
  notFromEndpoint,
  notLocal,
  notToEndpoint,
  outputInterfacePart,
  portPart,
  portRangePart,
  protocolPart,
  toEndpoint,
  toOutside,
} from './field.ts';
import type { KeyedEntry, KeyPart, Test } from './key-table.ts';
import { usedFamilies } from './network.ts';

/** One way to recognise a side or a service. `family` undefined: either. */
export interface Selector {
  readonly family: Family | undefined;
  readonly parts: readonly KeyPart[];
  readonly tests: readonly Test[];
}

/** A network is its given addresses when it is allowed something, else all behind its bridge. */
export type NetworkMeans = 'endpoints' | 'all';

export const everything: Selector = { family: undefined, parts: [], tests: [] };

/**
 * Sources as a packet from a wire shows them. A container's address is enough: the source checks have dropped packets that
 * carry it from elsewhere, and likewise the bridge is enough for a network. The host itself is never seen on a wire.
 */
export function sourceOnWire(context: LowerContext, subject: Subject, networkMeans: NetworkMeans): readonly Selector[] {
  switch (subject.kind) {
    case 'any':
      return [everything];
    case 'prefix':
      return [prefixSelector('saddr', subject.prefix)];
    case 'host':
      return [];
    case 'zone':
      return zoneSelectors(context, 'saddr', subject);
    case 'network':
      if (isLan(subject)) return lanSelectors('saddr', subject, networkMeans);
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
export function destinationBeyondHost(
  context: LowerContext,
  subject: Subject,
  networkMeans: NetworkMeans,
): readonly Selector[] {
  switch (subject.kind) {
    case 'any':
      return [everything];
    case 'prefix':
      return [prefixSelector('daddr', subject.prefix)];
    case 'host':
      return [];
    case 'zone':
      return zoneSelectors(context, 'daddr', subject);
    case 'network':
      if (isLan(subject)) return lanSelectors('daddr', subject, networkMeans);
      return networkMeans === 'all' ? [networkDestination(subject)] : endpointDestinations(subject);
    case 'container':
      return containerSelectors('daddr', subject);
  }
}

/**
 * Destinations of what the host itself sends. What it sends to a published port of its own is translated at the output hook,
 * which still shows the way out that the packet had before: a network is known by its subnets alone.
 */
export function destinationFromHost(context: LowerContext, subject: Subject): readonly Selector[] {
  if (subject.kind !== 'network' || isLan(subject)) return destinationBeyondHost(context, subject, 'all');
  return families.flatMap((family) => {
    const subnet = subject.subnets[family];
    return subnet === undefined ? [] : [{ ...prefixSelector('daddr', subnet.prefix), tests: [notLocal] }];
  });
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
  let implied = false;
  const parts: KeyPart[] = [];
  const tests: Test[] = [];
  for (const selector of selectors) {
    if (selector.family !== undefined) {
      if (family !== undefined && family !== selector.family) return undefined;
      family = selector.family;
    }
    for (const part of selector.parts) {
      implied ||= part.field.ofOneFamily;
      parts.push(part);
    }
    for (const test of selector.tests) tests.push(test);
  }
  if (family !== undefined && !implied) tests.unshift(familyTest(family));
  return { parts, tests, origins };
}

/** One address, exactly. */
export function addressSelector(side: 'saddr' | 'daddr', address: Address): Selector {
  return prefixSelector(side, hostPrefix(address));
}

function prefixSelector(side: 'saddr' | 'daddr', prefix: Prefix): Selector {
  return { family: prefix.address.family, parts: prefix.length === 0 ? [] : [addressPart(side, prefix)], tests: [] };
}

/** `any` is both families whole and needs no address test. Where a LAN may be meant, containers beside its machines are not. */
function zoneSelectors(context: LowerContext, side: 'saddr' | 'daddr', zone: Zone): readonly Selector[] {
  const source = side === 'saddr';
  const where: Pick<Selector, 'parts' | 'tests'> =
    zone.interface === undefined
      ? { parts: [], tests: [source ? fromOutside : toOutside] }
      : { parts: [source ? inputInterfacePart(zone.interface) : outputInterfacePart(zone.interface)], tests: [] };
  const whole = (family: Family): boolean =>
    zone.prefixes.some((prefix) => prefix.length === 0 && prefix.address.family === family);
  const besideLan = context.lans.some(({ bridge }) => zone.interface === undefined || zone.interface === bridge);
  if (!besideLan && families.every(whole)) return [{ ...everything, ...where }];
  const used = usedFamilies(context);
  return zone.prefixes.map((prefix) => {
    const selector = prefixSelector(side, prefix);
    const { family } = prefix.address;
    const apart = source ? notFromEndpoint[family] : notToEndpoint[family];
    const tests = besideLan && used.includes(family) ? [...where.tests, apart] : where.tests;
    return { ...selector, parts: [...where.parts, ...selector.parts], tests };
  });
}

/** A network on the LAN: its containers, or all that is in its subnet behind its bridge. */
function lanSelectors(side: 'saddr' | 'daddr', network: Network, means: NetworkMeans): readonly Selector[] {
  const where = side === 'saddr' ? inputInterfacePart(network.bridge) : outputInterfacePart(network.bridge);
  const given = side === 'saddr' ? fromEndpoint : toEndpoint;
  return families.flatMap((family): Selector[] => {
    const subnet = network.subnets[family];
    if (subnet === undefined) return [];
    return means === 'all'
      ? [{ family, parts: [where, addressPart(side, subnet.prefix)], tests: [] }]
      : [{ family, parts: [where], tests: [given[family]] }];
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
