/**
 * What the policy is about, with every name resolved and every address and port given: hosts, networks, containers,
 * publications, links, statements. Built by resolve.ts alone; `CheckedModel` has passed every check of rules/.
 */
import type { Address, Family } from '../net/address.ts';
import type { MacAddress } from '../net/mac.ts';
import type { PortRange } from '../net/port.ts';
import type { InterfaceAddress, Prefix } from '../net/prefix.ts';
import type { PortProtocol, ProtocolNumber } from '../net/protocol.ts';
import type { Span } from '../source/span.ts';

export interface Model {
  /** Every host of the policy; a policy without a host block has one implicit host (`declared` false). */
  readonly hosts: readonly Host[];
  readonly zones: readonly Zone[];
  readonly networks: readonly Network[];
  /** Only in the model of one host of several (on-host.ts). */
  readonly elsewhere?: Elsewhere;
  readonly containers: readonly Container[];
  readonly groups: readonly Group[];
  readonly links: readonly Link[];
  /** `allow` and `deny` statements in file order (which has no meaning). */
  readonly access: readonly Access[];
  readonly expectations: readonly Expectation[];
  readonly connections: readonly Connection[];
}

/** What the rules of one host have to know about the others. */
export interface Elsewhere {
  /** Addresses of the other hosts. */
  readonly hosts: readonly Prefix[];
  /** Subnets of the networks that are on other hosts alone: towards them nothing is masqueraded. */
  readonly subnets: readonly Prefix[];
  /** The tunnels that end on this host. */
  readonly tunnels: readonly Tunnel[];
}

/** An end of an overlay network (`vxlan N`) on one of its hosts. */
export interface Tunnel {
  readonly network: Network;
  readonly identifier: number;
  /** The interface of the host that the tunnel ends in, a port of the network's bridge. */
  readonly interface: string;
  /** The host's own end; undefined where the host declares no address, which is an error (rules/overlay.ts). */
  readonly local: Address | undefined;
  readonly peers: readonly { readonly host: string; readonly address: Address }[];
}

declare const checkedBrand: unique symbol;

/** A model without errors. */
export type CheckedModel = Model & { readonly [checkedBrand]: true };

// ---- host -------------------------------------------------------------------------------------------------------------

export interface Host {
  readonly kind: 'host';
  readonly name: string;
  /** False for the host that a policy without a host block implies. */
  readonly declared: boolean;
  /** Empty when the policy says nothing about interfaces: then any interface that is not a declared bridge is outside. */
  readonly interfaces: readonly HostInterface[];
  readonly routes: readonly HostRoute[];
  readonly ipForward: boolean;
  readonly protectHost: boolean;
  readonly transit: boolean;
  /** Whether the policy says so, rather than the default. */
  readonly transitWritten: boolean;
  readonly loopbackPublish: boolean;
  readonly publishAddress: Address | undefined;
  readonly autoPorts: PortRange;
  readonly dns: NameServers;
  readonly span: Span;
}

export interface HostInterface {
  readonly name: string;
  readonly addresses: readonly InterfaceAddress[];
  readonly mtu: number | undefined;
  readonly span: Span;
}

export interface HostRoute {
  readonly destination: Prefix;
  readonly via: Address;
  readonly interface: string | undefined;
  readonly span: Span;
}

