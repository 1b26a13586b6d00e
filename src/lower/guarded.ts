/**
 * Networks whose inner traffic the inet table has to judge: with icc off everything between containers is refused unless a
 * link or an allow names it, and a deny inside a network refuses something there. Bridged packets meet the inet table only
 * with br_netfilter [97, 98], so these networks fail closed without it (bridge.ts).
 */

import type { Access, Model, Network, Subject } from '../model/model.ts';
import { families } from '../net/address.ts';
import { prefixesOverlap } from '../net/prefix.ts';

export function guardedNetworks(model: Model): ReadonlySet<Network> {
  const denies = model.access.filter((access) => access.action === 'deny');
  const denied = networksInside(denies, model.networks);
  return new Set(model.networks.filter((network) => !network.unmanaged && (!network.icc || denied.has(network))));
}

/** Networks in which some deny covers traffic: both its sides may be there. Linear in the subjects that the denies name. */
function networksInside(denies: readonly Access[], networks: readonly Network[]): ReadonlySet<Network> {
  const inside = new Set<Network>();
  for (const deny of denies) {
    const from = new Set([...networksOf(deny.from, networks), ...spoofed(deny.from, networks)]);
    if (from.size === 0) continue;
    for (const network of networksOf(deny.to, networks)) if (from.has(network)) inside.add(network);
  }
  return inside;
}

/** Where spoofing is allowed, a literal on the left side may be a source inside. */
function spoofed(from: readonly Subject[], networks: readonly Network[]): readonly Network[] {
  return from.some(({ kind }) => kind === 'prefix') ? networks.filter((network) => network.spoofingAllowed) : [];
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
