/** What `docker port` lists: one mapping for each published container port, host address family and host port. */

import type { Container, Publication, Subject } from '../model/model.ts';
import { type Address, type Family, families, formatAddress } from '../net/address.ts';
import { type Port, port, portRangeLength } from '../net/port.ts';
import { formatPrefix } from '../net/prefix.ts';
import type { PortProtocol } from '../net/protocol.ts';

export interface PortMapping {
  readonly container: string;
  readonly containerPort: Port;
  readonly protocol: PortProtocol;
  /** Where it answers; 0.0.0.0 or :: for every address of the host that is not loopback. */
  readonly address: Address;
  readonly hostPort: Port;
  /** Whom it serves, as names and prefixes; undefined where the publication does not limit it. */
  readonly from: readonly string[] | undefined;
}

/**
 * The mappings of a container, by container port, then protocol, address (IPv4 first) and host port. On a routed network
 * nothing is translated: there a port is open at the container's own address, and that is what its mapping says.
 */
export function portMappings(container: Container): readonly PortMapping[] {
  return container.publications.flatMap(mappingsOf).sort(compareMappings);
}

function mappingsOf(publication: Publication): readonly PortMapping[] {
  const { container, target, protocol, hostPorts, containerPorts } = publication;
  const isRouted = target.network.gatewayMode === 'routed';
  const from = publication.from?.map(subjectText);
  return answeringAddresses(publication, isRouted).flatMap((address) =>
    Array.from({ length: portRangeLength(containerPorts) }, (_, offset): PortMapping => {
      const containerPort = port(containerPorts.first + offset);
      const hostPort = isRouted ? containerPort : port(hostPorts.first + offset);
      return { container, containerPort, protocol, address, hostPort, from };
    }),
  );
}

function answeringAddresses({ listener, target }: Publication, isRouted: boolean): readonly Address[] {
  const asked: readonly Family[] = listener.kind === 'all' ? listener.families : [listener.address.family];
  if (isRouted) return asked.flatMap((family) => target.addresses[family] ?? []);
  return listener.kind === 'all' ? asked.map((family) => ({ family, value: 0n })) : [listener.address];
}

/** A subject as a policy writes it. */
export function subjectText(subject: Subject): string {
  switch (subject.kind) {
    case 'any':
      return 'any';
    case 'prefix': {
      const { address, length } = subject.prefix;
      return length === (address.family === 'ipv4' ? 32 : 128) ? formatAddress(address) : formatPrefix(subject.prefix);
    }
    default:
      return subject.name;
  }
}

function compareMappings(left: PortMapping, right: PortMapping): number {
  if (left.containerPort !== right.containerPort) return left.containerPort - right.containerPort;
  if (left.protocol !== right.protocol) return left.protocol < right.protocol ? -1 : 1;
  const family = families.indexOf(left.address.family) - families.indexOf(right.address.family);
  if (family !== 0) return family;
  if (left.address.value !== right.address.value) return left.address.value < right.address.value ? -1 : 1;
  return left.hostPort - right.hostPort;
}

/** A mapping as `docker port` prints it: `80/tcp -> 0.0.0.0:32769`, and whom it serves where that is limited. */
export function formatPortMapping({ containerPort, protocol, address, hostPort, from }: PortMapping): string {
  const text = formatAddress(address);
  const where = address.family === 'ipv6' ? `[${text}]` : text;
  return `${containerPort}/${protocol} -> ${where}:${hostPort}${from === undefined ? '' : ` from ${from.join(', ')}`}`;
}
