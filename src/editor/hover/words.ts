/** Parts of the model in the words of the language, as Markdown. */
import { icmpTypes } from '../../model/icmp-types.ts';
import type { Endpoint, Publication, Service, Subject } from '../../model/model.ts';
import { type Address, families, formatAddress } from '../../net/address.ts';
import { formatPortRange } from '../../net/port.ts';
import { formatPrefix } from '../../net/prefix.ts';
import { protocolName } from '../../net/protocol.ts';

/** Longer lists are cut: nobody reads them in a bubble. */
const mostListed = 12;

/** Text that must not be taken for Markdown. */
export function code(text: string): string {
  return `\`${text.replaceAll('`', "'")}\``;
}

export function list(parts: readonly string[], separator = ', '): string {
  if (parts.length <= mostListed) return parts.join(separator);
  return `${parts.slice(0, mostListed).join(separator)}${separator}and ${parts.length - mostListed} more`;
}

/** The addresses of an endpoint, IPv4 first. */
export function addressesOf(endpoint: Endpoint): string {
  const given = families.flatMap((family) => endpoint.addresses[family] ?? []);
  return given.length === 0 ? 'no address' : given.map((address) => code(formatAddress(address))).join(', ');
}

/** A subject: its name and what it comes down to. */
export function subjectText(subject: Subject): string {
  switch (subject.kind) {
    case 'any':
      return 'anything (the host included)';
    case 'prefix':
      return code(formatPrefix(subject.prefix));
    case 'host':
      return `the host ${code(subject.name)}`;
    case 'zone': {
      const through = subject.interface === undefined ? '' : ` on ${code(subject.interface)}`;
      return `zone ${code(subject.name)} (${list(subject.prefixes.map((prefix) => code(formatPrefix(prefix))))}${through})`;
    }
    case 'network': {
      const subnets = families.flatMap((family) => subject.subnets[family] ?? []);
      return `network ${code(subject.name)} (${subnets.map(({ prefix }) => code(formatPrefix(prefix))).join(', ')})`;
    }
    case 'container':
      return subject.endpoints.length === 0
        ? `container ${code(subject.name)}`
        : `container ${code(subject.name)} (${list(subject.endpoints.map(addressesOf))})`;
  }
}

export function subjectsText(subjects: readonly Subject[]): string {
  return subjects.length === 0 ? 'nothing' : list(subjects.map(subjectText));
}

export function serviceText(service: Service): string {
  switch (service.kind) {
    case 'any':
      return 'every protocol and port';
    case 'protocol':
      return code(protocolName(service.protocol));
    case 'ports':
      return code(`${formatPortRange(service.ports)}/${protocolName(service.protocol)}`);
    case 'icmp-type': {
      const known = [...icmpTypes].find(([, types]) => types[service.family] === service.type)?.[0];
      return `${service.family === 'ipv4' ? 'ICMP' : 'ICMPv6'} ${code(known ?? `type ${service.type}`)}`;
    }
  }
}

export function servicesText(services: readonly Service[]): string {
  return services.length === 0 ? 'nothing' : list(services.map(serviceText));
}

/** Where a publication answers and what it leads to: `8080/tcp` on every address of the host -> `80/tcp`. */
export function publicationText(publication: Publication): string {
  const { listener, hostPorts, containerPorts, protocol, from } = publication;
  const where = listener.kind === 'all' ? 'every address of the host' : code(formatListener(listener.address));
  const whom = from === undefined ? '' : `, for ${subjectsText(from)} only`;
  return `${code(`${formatPortRange(hostPorts)}/${protocol}`)} on ${where} → port ${code(formatPortRange(containerPorts))}${whom}`;
}

function formatListener(address: Address): string {
  return address.family === 'ipv6' ? `[${formatAddress(address)}]` : formatAddress(address);
}
