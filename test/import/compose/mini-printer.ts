/** Writes the part of the language that imports use, one item a line, independently of the formatter. */
import { formatAddress } from '../../../src/net/address.ts';
import { formatPortRange } from '../../../src/net/port.ts';
import { formatPrefix } from '../../../src/net/prefix.ts';
import type {
  AttachOption,
  ContainerItem,
  NetworkItem,
  PolicyFile,
  PublicationForm,
  Statement,
} from '../../../src/syntax/tree.ts';

type Item = NetworkItem | ContainerItem | AttachOption;

function list<T>(values: readonly T[], format: (value: T) => string): string {
  return values.map(format).join(', ');
}

function itemText(item: Item): string {
  switch (item.kind) {
    case 'bridge':
      return `bridge ${item.name.text}`;
    case 'macvlan':
      return `macvlan on ${item.nic.text}`;
    case 'subnet':
      return `subnet ${list(item.subnets, ({ value }) => formatPrefix(value))}`;
    case 'gateway':
      return `gateway ${list(item.addresses, ({ value }) => formatAddress(value))}`;
    case 'mtu':
      return `mtu ${item.mtu.value}`;
    case 'mac':
      return `mac ${item.mac.value}`;
    case 'icc':
    case 'internal':
    case 'masquerade':
      return item.on ? item.kind : `${item.kind} off`;
    case 'gateway-mode':
      return `gateway-mode ${item.mode.value}`;
    case 'attach': {
      const addresses = list(item.addresses, ({ value }) => formatAddress(value));
      const options = item.options.map(itemText).join('; ');
      return `attach ${item.network.text}${addresses && ` ${addresses}`}${options && ` { ${options} }`}`;
    }
    case 'network-mode':
      return `network ${item.mode}${item.container === undefined ? '' : `:${item.container.text}`}`;
    case 'expose':
      return `expose ${list(item.ports, ({ ports, protocol }) => `${formatPortRange(ports)}/${protocol}`)}`;
    case 'publish':
      return `publish ${list(item.publications, publicationText)}`;
    case 'hostname':
      return `hostname ${item.hostname.text}`;
    case 'alias':
      return `alias ${list(item.names, ({ text }) => text)}`;
    case 'dns':
    case 'dns-search':
    case 'dns-option':
      return `${item.kind} ${list(item.values, ({ value }) => value)}`;
    default:
      throw new Error(`an import makes no ${item.kind}`);
  }
}

function publicationText(form: PublicationForm): string {
  if (form.kind === 'all') return 'all';
  const { hostAddress, hostPorts, containerPorts, protocol } = form;
  const address = hostAddress === undefined ? '' : formatAddress(hostAddress.value);
  const before = address === '' ? '' : `${address.includes(':') ? `[${address}]` : address}:`;
  const host = hostPorts === undefined ? (before === '' ? '' : ':') : `${formatPortRange(hostPorts.value)}:`;
  return `${before}${host}${formatPortRange(containerPorts.value)}${protocol === 'tcp' ? '' : `/${protocol}`}`;
}

function statementText(statement: Statement): string {
  switch (statement.kind) {
    case 'network':
    case 'container':
      return `${statement.kind} ${statement.name.text} {\n${statement.items.map((item) => `  ${itemText(item)}\n`).join('')}}\n`;
    case 'link':
      return `link ${statement.from.text} -> ${statement.to.text}${statement.alias === undefined ? '' : ` as ${statement.alias.text}`}\n`;
    default:
      throw new Error(`an import makes no ${statement.kind}`);
  }
}

export function printPolicy(file: PolicyFile): string {
  return file.statements.map(statementText).join('');
}
