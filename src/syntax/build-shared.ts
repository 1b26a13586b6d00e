/** Parts that several statements have: options, name servers, placements, subjects, services. */
import type { CstNode, IToken } from 'chevrotain';
import { isPortProtocol } from '../net/protocol.ts';
import type { Span } from '../source/span.ts';
import type { Building } from './building.ts';
import { nodesOf, tokenOf, tokensOf } from './cst.ts';
import type {
  AliasItem,
  DnsItem,
  FlagItem,
  Name,
  NetworkPlacement,
  PortService,
  ServiceItem,
  Subject,
} from './tree.ts';
import { looksLikeAddress, readPrefixOrAddress } from './values/address.ts';
import {
  readHostname,
  readInterfaceName,
  readName,
  readNameServer,
  readResolverOption,
  readSearchDomain,
} from './values/name.ts';
import { readSwitch } from './values/number.ts';
import { readServicePorts } from './values/port.ts';
import type { Complain } from './values/reading.ts';

/** An option that is on or off; alone it is on. */
export function buildFlag<Option extends string>(
  building: Building,
  node: CstNode,
  kind: Option,
  span: Span,
): FlagItem<Option> | undefined {
  const written = tokenOf(node, 'value');
  if (written === undefined) return { kind, on: true, span };
  const on = building.read(written, (word, complain) => readSwitch(word, kind, complain));
  return on === undefined ? undefined : { kind, on, span };
}

const dnsReaders = { dns: readNameServer, 'dns-search': readSearchDomain, 'dns-option': readResolverOption };

/** `dns`, `dns-search`, `dns-option`. */
export function buildDns(building: Building, node: CstNode, span: Span): DnsItem | undefined {
  const kind = tokenOf(node, 'keyword')?.image;
  if (kind !== 'dns' && kind !== 'dns-search' && kind !== 'dns-option') return undefined;
  const values = building.readAll(tokensOf(node, 'value'), dnsReaders[kind]);
  return values.length === 0 ? undefined : { kind, values, span };
}

/** `HOST [via INTERFACE], ...`. */
export function buildPlacements(building: Building, node: CstNode | undefined): NetworkPlacement[] {
  if (node === undefined) return [];
  return nodesOf(node, 'placement').flatMap((placement) => {
    const host = building.read(tokenOf(placement, 'name'), readName);
    if (host === undefined) return [];
    const written = tokenOf(placement, 'via');
    const via = building.read(written, readInterfaceName);
    if (written !== undefined && via === undefined) return [];
    const span = { ...host.span, end: via?.span.end ?? host.span.end };
    return [{ host, via, span }];
  });
}

/** `alias NAME, ... [on NETWORK]`. */
export function buildAlias(building: Building, node: CstNode, span: Span): AliasItem | undefined {
  const names = building.readAll(tokensOf(node, 'value'), readHostname);
  const written = tokenOf(node, 'on');
  const on = building.read(written, readName);
  if (names.length === 0 || (written !== undefined && on === undefined)) return undefined;
  return { kind: 'alias', names, on, span };
}

/** Either side of `->`. */
export function readSubject(word: Name, complain: Complain): Subject | undefined {
  if (word.text === 'any') return { kind: 'any', span: word.span };
  if (looksLikeAddress(word.text) || word.text.includes('/')) {
    const literal = readPrefixOrAddress(word, complain);
    return literal && { kind: 'literal', prefix: literal.value, span: word.span };
  }
  const name = readName(word, complain);
  return name && { kind: 'named', name: name.text, span: name.span };
}

/** The subjects of one side. */
export function buildSubjects(building: Building, node: CstNode | undefined): Subject[] {
  return node === undefined ? [] : building.readAll(tokensOf(node, 'value'), readSubject);
}

/** A list of services; `icmp` takes the type that stands behind it. */
export function buildServices(building: Building, node: CstNode | undefined): ServiceItem[] {
  if (node === undefined) return [];
  const types = tokensOf(node, 'icmpType');
  const services = tokensOf(node, 'value');
  let nextType = 0;
  return services.flatMap((token, index) => {
    const word = building.word(token);
    if (word.text !== 'icmp') return readService(word, building.complain) ?? [];
    const type = types[nextType];
    const following = services[index + 1];
    const ours = type !== undefined && (following === undefined || type.startOffset < following.startOffset);
    if (!ours) return { kind: 'icmp', type: undefined, span: word.span };
    nextType++;
    return buildIcmp(building, word, type) ?? [];
  });
}

function buildIcmp(building: Building, word: Name, typeToken: IToken): ServiceItem | undefined {
  const type = building.read(typeToken, readName);
  return type && { kind: 'icmp', type, span: { ...word.span, end: type.span.end } };
}

function readService(word: Name, complain: Complain): ServiceItem | undefined {
  const { text, span } = word;
  if (text === 'any') return { kind: 'any', span };
  if (isPortProtocol(text)) return { kind: 'port', protocol: text, ports: undefined, span };
  if (/^[0-9]/.test(text) || text.includes('/')) return readPortService(word, complain);
  const name = readName(word, complain);
  return name && { kind: 'named', name: name.text, span };
}

/** `80/tcp`, `8000-8010/udp`. */
export function readPortService(word: Name, complain: Complain): PortService | undefined {
  const read = readServicePorts(word, complain);
  return read && { kind: 'port', protocol: read.protocol, ports: read.ports, span: word.span };
}
