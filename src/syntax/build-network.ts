/** `network` blocks. */
import type { CstNode } from 'chevrotain';
import type { Span } from '../source/span.ts';
import { buildMtu } from './build-host.ts';
import { buildDns, buildFlag, buildPlacements } from './build-shared.ts';
import type { Building } from './building.ts';
import { nodeOf, tokenOf, tokensOf } from './cst.ts';
import type { GatewayMode, NetworkBlock, NetworkItem } from './tree.ts';
import { readAddress, readInterfaceAddress } from './values/address.ts';
import { readDeclaredName, readInterfaceName, reservedSubjects } from './values/name.ts';
import { readChoice, readNumber, readSwitch, vlanLimits, vxlanLimits } from './values/number.ts';

const gatewayModes: readonly GatewayMode[] = ['nat', 'routed', 'isolated'];

export function buildNetwork(building: Building, node: CstNode, end: number): NetworkBlock | undefined {
  const header = nodeOf(node, 'header');
  const keyword = header && tokenOf(header, 'keyword');
  if (header === undefined || keyword === undefined) return undefined;
  const name = building.read(tokenOf(header, 'name'), (word, complain) =>
    readDeclaredName(word, reservedSubjects, complain),
  );
  const on = buildPlacements(building, nodeOf(header, 'placements'));
  building.checkSurplus(header, 'file');
  const items = building.items(node, (item, itemEnd) => buildNetworkItem(building, item, itemEnd));
  building.checkSurplus(node, 'file');
  return name && { kind: 'network', name, on, items, span: building.span(keyword, end) };
}

function buildNetworkItem(building: Building, node: CstNode, end: number): NetworkItem | undefined {
  const keyword = tokenOf(node, 'keyword');
  if (keyword === undefined) {
    building.refuseUnknown(node, 'network');
    return undefined;
  }
  const span = building.span(keyword, end);
  const item =
    node.name === 'dnsItem' ? buildDns(building, node, span) : buildPlainItem(building, node, keyword.image, span);
  building.checkSurplus(node, 'network');
  return item;
}

function buildPlainItem(building: Building, node: CstNode, keyword: string, span: Span): NetworkItem | undefined {
  switch (keyword) {
    case 'bridge':
    case 'switch': {
      const name = building.read(tokenOf(node, 'name'), readInterfaceName);
      return name && { kind: keyword, name, span };
    }
    case 'physical': {
      const bridge = building.read(tokenOf(node, 'name'), readInterfaceName);
      const nic = building.read(tokenOf(node, 'on'), readInterfaceName);
      return bridge && nic && { kind: 'physical', bridge, nic, span };
    }
    case 'macvlan': {
      const nic = building.read(tokenOf(node, 'on'), readInterfaceName);
      return nic && { kind: 'macvlan', nic, span };
    }
    case 'subnet': {
      const subnets = building.readAll(tokensOf(node, 'value'), readInterfaceAddress);
      return subnets.length === 0 ? undefined : { kind: 'subnet', subnets, span };
    }
    case 'gateway': {
      const addresses = building.readAll(tokensOf(node, 'value'), readAddress);
      return addresses.length === 0 ? undefined : { kind: 'gateway', addresses, span };
    }
    case 'mtu':
      return buildMtu(building, node, span);
    case 'icc':
    case 'internal':
    case 'masquerade':
    case 'unmanaged':
      return buildFlag(building, node, keyword, span);
    case 'gateway-mode': {
      const mode = building.read(tokenOf(node, 'value'), (word, complain) =>
        readChoice(word, 'a gateway mode', gatewayModes, complain),
      );
      return mode && { kind: 'gateway-mode', mode, span };
    }
    case 'vlan': {
      const tag = building.read(tokenOf(node, 'value'), (word, complain) => readNumber(word, vlanLimits, complain));
      return tag && { kind: 'vlan', tag, span };
    }
    case 'vxlan': {
      const identifier = building.read(tokenOf(node, 'value'), (word, complain) =>
        readNumber(word, vxlanLimits, complain),
      );
      return identifier && { kind: 'vxlan', identifier, span };
    }
    case 'spoofing':
      return buildSpoofing(building, node, span);
    case 'on': {
      const placements = buildPlacements(building, nodeOf(node, 'placements'));
      return placements.length === 0 ? undefined : { kind: 'placement', placements, span };
    }
    default:
      return undefined;
  }
}

/** `spoofing allowed [on|off]`. */
function buildSpoofing(building: Building, node: CstNode, span: Span): NetworkItem | undefined {
  const written = tokenOf(node, 'value');
  if (written === undefined) return { kind: 'spoofing', allowed: true, span };
  const allowed = building.read(written, (word, complain) => readSwitch(word, 'spoofing allowed', complain));
  return allowed === undefined ? undefined : { kind: 'spoofing', allowed, span };
}
