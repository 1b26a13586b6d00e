/** `host` blocks. */
import type { CstNode } from 'chevrotain';
import type { Span } from '../source/span.ts';
import { buildDns, buildFlag } from './build-shared.ts';
import type { Building } from './building.ts';
import { nodeOf, tokenOf, tokensOf } from './cst.ts';
import type { AddressItem, HostBlock, HostItem, HostRouteItem, InterfaceItem, MtuItem } from './tree.ts';
import { readAddress, readDestination, readInterfaceAddress } from './values/address.ts';
import { readDeclaredName, readInterfaceName, reservedSubjects } from './values/name.ts';
import { mtuLimits, readNumber } from './values/number.ts';
import { readPortRange } from './values/port.ts';

export function buildHost(building: Building, node: CstNode, end: number): HostBlock | undefined {
  const header = nodeOf(node, 'header');
  const keyword = header && tokenOf(header, 'keyword');
  if (header === undefined || keyword === undefined) return undefined;
  const name = building.read(tokenOf(header, 'name'), (word, complain) =>
    readDeclaredName(word, reservedSubjects, complain),
  );
  building.checkSurplus(header, 'file');
  const items = building.items(node, (item, itemEnd) => buildHostItem(building, item, itemEnd));
  building.checkSurplus(node, 'file');
  return name && { kind: 'host', name, items, span: building.span(keyword, end) };
}

function buildHostItem(building: Building, node: CstNode, end: number): HostItem | undefined {
  if (node.name === 'interface') return buildInterface(building, node, end);
  const keyword = tokenOf(node, 'keyword');
  if (keyword === undefined) {
    building.refuseUnknown(node, 'host');
    return undefined;
  }
  const span = building.span(keyword, end);
  const item =
    node.name === 'dnsItem' ? buildDns(building, node, span) : buildPlainItem(building, node, keyword.image, span);
  building.checkSurplus(node, 'host');
  return item;
}

function buildPlainItem(building: Building, node: CstNode, keyword: string, span: Span): HostItem | undefined {
  switch (keyword) {
    case 'ip-forward':
    case 'icc':
    case 'loopback-publish':
    case 'transit':
      return buildFlag(building, node, keyword, span);
    case 'protect':
      return buildFlag(building, node, 'protect-host', span);
    case 'route':
      return buildRoute(building, node, span);
    case 'publish-address': {
      const address = building.read(tokenOf(node, 'value'), readAddress);
      return address && { kind: 'publish-address', address, span };
    }
    case 'auto-ports': {
      const range = building.read(tokenOf(node, 'value'), (word, complain) => {
        const value = readPortRange(word, complain);
        return value && { value, span: word.span };
      });
      return range && { kind: 'auto-ports', range, span };
    }
    default:
      return undefined;
  }
}

/** `route DESTINATION via ADDRESS`; the destination `default` has no prefix. */
function buildRoute(building: Building, node: CstNode, span: Span): HostRouteItem | undefined {
  const read = building.read(tokenOf(node, 'value'), readDestination);
  const via = building.read(tokenOf(node, 'via'), readAddress);
  const onToken = tokenOf(node, 'on');
  const on = building.read(onToken, readInterfaceName);
  if (via === undefined || read === undefined || (onToken && !on)) return undefined;
  const destination = read.value && { value: read.value, span: read.span };
  return { kind: 'route', destination, via, on, span };
}

function buildInterface(building: Building, node: CstNode, end: number): InterfaceItem | undefined {
  const header = nodeOf(node, 'header');
  const keyword = header && tokenOf(header, 'keyword');
  if (header === undefined || keyword === undefined) return undefined;
  const name = building.read(tokenOf(header, 'name'), readInterfaceName);
  building.checkSurplus(header, 'host');
  const items = building.items(node, (item, itemEnd) => buildInterfaceItem(building, item, itemEnd));
  building.checkSurplus(node, 'host');
  return name && { kind: 'interface', name, items, span: building.span(keyword, end) };
}

function buildInterfaceItem(building: Building, node: CstNode, end: number): AddressItem | MtuItem | undefined {
  const keyword = tokenOf(node, 'keyword');
  if (keyword === undefined) {
    building.refuseUnknown(node, 'interface');
    return undefined;
  }
  const span = building.span(keyword, end);
  const item = keyword.image === 'mtu' ? buildMtu(building, node, span) : buildAddresses(building, node, span);
  building.checkSurplus(node, 'interface');
  return item;
}

function buildAddresses(building: Building, node: CstNode, span: Span): AddressItem | undefined {
  const addresses = building.readAll(tokensOf(node, 'value'), readInterfaceAddress);
  return addresses.length === 0 ? undefined : { kind: 'address', addresses, span };
}

/** `mtu NUMBER`, in interfaces and networks. */
export function buildMtu(building: Building, node: CstNode, span: Span): MtuItem | undefined {
  const mtu = building.read(tokenOf(node, 'value'), (word, complain) => readNumber(word, mtuLimits, complain));
  return mtu && { kind: 'mtu', mtu, span };
}
