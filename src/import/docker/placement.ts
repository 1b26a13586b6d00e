/** Where each container stands: on which networks and in which order, or in whose network namespace. */
import {
  badValue,
  conflictingNetwork,
  containerMissing,
  foreignContainer,
  leftOutObject,
  unknownReference,
  unsupportedDriver,
} from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import { type Family, formatAddress } from '../../net/address.ts';
import { formatPrefix, prefixContains } from '../../net/prefix.ts';
import { circleDiagnostics, type Placement as PlacementOf } from '../engine/placement.ts';
import { shorten } from '../reading/shorten.ts';
import type { InspectedContainer, InspectedEndpoint, InspectedNetwork } from './inspected.ts';
import type { Reading } from './reading.ts';

export type Placement = PlacementOf<InspectedContainer, Place>;

export interface Place {
  readonly endpoint: InspectedEndpoint;
  readonly network: InspectedNetwork;
}

/** What references are looked up in. Ids and names are found alike: the engine takes either. */
interface Surroundings {
  readonly reading: Reading;
  readonly networks: ReadonlyMap<string, InspectedNetwork>;
  readonly containers: ReadonlyMap<string, InspectedContainer>;
  readonly used: Set<InspectedNetwork>;
}

/** Places every container, and reports what the document refers to and does not have. */
export function placeContainers(
  reading: Reading,
  containers: readonly InspectedContainer[],
  networks: readonly InspectedNetwork[],
): ReadonlyMap<InspectedContainer, Placement> {
  const surroundings: Surroundings = {
    reading,
    networks: byNames(networks),
    containers: byNames(containers),
    used: new Set(),
  };
  const placements = new Map(containers.map((container) => [container, place(surroundings, container)]));
  for (const circle of circleDiagnostics(placements, ({ name }) => name.text)) reading.add(circle);
  for (const network of networks) {
    reportRefused(reading, network, surroundings.used.has(network));
    reportMissing(surroundings, network);
  }
  return placements;
}

/** The objects by name, by id, and by the 12 digits that people know an id by. */
function byNames<T extends { readonly name: { readonly text: string }; readonly id: string }>(
  objects: readonly T[],
): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  const ambiguous = new Set<string>();
  for (const one of objects) {
    const short = one.id.slice(0, 12);
    if (found.has(short)) ambiguous.add(short);
    else if (one.id.length > 12) found.set(short, one);
  }
  for (const short of ambiguous) found.delete(short);
  for (const one of objects) found.set(one.name.text, one);
  for (const one of objects) if (one.id !== '') found.set(one.id, one);
  return found;
}

function place(surroundings: Surroundings, container: InspectedContainer): Placement {
  const { reading, containers } = surroundings;
  const { mode } = container;
  if (mode.kind !== 'container')
    return mode.kind === 'networks' ? onNetworks(surroundings, container) : { kind: mode.kind };
  const found = containers.get(mode.target.text);
  if (found !== undefined) return { kind: 'shared', with: found };
  reading.add(
    report(
      foreignContainer,
      mode.target.span,
      `The container \`${shorten(mode.target.text)}\` is not in this document, so \`${shorten(container.name.text)}\` has no network in the policy.`,
      { help: 'Inspect it too, or declare it in the policy and write `network container:NAME`.' },
    ),
  );
  return { kind: 'none' };
}

function onNetworks(surroundings: Surroundings, container: InspectedContainer): Placement {
  const { reading } = surroundings;
  const places = container.endpoints.flatMap((endpoint): readonly Place[] => {
    const network = networkOf(surroundings, endpoint);
    return network === undefined ? [] : [{ endpoint: inSubnets(reading, endpoint, network), network }];
  });
  const special = places.find(({ network }) => network.kind === 'host' || network.kind === 'none');
  if (special !== undefined) {
    if (places.length > 1)
      reading.add(
        report(
          conflictingNetwork,
          special.endpoint.span,
          `\`${shorten(special.endpoint.network.text)}\` is a network mode, which excludes other networks.`,
        ),
      );
    return { kind: special.network.kind === 'host' ? 'host' : 'none' };
  }
  return places.length === 0 ? { kind: 'none' } : { kind: 'attached', places: [...places].sort(byGateway) };
}

