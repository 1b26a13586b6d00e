/** `container` blocks. */
import type { CstNode } from 'chevrotain';
import { unknownChoice } from '../diagnostics/catalogue/syntax.ts';
import type { Span } from '../source/span.ts';
import { buildAlias, buildDns, readSubject } from './build-shared.ts';
import type { Building } from './building.ts';
import { nodeOf, tokenOf, tokensOf } from './cst.ts';
import type {
  AttachItem,
  AttachOption,
  ContainerBlock,
  ContainerItem,
  ContainerRouteItem,
  ExposedPorts,
  Name,
  NetworkModeItem,
  PlumbItem,
  PublicationForm,
  PublishItem,
} from './tree.ts';
import { readAddress, readDestination, readInterfaceAddress, readMac } from './values/address.ts';
import { readDeclaredName, readHostname, readInterfaceName, readName, reservedSubjects } from './values/name.ts';
import { readPorts } from './values/port.ts';
import { readPublication } from './values/publication.ts';
import { type Complain, partOf, quote, refuse } from './values/reading.ts';

export function buildContainer(building: Building, node: CstNode, end: number): ContainerBlock | undefined {
  const header = nodeOf(node, 'header');
  const keyword = header && tokenOf(header, 'keyword');
  if (header === undefined || keyword === undefined) return undefined;
  const name = building.read(tokenOf(header, 'name'), (word, complain) =>
    readDeclaredName(word, reservedSubjects, complain),
  );
  const on = building.read(tokenOf(header, 'on'), readName);
  building.checkSurplus(header, 'file');
  const items = building.items(node, (item, itemEnd) => buildContainerItem(building, item, itemEnd));
  building.checkSurplus(node, 'file');
  return name && { kind: 'container', name, on, items, span: building.span(keyword, end) };
}

function buildContainerItem(building: Building, node: CstNode, end: number): ContainerItem | undefined {
  if (node.name === 'attach') return buildAttach(building, node, end);
  const keyword = tokenOf(node, 'keyword');
  if (keyword === undefined) {
    building.refuseUnknown(node, 'container');
    return undefined;
  }
  const span = building.span(keyword, end);
  const item =
    node.name === 'dnsItem' ? buildDns(building, node, span) : buildPlainItem(building, node, keyword.image, span);
  building.checkSurplus(node, 'container');
  return item;
}

function buildPlainItem(building: Building, node: CstNode, keyword: string, span: Span): ContainerItem | undefined {
  switch (keyword) {
    case 'network':
      return building.read(tokenOf(node, 'value'), (word, complain) => readNetworkMode(word, span, complain));
    case 'expose': {
      const ports = building.readAll(tokensOf(node, 'value'), readExposed);
      return ports.length === 0 ? undefined : { kind: 'expose', ports, span };
    }
    case 'publish':
      return buildPublish(building, node, span);
    case 'hostname': {
      const hostname = building.read(tokenOf(node, 'value'), readHostname);
      return hostname && { kind: 'hostname', hostname, span };
    }
    case 'alias':
      return buildAlias(building, node, span);
    case 'route':
      return buildRoute(building, node, span);
    case 'plumb':
      return buildPlumb(building, node, span);
    default:
      return undefined;
  }
}

/** `attach NETWORK [ADDRESS, ...] [{ ... }]`. */
function buildAttach(building: Building, node: CstNode, end: number): AttachItem | undefined {
  const header = nodeOf(node, 'header');
  const keyword = header && tokenOf(header, 'keyword');
  if (header === undefined || keyword === undefined) return undefined;
  const network = building.read(tokenOf(header, 'name'), readName);
  const addresses = building.readAll(tokensOf(header, 'value'), readAddress);
  building.checkSurplus(header, 'container');
  const options = building.items(node, (option, optionEnd) => buildAttachOption(building, option, optionEnd));
  building.checkSurplus(node, 'container');
  return network && { kind: 'attach', network, addresses, options, span: building.span(keyword, end) };
}

