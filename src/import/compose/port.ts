/** Docker's words for ports: the short syntax of `ports`, the long one, and `expose`. */
import { badPort, badShape, freeHostPort } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import { type Address, parseAddress } from '../../net/address.ts';
import { type PortRange, parsePortRange, portRangeLength, singlePort } from '../../net/port.ts';
import { isPortProtocol, type PortProtocol } from '../../net/protocol.ts';
import type { Span } from '../../source/span.ts';
import type { ExposedPorts, Written } from '../../syntax/tree.ts';
import { fieldsOf } from '../reading/fields.ts';
import type { MappingEntry, MappingNode } from '../reading/node.ts';
import { shorten } from '../reading/shorten.ts';
import { finishFields } from './fields.ts';
import { portIrrelevant } from './known-keys.ts';
import type { ComposePort } from './project.ts';
import type { Reading } from './reading.ts';
import { readItems, readOptionalText, readText } from './values.ts';

/** The parts of a publication as texts; `undefined` and the empty text mean: not written. */
interface PortTexts {
  readonly address: string | undefined;
  readonly host: string | undefined;
  readonly container: string;
  readonly protocol: string | undefined;
}

/** A publication without places, or why a text is none. */
export type ParsedPort =
  | {
      readonly address: Address | undefined;
      readonly hostPorts: PortRange | undefined;
      readonly containerPorts: PortRange;
      readonly protocol: PortProtocol;
    }
  | { readonly problem: string };

/**
 * Parses `[[ADDRESS:][HOSTPORTS]:]PORTS[/PROTOCOL]` as Docker splits it: at the last colons, so that an IPv6 address may stand without
 * brackets. An empty or zero host port means a free one. Host ports may be a range for a single container port, which is then `8000-8010:80`.
 */
export function parseShortPort(text: string): ParsedPort {
  return parsePort(splitShortPort(text));
}

function splitShortPort(text: string): PortTexts {
  const slash = text.indexOf('/');
  const beforeProtocol = slash === -1 ? text : text.slice(0, slash);
  const protocol = slash === -1 ? undefined : text.slice(slash + 1);
  const lastColon = beforeProtocol.lastIndexOf(':');
  if (lastColon === -1) return { address: undefined, host: undefined, container: beforeProtocol, protocol };
  const container = beforeProtocol.slice(lastColon + 1);
  const before = beforeProtocol.slice(0, lastColon);
  const hostColon = before.lastIndexOf(':');
  if (hostColon === -1) return { address: undefined, host: before, container, protocol };
  return { address: before.slice(0, hostColon), host: before.slice(hostColon + 1), container, protocol };
}

function parsePort(texts: PortTexts): ParsedPort {
  const protocol = (texts.protocol ?? '') === '' ? 'tcp' : (texts.protocol ?? '').toLowerCase();
  if (!isPortProtocol(protocol))
    return { problem: `\`${shorten(protocol)}\` is no protocol with ports; write \`tcp\`, \`udp\` or \`sctp\`` };
  if (texts.container === '') return { problem: 'the port of the container is missing' };
  const containerPorts = parsePortRange(texts.container);
  if (containerPorts === undefined)
    return { problem: `\`${shorten(texts.container)}\` is no port or port range of the container (1 to 65535)` };
  const hostText = texts.host === '0' ? '' : (texts.host ?? '');
  const hostPorts = hostText === '' ? undefined : parsePortRange(hostText);
  if (hostText !== '' && hostPorts === undefined)
    return { problem: `\`${shorten(hostText)}\` is no port or port range of the host (1 to 65535)` };
  const lengths = [
    portRangeLength(containerPorts),
    hostPorts === undefined ? undefined : portRangeLength(hostPorts),
  ] as const;
  if (lengths[1] !== undefined && lengths[0] !== lengths[1] && lengths[0] !== 1)
    return {
      problem: `the ranges differ in length: ${lengths[1]} ports of the host for ${lengths[0]} of the container`,
    };
  const addressText = (texts.address ?? '').replace(/^\[(.*)\]$/, '$1');
  const address = addressText === '' ? undefined : parseAddress(addressText);
  if (addressText !== '' && address === undefined)
    return { problem: `\`${shorten(addressText)}\` is no address of the host` };
  return { address, hostPorts, containerPorts, protocol };
}

/** The entries of `ports`, in order, each once. */
export function readPorts(reading: Reading, entry: MappingEntry | undefined): readonly ComposePort[] {
  const ports = new Map<string, ComposePort>();
  for (const item of readItems(reading, entry)) {
    const port = item.kind === 'mapping' ? readLongPort(reading, item) : readShortPort(reading, item);
    if (port === undefined) continue;
    const key = portKey(port);
    if (!ports.has(key)) ports.set(key, port);
  }
  return [...ports.values()];
}

function portKey({ hostAddress, hostPorts, containerPorts, protocol }: ComposePort): string {
  const address = hostAddress === undefined ? '' : `${hostAddress.value.family} ${hostAddress.value.value}`;
  return `${address} ${hostPorts?.value.first} ${hostPorts?.value.last} ${containerPorts.value.first} ${containerPorts.value.last} ${protocol}`;
}

