/**
 * Networks whose inner traffic the inet table has to judge: with icc off everything between containers is refused unless a
 * link or an allow names it, and a deny inside a network refuses something there. Bridged packets meet the inet table only
 * with br_netfilter [97, 98], so these networks fail closed without it (bridge.ts).
 */

import { isBridgedLan } from '../model/lan.ts';
import type { Access, Model, Network, Subject } from '../model/model.ts';
import { families } from '../net/address.ts';
import { prefixesOverlap } from '../net/prefix.ts';

const bridgedKinds: ReadonlySet<Network['networkKind']> = new Set(['bridge', 'physical', 'switch']);

export function guardedNetworks(model: Model): ReadonlySet<Network> {
  const denies = model.access.filter((access) => access.action === 'deny');
  const bridged = model.networks.filter(({ unmanaged, networkKind }) => !unmanaged && bridgedKinds.has(networkKind));
  const denied = networksInside(denies, bridged);
  return new Set(bridged.filter((network) => !network.icc || denied.has(network)));
}

/** Networks in which some deny covers traffic: both its sides may be there. Linear in the subjects that the denies name. */
function networksInside(denies: readonly Access[], networks: readonly Network[]): ReadonlySet<Network> {
  const inside = new Set<Network>();
  for (const deny of denies) {
    const from = new Set([...networksOf(deny.from, networks), ...spoofed(deny.from, networks)]);
    const to = networksOf(deny.to, networks);
    for (const network of to) if (from.has(network)) inside.add(network);
    for (const lan of lansBeside(deny.from, networks)) if (to.has(lan)) inside.add(lan);
    for (const lan of lansBeside(deny.to, networks)) if (from.has(lan)) inside.add(lan);
  }
  return inside;
}

/** Where spoofing is allowed, a literal on the left side may be a source inside. */
function spoofed(from: readonly Subject[], networks: readonly Network[]): readonly Network[] {
  return from.some(({ kind }) => kind === 'prefix') ? networks.filter((network) => network.spoofingAllowed) : [];
}

/** Physical networks whose bridge leads to machines that a subject may be: those are outside, and their packets bridged. */
function lansBeside(subjects: readonly Subject[], networks: readonly Network[]): readonly Network[] {
  return networks.filter(isBridgedLan).filter(({ bridge }) =>
    subjects.some((subject) => {
      if (subject.kind === 'zone') return subject.interface === undefined || subject.interface === bridge;
      return subject.kind === 'any' || subject.kind === 'prefix';
    }),
  );
}

function networksOf(subjects: readonly Subject[], networks: readonly Network[]): ReadonlySet<Network> {
  const result = new Set<Network>();
  for (const subject of subjects) for (const network of networksOfSubject(subject, networks)) result.add(network);
  return result;
}

function networksOfSubject(subject: Subject, networks: readonly Network[]): readonly Network[] {
  switch (subject.kind) {
    case 'any':
      return networks;
    case 'network':
      return [subject];
    case 'container':
      return subject.endpoints.map((endpoint) => endpoint.network);
    case 'prefix':
      return networks.filter((network) =>
        families.some((family) => {
          const subnet = network.subnets[family];
          return subnet !== undefined && prefixesOverlap(subnet.prefix, subject.prefix);
        }),
      );
    case 'host':
    case 'zone':
      return [];
  }
}
