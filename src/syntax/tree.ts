/**
 * The syntax tree: what the policy text says, with the place of every part, before any name is resolved.
 * It covers the whole language; later stages refuse what they cannot compile yet. Values that have a form of their own
 * (addresses, prefixes, ports) are parsed here once and never strings afterwards.
 */
import type { Address } from '../net/address.ts';
import type { MacAddress } from '../net/mac.ts';
import type { PortRange } from '../net/port.ts';
import type { InterfaceAddress, Prefix } from '../net/prefix.ts';
import type { PortProtocol } from '../net/protocol.ts';
import type { SourceFile, Span } from '../source/span.ts';

/** A name as written: declared or referred to. */
export interface Name {
  readonly text: string;
  readonly span: Span;
}

/** A value together with the place it was written at. */
export interface Written<T> {
  readonly value: T;
  readonly span: Span;
}

/** A comment from `#` to the end of the line, without the line terminator. */
export interface Comment {
  readonly text: string;
  readonly span: Span;
}

/** One parsed file. */
export interface PolicyFile {
  readonly kind: 'file';
  readonly source: SourceFile;
  readonly statements: readonly Statement[];
  readonly comments: readonly Comment[];
  readonly span: Span;
}

export type Statement =
  | HostBlock
  | ZoneStatement
  | NetworkBlock
  | ContainerBlock
  | GroupStatement
  | ServiceStatement
  | LinkStatement
  | AccessStatement
  | ExpectStatement
  | ConnectStatement
  | IncludeStatement;

// ---- subjects and services --------------------------------------------------------------------------------------------

/** Either side of `->`: `any`, a declared name, or an address or prefix literal. */
export type Subject = AnySubject | NamedSubject | LiteralSubject;

export interface AnySubject {
  readonly kind: 'any';
  readonly span: Span;
}

export interface NamedSubject {
  readonly kind: 'named';
  readonly name: string;
  readonly span: Span;
}

/** An address is written as the prefix that holds just it. */
export interface LiteralSubject {
  readonly kind: 'literal';
  readonly prefix: Prefix;
  readonly span: Span;
}

/** What a statement says about protocols and ports. */
export type ServiceItem = AnyService | NamedService | PortService | IcmpService;

export interface AnyService {
  readonly kind: 'any';
  readonly span: Span;
}

/** A declared service. */
export interface NamedService {
  readonly kind: 'named';
  readonly name: string;
  readonly span: Span;
}

/** `22/tcp`, `8000-8010/udp`; `ports` is undefined for a bare protocol (`tcp`). */
export interface PortService {
  readonly kind: 'port';
  readonly protocol: PortProtocol;
  readonly ports: PortRange | undefined;
  readonly span: Span;
}

/** `icmp` (ICMP and ICMPv6), with a type name as nft and iptables know it (`echo-request`) where one is given. */
export interface IcmpService {
  readonly kind: 'icmp';
  readonly type: Name | undefined;
  readonly span: Span;
}

// ---- host -------------------------------------------------------------------------------------------------------------

export interface HostBlock {
  readonly kind: 'host';
  readonly name: Name;
  readonly items: readonly HostItem[];
  readonly span: Span;
}

export type HostItem =
  | InterfaceItem
  | HostRouteItem
  | FlagItem<'ip-forward'>
  | FlagItem<'icc'>
  | FlagItem<'protect-host'>
  | FlagItem<'loopback-publish'>
  | FlagItem<'transit'>
  | PublishAddressItem
  | AutoPortsItem
  | DnsItem;

/** An option that is on or off; written with or without `on`. */
export interface FlagItem<Option extends string> {
  readonly kind: Option;
  readonly on: boolean;
  readonly span: Span;
}

export interface InterfaceItem {
  readonly kind: 'interface';
  readonly name: Name;
  readonly items: readonly (AddressItem | MtuItem)[];
  readonly span: Span;
}

export interface AddressItem {
  readonly kind: 'address';
  readonly addresses: readonly Written<InterfaceAddress>[];
  readonly span: Span;
}

export interface MtuItem {
  readonly kind: 'mtu';
  readonly mtu: Written<number>;
  readonly span: Span;
}

/** `route PREFIX via A [on N]`; `default` has no prefix and takes the family of the gateway. */
export interface HostRouteItem {
  readonly kind: 'route';
  readonly destination: Written<Prefix> | undefined;
  readonly via: Written<Address>;
  readonly on: Name | undefined;
  readonly span: Span;
}

