/** The parts of statements as text. */
import { addressBits, formatAddress } from '../net/address.ts';
import { formatPortRange } from '../net/port.ts';
import { formatPrefix } from '../net/prefix.ts';
import type { ListItem } from './print-line.ts';
import type {
  ExpectedOutcome,
  ExposedPorts,
  Name,
  NetworkPlacement,
  PortService,
  PublicationForm,
  ServiceItem,
  Subject,
  Written,
} from './tree.ts';

/** Values of one kind as the items of a list. */
export function written<T>(values: readonly Written<T>[], format: (value: T) => string): ListItem[] {
  return values.map(({ value, span }) => ({ text: format(value), span }));
}

export function names(values: readonly Name[]): readonly ListItem[] {
  return values;
}

export function subjects(values: readonly Subject[]): ListItem[] {
  return values.map((subject) => ({ text: formatSubject(subject), span: subject.span }));
}

/** A prefix that holds one address is written as the address. */
function formatSubject(subject: Subject): string {
  if (subject.kind === 'any') return 'any';
  if (subject.kind === 'named') return subject.name;
  const { address, length } = subject.prefix;
  return length === addressBits(address.family) ? formatAddress(address) : formatPrefix(subject.prefix);
}

export function services(values: readonly ServiceItem[]): ListItem[] {
  return values.map((service) => ({ text: formatService(service), span: service.span }));
}

function formatService(service: ServiceItem): string {
  switch (service.kind) {
    case 'any':
      return 'any';
    case 'named':
      return service.name;
    case 'port':
      return formatPortService(service);
    case 'icmp':
      return service.type === undefined ? 'icmp' : `icmp ${service.type.text}`;
  }
}

function formatPortService({ ports, protocol }: PortService): string {
  return ports === undefined ? protocol : `${formatPortRange(ports)}/${protocol}`;
}

export function exposed(values: readonly ExposedPorts[]): ListItem[] {
  return values.map(({ ports, protocol, span }) => ({ text: `${formatPortRange(ports)}/${protocol}`, span }));
}

export function publications(values: readonly PublicationForm[]): ListItem[] {
  return values.map((form) => ({ text: formatPublication(form), span: form.span }));
}

/** Docker's form; TCP is left out, as everybody does. */
function formatPublication(form: PublicationForm): string {
  if (form.kind === 'all') return 'all';
  const address = form.hostAddress && formatAddress(form.hostAddress.value);
  const host = form.hostAddress?.value.family === 'ipv6' ? `[${address}]:` : address === undefined ? '' : `${address}:`;
  const hostPorts =
    form.hostPorts === undefined ? (host === '' ? '' : ':') : `${formatPortRange(form.hostPorts.value)}:`;
  const protocol = form.protocol === 'tcp' ? '' : `/${form.protocol}`;
  return `${host}${hostPorts}${formatPortRange(form.containerPorts.value)}${protocol}`;
}

export function placements(values: readonly NetworkPlacement[]): ListItem[] {
  return values.map(({ host, via, span }) => ({
    text: via === undefined ? host.text : `${host.text} via ${via.text}`,
    span,
  }));
}

export function formatOutcome(outcome: ExpectedOutcome): string {
  switch (outcome.kind) {
    case 'reaches':
      return `reaches ${outcome.container.text}${outcome.service === undefined ? '' : ` ${formatPortService(outcome.service)}`}`;
    case 'leaves-as':
      return `leaves as ${formatAddress(outcome.address.value)}`;
    default:
      return outcome.kind;
  }
}