function networkOf(surroundings: Surroundings, endpoint: InspectedEndpoint): InspectedNetwork | undefined {
  const { reading, networks, used } = surroundings;
  const { networkId, network: name } = endpoint;
  const network = (networkId === undefined ? undefined : networks.get(networkId)) ?? networks.get(name.text);
  if (network !== undefined) {
    used.add(network);
    return network;
  }
  reading.add(
    report(
      unknownReference,
      name.span,
      `The network \`${shorten(name.text)}\` is not in this document, so its subnet, its bridge and its rules are not known.`,
      { help: 'Inspect the networks too: `docker inspect $(docker ps -q) $(docker network ls -q)`.' },
    ),
  );
  return undefined;
}

/** The endpoint with the addresses that lie in the network; others are a mistake of the document. */
function inSubnets(reading: Reading, endpoint: InspectedEndpoint, network: InspectedNetwork): InspectedEndpoint {
  if (network.kind !== 'bridge' && network.kind !== 'macvlan') return endpoint;
  const { subnets } = network.description;
  const addresses = endpoint.addresses.filter(({ value, span }) => {
    const subnet = subnets.find((candidate) => candidate.value.address.family === value.family);
    if (subnet !== undefined && prefixContains(subnet.value, value)) return true;
    const where =
      subnet === undefined
        ? `\`${shorten(network.name.text)}\` has no subnet of its family`
        : `it does not lie in the subnet \`${formatPrefix(subnet.value)}\` of \`${shorten(network.name.text)}\``;
    reading.add(
      report(
        badValue,
        span,
        `\`${formatAddress(value)}\` cannot be an address of this container: ${where}.`,
        subnet === undefined ? {} : { related: [{ span: subnet.span, message: 'the subnet is written here' }] },
      ),
    );
    return false;
  });
  return { ...endpoint, addresses };
}

/** The order in which the engine takes a default gateway: priority, networks that lead outside, more families, the name (moby, Endpoint.Less). */
function byGateway(left: Place, right: Place): number {
  const priority = right.endpoint.gatewayPriority - left.endpoint.gatewayPriority;
  if (priority !== 0) return priority;
  const internal = Number(isInternal(left.network)) - Number(isInternal(right.network));
  if (internal !== 0) return internal;
  const gateways = familiesOf(right).size - familiesOf(left).size;
  if (gateways !== 0) return gateways;
  const [first, second] = [left.network.name.text, right.network.name.text];
  return first < second ? -1 : first > second ? 1 : 0;
}

export function isInternal({ description }: InspectedNetwork): boolean {
  return description.internal?.value === true || description.gatewayMode?.value === 'isolated';
}

function familiesOf({ endpoint }: Place): ReadonlySet<Family> {
  return new Set(endpoint.addresses.map(({ value }) => value.family));
}

/** A network without an equal is left out where nobody is on it; else the policy would lack what a container has. */
function reportRefused(reading: Reading, { kind, name, why }: InspectedNetwork, isUsed: boolean): void {
  if (kind !== 'refused') return;
  const shown = shorten(name.text);
  if (isUsed) reading.add(report(unsupportedDriver, name.span, `The network \`${shown}\` cannot be imported: ${why}.`));
  else
    reading.add(
      report(leftOutObject, name.span, `The network \`${shown}\` is not in the policy: ${why}. No container is on it.`),
    );
}

/** Who is on a network and not in the document would be shut out by the policy. */
function reportMissing({ reading, containers }: Surroundings, { kind, name, members }: InspectedNetwork): void {
  if (kind !== 'bridge' && kind !== 'macvlan') return;
  for (const member of members) {
    if (containers.has(member.id) || containers.has(member.name.value)) continue;
    reading.add(
      report(
        containerMissing,
        member.name.span,
        `\`${shorten(member.name.value)}\` is on the network \`${shorten(name.text)}\` and not in this document, so the policy shuts it out.`,
        { help: 'Inspect it too, or declare the container in the policy.' },
      ),
    );
  }
}
