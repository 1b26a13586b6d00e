/**
 * What a host looks like to a packet: interfaces, addresses, routes, bridges with their ports, sysctls and kernel
 * capabilities. Derived from a policy (from-model.ts) or gathered from a live host; simulator, proof, lab and apply share it.
 */
import type { Address } from '../net/address.ts';
import type { MacAddress } from '../net/mac.ts';
import type { InterfaceAddress, Prefix } from '../net/prefix.ts';

export interface HostView {
  /** `declared`: from a policy, which may leave things out; `gathered`: from a live host, complete. */
  readonly source: 'declared' | 'gathered';
  readonly name: string;
  readonly interfaces: readonly InterfaceView[];
  readonly routes: readonly RouteView[];
  readonly rules: readonly RoutingRuleView[];
  /** Link-layer neighbours that are known (by address); absent where the view says nothing about neighbours. */
  readonly neighbours: readonly NeighbourView[] | undefined;
  /** Values by dotted name (`net.ipv4.ip_forward`); a name that is missing has the kernel's default. */
  readonly sysctls: Readonly<Record<string, string>>;
  readonly capabilities: Capabilities;
}

/** What the running kernel can do, as far as rules and verdicts depend on it. */
export interface Capabilities {
  /** br_netfilter is present: bridged packets meet the ip and ip6 hooks where bridge-nf-call-* say so [97-100]. */
  readonly brNetfilter: boolean;
  /** `ct` expressions work in the bridge family. */
  readonly bridgeConntrack: boolean;
  /** `meta ibrname` and `meta obrname` work in the bridge family. */
  readonly bridgeName: boolean;
}

export type InterfaceKind =
  | 'loopback'
  | 'ethernet'
  | 'bridge'
  | 'veth'
  /** An Open vSwitch bridge: what is switched inside it meets no hook of the host. */
  | 'switch'
  | 'vlan'
  | 'vxlan'
  | 'macvlan'
  | 'other';

export interface InterfaceView {
  readonly name: string;
  readonly kind: InterfaceKind;
  readonly mac: MacAddress | undefined;
  readonly mtu: number;
  readonly up: boolean;
  /** In the order the kernel holds them: the first of a subnet is the primary address [58]. */
  readonly addresses: readonly AddressView[];
  /** The bridge that this interface is a port of. */
  readonly bridgePort: BridgePortView | undefined;
  /** For kind `vxlan`: the tunnel. */
  readonly tunnel?: TunnelView;
}

/** A VXLAN tunnel: frames travel as UDP to each of `remotes`. */
export interface TunnelView {
  readonly identifier: number;
  readonly port: number;
  readonly local: Address | undefined;
  readonly remotes: readonly Address[];
}

export interface AddressView extends InterfaceAddress {
  readonly scope: 'universe' | 'link' | 'host';
  readonly deprecated: boolean;
}

export interface BridgePortView {
  readonly bridge: string;
  readonly hairpin: boolean;
  readonly isolated: boolean;
  /** VLANs of the port, on a switch or a bridge that filters VLANs; absent where the bridge does not look at tags. */
  readonly vlan?: PortVlan;
}

/** `access`: untagged frames belong to this VLAN, tagged ones do not pass. `trunk`: tagged frames of these VLANs. */
export type PortVlan =
  | { readonly kind: 'access'; readonly tag: number }
  | { readonly kind: 'trunk'; readonly tags: readonly number[] | 'all' };

export interface RouteView {
  readonly destination: Prefix;
  readonly via: Address | undefined;
  readonly interface: string | undefined;
  readonly kind: 'unicast' | 'unreachable' | 'prohibit' | 'blackhole';
  readonly metric: number;
  readonly table: string;
  /** The source address that the route gives to the host's own packets (`src`), where it gives one. */
  readonly preferredSource?: Address;
}

/** One `ip rule`: packets that match look into `table`. */
export interface RoutingRuleView {
  readonly priority: number;
  readonly mark: { readonly value: number; readonly mask: number } | undefined;
  readonly source: Prefix | undefined;
  readonly table: string;
}

export interface NeighbourView {
  readonly address: Address;
  readonly interface: string;
  readonly mac: MacAddress;
}