export interface PublishAddressItem {
  readonly kind: 'publish-address';
  readonly address: Written<Address>;
  readonly span: Span;
}

export interface AutoPortsItem {
  readonly kind: 'auto-ports';
  readonly range: Written<PortRange>;
  readonly span: Span;
}

/** `dns A, ...`, `dns-search NAME, ...`, `dns-option WORD, ...`. */
export interface DnsItem {
  readonly kind: 'dns' | 'dns-search' | 'dns-option';
  readonly values: readonly Written<string>[];
  readonly span: Span;
}

// ---- zone -------------------------------------------------------------------------------------------------------------

/** `zone office = 192.168.1.0/24, ... [on lan0]`. */
export interface ZoneStatement {
  readonly kind: 'zone';
  readonly name: Name;
  readonly members: readonly (AnySubject | LiteralSubject)[];
  readonly on: Name | undefined;
  readonly span: Span;
}

// ---- network ----------------------------------------------------------------------------------------------------------

export interface NetworkBlock {
  readonly kind: 'network';
  readonly name: Name;
  /** `network x on HOST { ... }`, for policies with several hosts. */
  readonly on: readonly NetworkPlacement[];
  readonly items: readonly NetworkItem[];
  readonly span: Span;
}

/** `on HOST [via NIC]`. */
export interface NetworkPlacement {
  readonly host: Name;
  readonly via: Name | undefined;
  readonly span: Span;
}

export type GatewayMode = 'nat' | 'routed' | 'isolated';

export type NetworkItem =
  | { readonly kind: 'bridge'; readonly name: Name; readonly span: Span }
  | { readonly kind: 'switch'; readonly name: Name; readonly span: Span }
  | { readonly kind: 'physical'; readonly bridge: Name; readonly nic: Name; readonly span: Span }
  | { readonly kind: 'macvlan'; readonly nic: Name; readonly span: Span }
  | { readonly kind: 'subnet'; readonly subnets: readonly Written<InterfaceAddress>[]; readonly span: Span }
  | { readonly kind: 'gateway'; readonly addresses: readonly Written<Address>[]; readonly span: Span }
  | MtuItem
  | FlagItem<'icc'>
  | FlagItem<'internal'>
  | FlagItem<'masquerade'>
  | FlagItem<'unmanaged'>
  | { readonly kind: 'gateway-mode'; readonly mode: Written<GatewayMode>; readonly span: Span }
  | { readonly kind: 'vlan'; readonly tag: Written<number>; readonly span: Span }
  | { readonly kind: 'vxlan'; readonly identifier: Written<number>; readonly span: Span }
  | { readonly kind: 'placement'; readonly placements: readonly NetworkPlacement[]; readonly span: Span }
  | { readonly kind: 'spoofing'; readonly allowed: boolean; readonly span: Span }
  | DnsItem;

// ---- container --------------------------------------------------------------------------------------------------------

export interface ContainerBlock {
  readonly kind: 'container';
  readonly name: Name;
  /** The host that it runs on, where the policy has several. */
  readonly on?: Name | undefined;
  readonly items: readonly ContainerItem[];
  readonly span: Span;
}

export type ContainerItem =
  | AttachItem
  | NetworkModeItem
  | ExposeItem
  | PublishItem
  | HostnameItem
  | AliasItem
  | DnsItem
  | ContainerRouteItem
  | PlumbItem;

/** `attach NET [ADDR, ...] { port vethX; mac M; gateway A; alias NAME }`. */
export interface AttachItem {
  readonly kind: 'attach';
  readonly network: Name;
  readonly addresses: readonly Written<Address>[];
  readonly options: readonly AttachOption[];
  readonly span: Span;
}

export type AttachOption =
  | { readonly kind: 'port'; readonly name: Name; readonly span: Span }
  | { readonly kind: 'mac'; readonly mac: Written<MacAddress>; readonly span: Span }
  | { readonly kind: 'gateway'; readonly addresses: readonly Written<Address>[]; readonly span: Span }
  | AliasItem;

/** `network host`, `network none`, `network container:X`. */
export interface NetworkModeItem {
  readonly kind: 'network-mode';
  readonly mode: 'host' | 'none' | 'container';
  /** The container whose namespace is shared, for mode `container`. */
  readonly container: Name | undefined;
  readonly span: Span;
}