export interface NameServers {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

// ---- zone and network -------------------------------------------------------------------------------------------------

export interface Zone {
  readonly kind: 'zone';
  readonly name: string;
  /** The prefixes as written (`any` is both whole families). */
  readonly prefixes: readonly Prefix[];
  readonly interface: string | undefined;
  readonly span: Span;
}

/** How packets of a network travel. A `wire` is what `connect` makes: see wire.ts. */
export type NetworkKind = 'bridge' | 'switch' | 'physical' | 'macvlan' | 'wire';

export interface Subnet {
  readonly prefix: Prefix;
  /** The bridge address and default gateway; with gateway mode `isolated` the bridge does not hold it. */
  readonly gateway: Address;
}

export interface Network {
  readonly kind: 'network';
  readonly name: string;
  readonly networkKind: NetworkKind;
  /** The interface of the host that the network is behind: its bridge or switch, the NIC of a macvlan network, the host's end of a wire. */
  readonly bridge: string;
  readonly nic: string | undefined;
  readonly vlan: number | undefined;
  readonly vxlan: number | undefined;
  readonly hosts: readonly { readonly host: string; readonly via: string | undefined }[];
  /** At most one subnet a family. */
  readonly subnets: Readonly<Partial<Record<Family, Subnet>>>;
  readonly mtu: number;
  readonly icc: boolean;
  /** `internal`, gateway mode isolated, or a switch, on which the host has no address. */
  readonly internal: boolean;
  readonly masquerade: boolean;
  readonly gatewayMode: 'nat' | 'routed' | 'isolated';
  readonly spoofingAllowed: boolean;
  readonly unmanaged: boolean;
  readonly dns: NameServers;
  readonly span: Span;
}

// ---- container --------------------------------------------------------------------------------------------------------

export type ContainerMode =
  | { readonly kind: 'attached' }
  | { readonly kind: 'host' }
  | { readonly kind: 'none' }
  /** Shares the namespace of another container; `container` is the end of the chain of such references. */
  | { readonly kind: 'shared'; readonly container: string };

export interface Container {
  readonly kind: 'container';
  readonly name: string;
  /** The host that it runs on; undefined where the policy has one host. */
  readonly host: string | undefined;
  readonly mode: ContainerMode;
  /** One an attachment, then one a `plumb`, then one a `connect`, in the order written; empty in modes host and shared. */
  readonly endpoints: readonly Endpoint[];
  readonly exposed: readonly Exposed[];
  readonly publications: readonly Publication[];
  readonly hostname: string;
  readonly aliases: readonly string[];
  readonly dns: NameServers;
  readonly routes: readonly { readonly destination: Prefix; readonly via: Address; readonly span: Span }[];
  readonly plumbs: readonly Plumb[];
  readonly span: Span;
}

/** A container's place on a network: its addresses there. */
export interface Endpoint {
  readonly container: string;
  readonly network: Network;
  readonly addresses: Readonly<Partial<Record<Family, Address>>>;
  /** The host's end of the veth pair, where the policy names it. */
  readonly port: string | undefined;
  readonly mac: MacAddress | undefined;
  /** Default gateways that the attachment names. */
  readonly gateways: readonly Address[];
  readonly aliases: readonly string[];
  /** Absent for an `attach`; else the interface inside the container, and on a `connect` the address at the other end. */
  readonly wired?: { readonly interface: string; readonly peer: Address | undefined };
  readonly span: Span;
}

export interface Exposed {
  readonly ports: PortRange;
  readonly protocol: PortProtocol;
  readonly span: Span;
}

/** Where a publication answers on the host. `all`: every address of the host that is not loopback, of these families. */
export type PublicationListener =
  | { readonly kind: 'all'; readonly families: readonly Family[] }
  | { readonly kind: 'address'; readonly address: Address };

/** One published port range: host port `hostPorts.first + n` goes to container port `containerPorts.first + n`. */
export interface Publication {
  readonly container: string;
  /** The container's first attached network that is not internal. */
  readonly target: Endpoint;
  readonly listener: PublicationListener;
  readonly protocol: PortProtocol;
  readonly hostPorts: PortRange;
  readonly containerPorts: PortRange;
  /** Whom it serves; undefined: the outside, the host, and containers of networks that are not internal. */
  readonly from: readonly Subject[] | undefined;
  readonly span: Span;
}

export interface Plumb {
  readonly interface: string;
  readonly addresses: readonly InterfaceAddress[];
  readonly via: Address | undefined;
  readonly network: Network;
  readonly span: Span;
}

// ---- subjects, services, statements -----------------------------------------------------------------------------------

/** A resolved side of `->`. Groups are flattened into their members; a container in mode `host` is its host, one in mode `shared` is the container whose namespace it shares. */
export type Subject =
  | { readonly kind: 'any' }
  | { readonly kind: 'prefix'; readonly prefix: Prefix }
  | Host
  | Zone
  | Network
  | Container;

export interface Group {
  readonly name: string;
  readonly members: readonly Subject[];
  readonly span: Span;
}

/** A set of protocols and ports. `icmp-type` holds the type number of that family's ICMP. */
export type Service =
  | { readonly kind: 'any' }
  | { readonly kind: 'protocol'; readonly protocol: ProtocolNumber }
  | { readonly kind: 'ports'; readonly protocol: ProtocolNumber; readonly ports: PortRange }
  | { readonly kind: 'icmp-type'; readonly family: Family; readonly type: number };

export interface Link {
  readonly from: Container;
  readonly to: Container;
  readonly alias: string | undefined;
  readonly span: Span;
}

export interface Access {
  readonly action: 'allow' | 'deny';
  readonly from: readonly Subject[];
  readonly to: readonly Subject[];
  /** Never empty: no service written is `[{ kind: 'any' }]`. */
  readonly services: readonly Service[];
  readonly reject: boolean;
  readonly log: string | undefined;
  readonly span: Span;
}

export interface Expectation {
  readonly from: readonly Subject[];
  readonly to: readonly Subject[];
  readonly services: readonly Service[];
  readonly outcome: Outcome;
  readonly span: Span;
}

export type Outcome =
  | { readonly kind: 'allowed' | 'blocked' | 'rejected' }
  | {
      readonly kind: 'reaches';
      readonly container: Container;
      readonly service: Extract<Service, { kind: 'ports' }> | undefined;
    }
  | { readonly kind: 'leaves-as'; readonly address: Address };

export interface Connection {
  readonly left: { readonly subject: Host | Container; readonly address: Address };
  readonly right: { readonly subject: Host | Container; readonly address: Address };
  readonly span: Span;
}
