/** What a compose file says about networks, read and with every value parsed, before it is put into the words of a policy. */
import type { Address, Family } from '../../net/address.ts';
import type { MacAddress } from '../../net/mac.ts';
import type { PortRange } from '../../net/port.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { PortProtocol } from '../../net/protocol.ts';
import type { Span } from '../../source/span.ts';
import type { DnsItem, ExposedPorts, GatewayMode, Name, Written } from '../../syntax/tree.ts';

export interface ComposeProject {
  readonly name: string;
  readonly services: readonly ComposeService[];
  /** The declared networks, in file order. */
  readonly networks: readonly ComposeNetwork[];
  /** Keys of networks that were refused, and reported. */
  readonly refusedNetworks: ReadonlySet<string>;
}

/** `bridge` is one of the engine's own making, `default-bridge` is docker0, `host` and `none` stand for these modes. */
export type ComposeNetworkKind = 'bridge' | 'macvlan' | 'default-bridge' | 'host' | 'none';

export interface ComposeNetwork {
  readonly key: Name;
  readonly kind: ComposeNetworkKind;
  /** The name that the engine knows it by; it orders the networks of a container. */
  readonly engineName: string;
  readonly external: Span | undefined;
  readonly nic: Name | undefined;
  readonly bridge: Name | undefined;
  readonly subnets: readonly Written<Prefix>[];
  readonly gateways: readonly Written<Address>[];
  readonly families: ReadonlySet<Family>;
  readonly mtu: Written<number> | undefined;
  readonly icc: Written<boolean> | undefined;
  readonly internal: Written<boolean> | undefined;
  readonly masquerade: Written<boolean> | undefined;
  readonly gatewayMode: Written<GatewayMode> | undefined;
  /** Where ports without an address are published. */
  readonly publishAddress: Written<Address> | undefined;
  readonly span: Span;
}

export interface ComposeService {
  readonly key: Name;
  readonly containerName: Name | undefined;
  readonly hostname: Name | undefined;
  readonly mode: ComposeMode;
  readonly macAddress: Written<MacAddress> | undefined;
  readonly ports: readonly ComposePort[];
  readonly exposed: readonly ExposedPorts[];
  readonly links: readonly ComposeLink[];
  readonly dns: readonly DnsItem[];
  readonly span: Span;
}

/** How a service meets the network. `attachments` undefined: it names no network, so it is on `default`. */
export type ComposeMode =
  | { readonly kind: 'networks'; readonly attachments: readonly ComposeAttachment[] | undefined; readonly span: Span }
  | { readonly kind: 'host' | 'none' | 'default-bridge'; readonly span: Span }
  | { readonly kind: 'service' | 'container'; readonly target: Name; readonly span: Span }
  /** `network_mode: NAME`: a network by the name that the engine knows. */
  | { readonly kind: 'engine-network'; readonly target: Name; readonly span: Span };

export interface ComposeAttachment {
  readonly network: Name;
  readonly addresses: readonly Written<Address>[];
  readonly mac: Written<MacAddress> | undefined;
  readonly aliases: readonly Name[];
  readonly gatewayPriority: number;
  readonly priority: number;
  readonly span: Span;
}

/** One published port or range; `hostPorts` undefined: the engine takes a free one. */
export interface ComposePort {
  readonly hostAddress: Written<Address> | undefined;
  readonly hostPorts: Written<PortRange> | undefined;
  readonly containerPorts: Written<PortRange>;
  readonly protocol: PortProtocol;
  readonly span: Span;
}

export interface ComposeLink {
  readonly target: Name;
  readonly alias: Name | undefined;
  readonly span: Span;
}