/** A port or port range that the container's program serves. */
export interface ExposedPorts {
  readonly ports: PortRange;
  readonly protocol: PortProtocol;
  readonly span: Span;
}

export interface ExposeItem {
  readonly kind: 'expose';
  readonly ports: readonly ExposedPorts[];
  readonly span: Span;
}

/** One `publish` statement; `publications` has one entry a listed form. */
export interface PublishItem {
  readonly kind: 'publish';
  readonly publications: readonly PublicationForm[];
  /** `from SUBJECT, ...`; undefined when not written. */
  readonly from: readonly Subject[] | undefined;
  readonly span: Span;
}

export type PublicationForm = PublishAllForm | PublishPortsForm;

export interface PublishAllForm {
  readonly kind: 'all';
  readonly span: Span;
}

/** Docker's `[ip:][hostPort:]containerPort[/proto]` and ranges. */
export interface PublishPortsForm {
  readonly kind: 'ports';
  /** The address on the host; undefined when none is written. */
  readonly hostAddress: Written<Address> | undefined;
  /** The ports on the host; undefined when free ones are to be taken. */
  readonly hostPorts: Written<PortRange> | undefined;
  readonly containerPorts: Written<PortRange>;
  readonly protocol: PortProtocol;
  readonly span: Span;
}

export interface HostnameItem {
  readonly kind: 'hostname';
  readonly hostname: Name;
  readonly span: Span;
}

/** `alias NAME, ... [on NETWORK]`; without `on` (and outside an attach block) for every network. */
export interface AliasItem {
  readonly kind: 'alias';
  readonly names: readonly Name[];
  readonly on: Name | undefined;
  readonly span: Span;
}

export interface ContainerRouteItem {
  readonly kind: 'route';
  readonly destination: Written<Prefix> | undefined;
  readonly via: Written<Address>;
  readonly span: Span;
}

/** `plumb eth0 192.168.10.100/24 via 192.168.10.1 on NET`. */
export interface PlumbItem {
  readonly kind: 'plumb';
  readonly interface: Name;
  readonly addresses: readonly Written<InterfaceAddress>[];
  readonly via: Written<Address> | undefined;
  readonly network: Name;
  readonly span: Span;
}

// ---- the rest ---------------------------------------------------------------------------------------------------------

export interface GroupStatement {
  readonly kind: 'group';
  readonly name: Name;
  readonly members: readonly Subject[];
  readonly span: Span;
}

export interface ServiceStatement {
  readonly kind: 'service';
  readonly name: Name;
  readonly items: readonly ServiceItem[];
  readonly span: Span;
}

export interface LinkStatement {
  readonly kind: 'link';
  readonly from: Name;
  readonly to: Name;
  readonly alias: Name | undefined;
  readonly span: Span;
}

/** `allow` and `deny`. `reject` and `log` belong to deny (the parser accepts `log` on both). */
export interface AccessStatement {
  readonly kind: 'allow' | 'deny';
  readonly from: readonly Subject[];
  readonly to: readonly Subject[];
  /** Empty when none is written, which means any. */
  readonly services: readonly ServiceItem[];
  readonly log: Written<string> | undefined;
  readonly reject: Span | undefined;
  readonly span: Span;
}

export interface ExpectStatement {
  readonly kind: 'expect';
  readonly from: readonly Subject[];
  readonly to: readonly Subject[];
  readonly services: readonly ServiceItem[];
  readonly outcome: ExpectedOutcome;
  readonly span: Span;
}

export type ExpectedOutcome =
  | { readonly kind: 'allowed' | 'blocked' | 'rejected'; readonly span: Span }
  | {
      readonly kind: 'reaches';
      readonly container: Name;
      readonly service: PortService | undefined;
      readonly span: Span;
    }
  | { readonly kind: 'leaves-as'; readonly address: Written<Address>; readonly span: Span };

/** `connect A ADDR <-> B ADDR`. */
export interface ConnectStatement {
  readonly kind: 'connect';
  readonly left: { readonly name: Name; readonly address: Written<Address> };
  readonly right: { readonly name: Name; readonly address: Written<Address> };
  readonly span: Span;
}

export interface IncludeStatement {
  readonly kind: 'include';
  readonly path: Written<string>;
  readonly span: Span;
}
