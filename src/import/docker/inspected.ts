/** What an engine says about its containers and networks, read and with every value parsed, before it is put into the words of a policy. */
import type { Address, Family } from '../../net/address.ts';
import type { MacAddress } from '../../net/mac.ts';
import type { Port } from '../../net/port.ts';
import type { PortProtocol } from '../../net/protocol.ts';
import type { Span } from '../../source/span.ts';
import type { DnsItem, ExposedPorts, Name, Written } from '../../syntax/tree.ts';
import type { NetworkDescription } from '../engine/network-items.ts';

export interface InspectedContainer {
  readonly name: Name;
  /** Empty where the document has none. */
  readonly id: string;
  readonly mode: InspectedMode;
  readonly endpoints: readonly InspectedEndpoint[];
  readonly hostname: Name | undefined;
  readonly exposed: readonly ExposedPorts[];
  readonly bindings: readonly Binding[];
  readonly links: readonly InspectedLink[];
  readonly dns: readonly DnsItem[];
  readonly span: Span;
}

/** `container`: it uses the network namespace of another one, named by its name or id. */
export type InspectedMode =
  | { readonly kind: 'networks' | 'host' | 'none'; readonly span: Span }
  | { readonly kind: 'container'; readonly target: Name; readonly span: Span };

/** A container's place on a network. */
export interface InspectedEndpoint {
  readonly network: Name;
  readonly networkId: string | undefined;
  readonly addresses: readonly Written<Address>[];
  readonly gateways: readonly Written<Address>[];
  readonly mac: Written<MacAddress> | undefined;
  readonly aliases: readonly Name[];
  readonly gatewayPriority: number;
  readonly span: Span;
}

/** One port of the host that leads to one of the container. `address` undefined: every address of the host; `hostPort` undefined: a free one. */
export interface Binding {
  readonly address: Written<Address> | undefined;
  readonly hostPort: Port | undefined;
  readonly containerPort: Port;
  readonly protocol: PortProtocol;
  readonly span: Span;
}

export interface InspectedLink {
  readonly target: Name;
  readonly alias: Name | undefined;
  readonly span: Span;
}

export interface InspectedNetwork {
  readonly name: Name;
  readonly id: string;
  /** `refused`: it has no equal in a policy; `why` says it. */
  readonly kind: NetworkDescription['kind'] | 'host' | 'none' | 'refused';
  readonly why: string;
  readonly description: NetworkDescription;
  readonly families: ReadonlySet<Family>;
  /** Whether it is the engine's default bridge, the only one on which links open ports. */
  readonly isDefaultBridge: boolean;
  /** Where ports without an address are published. */
  readonly publishAddress: Written<Address> | undefined;
  readonly dns: readonly DnsItem[];
  /** The containers that the engine says are on it. */
  readonly members: readonly { readonly id: string; readonly name: Written<string> }[];
  /** From which other networks the engine keeps it apart: all, those that are so themselves (`mutual`), or none. */
  readonly isolation: 'all' | 'mutual' | 'none';
  readonly span: Span;
}