function buildAttachOption(building: Building, node: CstNode, end: number): AttachOption | undefined {
  const keyword = tokenOf(node, 'keyword');
  if (keyword === undefined) {
    building.refuseUnknown(node, 'attach');
    return undefined;
  }
  const option = buildKnownOption(building, node, keyword.image, building.span(keyword, end));
  building.checkSurplus(node, 'attach');
  return option;
}

function buildKnownOption(building: Building, node: CstNode, keyword: string, span: Span): AttachOption | undefined {
  switch (keyword) {
    case 'port': {
      const name = building.read(tokenOf(node, 'name'), readInterfaceName);
      return name && { kind: 'port', name, span };
    }
    case 'mac': {
      const mac = building.read(tokenOf(node, 'value'), readMac);
      return mac && { kind: 'mac', mac, span };
    }
    case 'gateway': {
      const addresses = building.readAll(tokensOf(node, 'value'), readAddress);
      return addresses.length === 0 ? undefined : { kind: 'gateway', addresses, span };
    }
    case 'alias':
      return buildAlias(building, node, span);
    default:
      return undefined;
  }
}

/** `host`, `none` or `container:NAME`. */
function readNetworkMode(word: Name, span: Span, complain: Complain): NetworkModeItem | undefined {
  const { text } = word;
  if (text === 'host' || text === 'none') return { kind: 'network-mode', mode: text, container: undefined, span };
  if (text.startsWith('container:') && text.length > 'container:'.length) {
    const container = readName(partOf(word, 'container:'.length), complain);
    return container && { kind: 'network-mode', mode: 'container', container, span };
  }
  return refuse(complain, unknownChoice, word, `${quote(text)} is not a network mode`, {
    help: 'write `host`, `none` or `container:NAME`; to join a network, write `attach`',
  });
}

/** `80/tcp`; TCP where no protocol is written, as in Docker. */
function readExposed(word: Name, complain: Complain): ExposedPorts | undefined {
  const read = readPorts(word, complain);
  return read && { ports: read.ports, protocol: read.protocol ?? 'tcp', span: word.span };
}

function buildPublish(building: Building, node: CstNode, span: Span): PublishItem | undefined {
  const publications = building.readAll(tokensOf(node, 'value'), readForm);
  const fromTokens = tokensOf(node, 'from');
  const from = tokenOf(node, 'fromKeyword') && building.readAll(fromTokens, readSubject);
  const incomplete = from !== undefined && (from.length === 0 || from.length < fromTokens.length);
  if (publications.length === 0 || incomplete) return undefined;
  return { kind: 'publish', publications, from, span };
}

function readForm(word: Name, complain: Complain): PublicationForm | undefined {
  if (word.text === 'all') return { kind: 'all', span: word.span };
  const publication = readPublication(word, complain);
  return publication && { kind: 'ports', ...publication, span: word.span };
}

/** `route DESTINATION via ADDRESS`; the destination `default` has no prefix. */
function buildRoute(building: Building, node: CstNode, span: Span): ContainerRouteItem | undefined {
  const read = building.read(tokenOf(node, 'value'), readDestination);
  const via = building.read(tokenOf(node, 'via'), readAddress);
  if (via === undefined || read === undefined) return undefined;
  const destination = read.value && { value: read.value, span: read.span };
  return { kind: 'route', destination, via, span };
}

function buildPlumb(building: Building, node: CstNode, span: Span): PlumbItem | undefined {
  const name = building.read(tokenOf(node, 'name'), readInterfaceName);
  const addresses = building.readAll(tokensOf(node, 'value'), readInterfaceAddress);
  const viaToken = tokenOf(node, 'via');
  const via = building.read(viaToken, readAddress);
  const network = building.read(tokenOf(node, 'on'), readName);
  if (name === undefined || network === undefined || addresses.length === 0 || (viaToken && !via)) return undefined;
  return { kind: 'plumb', interface: name, addresses, via, network, span };
}
