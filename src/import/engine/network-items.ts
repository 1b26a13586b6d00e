/** What a network of the engine is, as the items of a `network` block. */
import type { Address } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { GatewayMode, Name, NetworkItem, Written } from '../../syntax/tree.ts';

export interface NetworkDescription {
  readonly kind: 'bridge' | 'macvlan';
  /** The interface that a macvlan network stands on. */
  readonly nic: Name | undefined;
  readonly bridge: Name | undefined;
  readonly subnets: readonly Written<Prefix>[];
  readonly gateways: readonly Written<Address>[];
  readonly mtu: Written<number> | undefined;
  readonly icc: Written<boolean> | undefined;
  readonly internal: Written<boolean> | undefined;
  readonly masquerade: Written<boolean> | undefined;
  readonly gatewayMode: Written<GatewayMode> | undefined;
}

export function networkItems(network: NetworkDescription): NetworkItem[] {
  const { kind, nic, bridge, subnets, gateways, mtu, icc, internal, masquerade, gatewayMode } = network;
  const items: NetworkItem[] = [];
  if (kind === 'macvlan' && nic !== undefined) items.push({ kind: 'macvlan', nic, span: nic.span });
  else if (bridge !== undefined) items.push({ kind: 'bridge', name: bridge, span: bridge.span });
  const [subnet] = subnets;
  if (subnet !== undefined) items.push({ kind: 'subnet', subnets, span: subnet.span });
  const [gateway] = gateways;
  if (gateway !== undefined) items.push({ kind: 'gateway', addresses: gateways, span: gateway.span });
  if (mtu !== undefined) items.push({ kind: 'mtu', mtu, span: mtu.span });
  if (internal?.value === true) items.push({ kind: 'internal', on: true, span: internal.span });
  if (kind === 'macvlan') return items;
  if (icc !== undefined) items.push({ kind: 'icc', on: icc.value, span: icc.span });
  if (masquerade !== undefined) items.push({ kind: 'masquerade', on: masquerade.value, span: masquerade.span });
  if (gatewayMode !== undefined) items.push({ kind: 'gateway-mode', mode: gatewayMode, span: gatewayMode.span });
  return items;
}
