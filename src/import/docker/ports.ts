/** Ports of an inspected container: those it exposes, those the engine has bound, and those that were asked for. */
import { badPort, badShape, freeHostPort } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import { type Address, parseAddress } from '../../net/address.ts';
import { type Port, type PortRange, parsePortRange, portRangeLength } from '../../net/port.ts';
import { isPortProtocol, type PortProtocol } from '../../net/protocol.ts';
import type { ExposedPorts, Written } from '../../syntax/tree.ts';
import { leaveOut } from '../engine/publication.ts';
import { fieldsOf } from '../reading/fields.ts';
import type { DocumentNode, MappingEntry, ScalarNode } from '../reading/node.ts';
import { shorten } from '../reading/shorten.ts';
import type { Binding } from './inspected.ts';
import { finishFields, type Reading } from './reading.ts';
import { readEntries, readItems, readOptionalText } from './values.ts';

/** Keys of a port map: `80/tcp`, and ranges where only exposed ports are meant. */
function readPortKey(
  reading: Reading,
  { text, span }: ScalarNode,
): { readonly ports: PortRange; readonly protocol: PortProtocol } | undefined {
  const [port = '', word = 'tcp', ...rest] = text.split('/');
  const protocol = word.toLowerCase();
  const ports = parsePortRange(port);
  if (ports !== undefined && isPortProtocol(protocol) && rest.length === 0) return { ports, protocol };
  reading.add(report(badPort, span, `\`${shorten(text)}\` is no port of a container: it is written \`80/tcp\`.`));
  return undefined;
}

/** The ports that the keys of an object name: `ExposedPorts`, or a port map. */
export function readExposedPorts(reading: Reading, entry: MappingEntry | undefined): readonly ExposedPorts[] {
  return readEntries(reading, entry).flatMap(({ key }) => {
    const port = readPortKey(reading, key);
    return port === undefined ? [] : [{ ...port, span: key.span }];
  });
}

/**
 * What is published. What the engine has bound (`Ports`) is the truth, chosen ports included; what was asked for and not
 * bound is reported with the reason `unbound`. `isSettled` false: it is about to start, so what was asked for stands for what will be.
 */
export function readBindings(
  reading: Reading,
  bound: MappingEntry | undefined,
  requested: MappingEntry | undefined,
  isSettled: boolean,
  unbound: string,
): readonly Binding[] {
  const asked = readEntries(reading, requested);
  if (!isSettled || bound === undefined) return asked.flatMap((entry) => readPort(reading, entry));
  const known = readEntries(reading, bound);
  const served = new Set(known.filter(({ value }) => !isEmpty(value)).map(({ key }) => key.text));
  for (const { key, value } of asked)
    if (!isEmpty(value) && !served.has(key.text)) leaveOut(reading, key.span, unbound);
  return known.flatMap((entry) => readPort(reading, entry));
}

function isEmpty(value: DocumentNode): boolean {
  return value.kind === 'scalar' ? value.isNull : value.kind === 'sequence' && value.items.length === 0;
}

function readPort(reading: Reading, entry: MappingEntry): readonly Binding[] {
  const items = readItems(reading, entry);
  if (items.length === 0) return [];
  const port = readPortKey(reading, entry.key);
  if (port === undefined) return [];
  if (portRangeLength(port.ports) > 1) {
    reading.add(
      report(badPort, entry.key.span, 'Each published port of a container stands by itself, not in a range.'),
    );
    return [];
  }
  return items.flatMap((item) => readBinding(reading, item, port.ports.first, port.protocol));
}

function readBinding(
  reading: Reading,
  node: DocumentNode,
  containerPort: Port,
  protocol: PortProtocol,
): readonly Binding[] {
  if (node.kind !== 'mapping') {
    reading.add(report(badShape, node.span, 'A binding has to be an object with `HostIp` and `HostPort`.'));
    return [];
  }
  const fields = fieldsOf(node);
  const address = readHostAddress(reading, readOptionalText(reading, fields.take('HostIp')));
  const hostPort = readHostPort(reading, readOptionalText(reading, fields.take('HostPort')));
  finishFields(reading, fields, {
    scope: 'container',
    prefix: 'Ports.',
    irrelevant: new Set(),
    what: 'the binding of a port',
  });
  if (address === 'wrong' || hostPort === 'wrong') return [];
  return [{ address, hostPort, containerPort, protocol, span: node.span }];
}

function readHostAddress(reading: Reading, text: Written<string> | undefined): Written<Address> | undefined | 'wrong' {
  if (text === undefined) return undefined;
  const address = parseAddress(text.value);
  if (address !== undefined) return { value: address, span: text.span };
  reading.add(report(badPort, text.span, `\`${shorten(text.value)}\` is no address of the host.`));
  return 'wrong';
}

function readHostPort(reading: Reading, text: Written<string> | undefined): Port | undefined | 'wrong' {
  if (text === undefined || text.value === '0') return undefined;
  const range = parsePortRange(text.value);
  if (range === undefined) {
    reading.add(report(badPort, text.span, `\`${shorten(text.value)}\` is no port of the host.`));
    return 'wrong';
  }
  if (portRangeLength(range) > 1)
    reading.add(
      report(
        freeHostPort,
        text.span,
        `The engine takes a free port of ${range.first}-${range.last} here; the policy publishes on ${range.first}.`,
      ),
    );
  return range.first;
}