function readShortPort(reading: Reading, node: Parameters<typeof readText>[1]): ComposePort | undefined {
  const text = readText(reading, node, 'An entry of `ports`');
  if (text === undefined) {
    if (node.kind === 'scalar' && node.isNull)
      reading.add(report(badPort, node.span, 'This entry of `ports` is empty.'));
    return undefined;
  }
  const texts = splitShortPort(text.value);
  const emptied = node.kind === 'scalar' && emptiedPart(node.text, texts);
  const parsed = emptied ? { problem: emptyVariable } : parsePort(texts);
  if (!('problem' in parsed)) return placePort(reading, parsed, text.span);
  reading.add(
    report(badPort, text.span, `\`${shorten(text.value)}\` publishes nothing: ${parsed.problem}.`, {
      help: 'A port is written `8080:80`, `127.0.0.1:8080:80`, `80`, `8000-8010:9000-9010/udp` or `[2001:db8::1]:8080:80`.',
    }),
  );
  return undefined;
}

const emptyVariable =
  'a variable leaves the address or the port of the host empty, which would open more than is written';

/** Whether variables emptied a part that would then stand for every address or any port; `ADDRESS::PORT` is written so on purpose. */
function emptiedPart(written: string, { address, host }: PortTexts): boolean {
  if (!written.includes('$')) return false;
  return address === '' || (host === '' && !written.includes('::'));
}

function readLongPort(reading: Reading, mapping: MappingNode): ComposePort | undefined {
  const fields = fieldsOf(mapping);
  const targetEntry = fields.take('target');
  const container = readOptionalText(reading, targetEntry);
  const host = readPart(reading, fields.take('published'));
  const address = readPart(reading, fields.take('host_ip'));
  const protocol = readOptionalText(reading, fields.take('protocol'));
  finishFields(reading, fields, {
    scope: 'service',
    prefix: 'ports.',
    irrelevant: portIrrelevant,
    what: 'an entry of `ports`',
  });
  if (address === 'emptied' || host === 'emptied') return refuse(reading, mapping.span, emptyVariable);
  const parsed = parsePort({
    address: address?.value,
    host: host?.value,
    container: container?.value ?? '',
    protocol: protocol?.value,
  });
  if (!('problem' in parsed)) return placePort(reading, parsed, mapping.span, { address, host, container });
  return refuse(reading, targetEntry?.value.span ?? mapping.span, parsed.problem);
}

function refuse(reading: Reading, span: Span, problem: string): undefined {
  reading.add(report(badPort, span, `This entry of \`ports\` publishes nothing: ${problem}.`));
}

/** A part of the long form; `emptied` where variables left nothing of what is written. */
function readPart(reading: Reading, entry: MappingEntry | undefined): Written<string> | 'emptied' | undefined {
  const text = readOptionalText(reading, entry);
  if (text !== undefined || entry?.value.kind !== 'scalar') return text;
  return entry.value.text.includes('$') ? 'emptied' : undefined;
}

/** A parsed port with its places; where the engine would choose a port of a range, the first one is taken and that is said. */
function placePort(
  reading: Reading,
  parsed: Exclude<ParsedPort, { problem: string }>,
  span: Span,
  places: {
    address?: Written<string> | undefined;
    host?: Written<string> | undefined;
    container?: Written<string> | undefined;
  } = {},
): ComposePort {
  const { address, hostPorts, containerPorts, protocol } = parsed;
  const choice = hostPorts !== undefined && portRangeLength(hostPorts) !== portRangeLength(containerPorts);
  if (choice)
    reading.add(
      report(
        freeHostPort,
        span,
        `The engine takes a free port of ${hostPorts.first}-${hostPorts.last} here; the policy publishes on ${hostPorts.first}.`,
        {
          help: 'Write the one port that is meant.',
        },
      ),
    );
  return {
    hostAddress: address === undefined ? undefined : { value: address, span: places.address?.span ?? span },
    hostPorts:
      hostPorts === undefined
        ? undefined
        : { value: choice ? singlePort(hostPorts.first) : hostPorts, span: places.host?.span ?? span },
    containerPorts: { value: containerPorts, span: places.container?.span ?? span },
    protocol,
    span,
  };
}

/** The entries of `expose`: ports and ranges, with a protocol where one is written. */
export function readExpose(reading: Reading, entry: MappingEntry | undefined): readonly ExposedPorts[] {
  return readItems(reading, entry).flatMap((item) => {
    if (item.kind !== 'scalar') {
      reading.add(report(badShape, item.span, 'An entry of `expose` has to be a single value.'));
      return [];
    }
    const text = readText(reading, item, 'An entry of `expose`');
    if (text === undefined) return [];
    const parsed = text.value.includes(':')
      ? { problem: 'only `ports` may name a port of the host' }
      : parseShortPort(text.value);
    if (!('problem' in parsed)) return [{ ports: parsed.containerPorts, protocol: parsed.protocol, span: text.span }];
    reading.add(report(badPort, text.span, `\`${shorten(text.value)}\` exposes nothing: ${parsed.problem}.`));
    return [];
  });
}
