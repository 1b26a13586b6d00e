/** The network of a lab as a value: namespaces, what is in each, and the wires between them. */
import type { PortVlan } from '../host-view/host-view.ts';
import type { Address } from '../net/address.ts';
import type { MacAddress } from '../net/mac.ts';
import type { InterfaceAddress, Prefix } from '../net/prefix.ts';

/** The name of a namespace: `host`, `container/NAME` or `outside/INTERFACE`; with several hosts `host/NAME` and `outside/NAME.INTERFACE`. */
export type NamespaceName = string;

export const hostNamespace: NamespaceName = 'host';

export interface Topology {
  /** The host that `outsides` and probes of "the host" are about, unless they name one; all of them are in `hosts`. */
  readonly host: NamespaceName;
  /** Every host of the lab, by its name in the policy. */
  readonly hosts: Readonly<Record<string, HostPlace>>;
  readonly namespaces: readonly LabNamespace[];
  readonly links: readonly LabLink[];
  readonly macvlans: readonly LabMacvlan[];
  /** NICs that a bridge takes over once the network is built; addresses and routes are those after it. */
  readonly moves: readonly NicMove[];
  /** The namespace that each container lives in (its own, another container's, or the host's), by container name. */
  readonly containers: Readonly<Record<string, NamespaceName>>;
  /** Where each container is attached, in the order in which the policy attaches it. */
  readonly attachments: readonly Attachment[];
  /** The wires that leave the host, by the interface that packets of them arrive by: the host's end, or the bridge that has taken it over. */
  readonly outsides: Readonly<Record<string, Outside>>;
  /** Ports that containers serve, as far as the policy says: the lab accepts connections to them everywhere. */
  readonly served: readonly ServedPort[];
}

/** A host of the lab. */
export interface HostPlace {
  readonly namespace: NamespaceName;
  readonly outsides: Topology['outsides'];
}

export interface LabNamespace {
  readonly name: NamespaceName;
  /** Set before any link exists. */
  readonly sysctls: readonly Sysctl[];
  /** Set when the links are up: those of single interfaces. */
  readonly interfaceSysctls: readonly Sysctl[];
  readonly bridges: readonly LabBridge[];
  /** Switches; their ports are ends of links. */
  readonly switches?: readonly LabBridge[];
  readonly tunnels?: readonly LabTunnel[];
  readonly addresses: readonly HeldAddress[];
  readonly routes: readonly LabRoute[];
  readonly neighbours: readonly LabNeighbour[];
  /** What commands inside find in /etc and as the machine's name; absent: what the machine has. */
  readonly names?: LabNames;
  /** The interface on which this namespace answers for every address; only outside namespaces do. */
  readonly answersOn: string | undefined;
  /** Addresses on that wire for which others answer: the host and containers beside it on a LAN. */
  readonly notAnswered?: readonly Address[];
}

export interface LabNames {
  readonly hostname: string;
  /** The text of /etc/hosts and /etc/resolv.conf. */
  readonly hosts: string;
  readonly resolver: string;
}

export interface Sysctl {
  /** Dotted, a dot inside an interface name written as slash: `net.ipv4.conf.eth0/100.rp_filter`. */
  readonly name: string;
  readonly value: string;
  /** A kernel that does not know it is as good. */
  readonly optional?: boolean;
}

export interface LabBridge {
  readonly name: string;
  readonly mac: MacAddress;
  /** Octets. */
  readonly mtu: number;
}

/** A VXLAN tunnel, a port of a bridge. */
export interface LabTunnel {
  readonly interface: string;
  readonly mac: MacAddress;
  readonly mtu: number;
  readonly bridge: string;
  readonly identifier: number;
  readonly port: number;
  readonly local: Address;
  readonly remotes: readonly Address[];
}

export interface HeldAddress extends InterfaceAddress {
  readonly interface: string;
}

export interface LabRoute {
  readonly destination: Prefix;
  readonly via: Address | undefined;
  readonly interface: string | undefined;
  /** The next hop is on the wire, whatever the interface's own addresses say. */
  readonly onLink?: boolean;
}

export interface LabNeighbour {
  readonly address: Address;
  readonly interface: string;
  readonly mac: MacAddress;
}

/** A veth pair. */
export interface LabLink {
  readonly ends: readonly [LinkEnd, LinkEnd];
  readonly mtu: number;
}

export interface LinkEnd {
  readonly namespace: NamespaceName;
  readonly interface: string;
  readonly mac: MacAddress;
  /** The bridge, or switch, of this namespace that the end is a port of. */
  readonly bridge: string | undefined;
  /** On a switch: the VLANs of the port. */
  readonly vlan?: PortVlan;
}

/** A device of a container on a NIC of the host. */
export interface LabMacvlan {
  readonly namespace: NamespaceName;
  readonly interface: string;
  readonly mac: MacAddress;
  readonly mtu: number;
  /** The NIC, in the namespace of the host. */
  readonly parent: string;
  readonly parentNamespace: NamespaceName;
}

/** The NIC becomes a port of the bridge, and what it had belongs to the bridge from then on. */
export interface NicMove {
  readonly namespace: NamespaceName;
  readonly nic: string;
  readonly bridge: string;
}

export interface Attachment {
  readonly container: string;
  readonly network: string;
  readonly namespace: NamespaceName;
  /** The container's end. */
  readonly interface: string;
  readonly mac: MacAddress;
  readonly addresses: readonly Address[];
  readonly subnets: readonly Prefix[];
  /** The host's end, a port of the bridge; of a wire the other end; of a macvlan device the NIC. */
  readonly port: string;
  /** Who is there to send frames to: the bridge, the other end, the NIC. */
  readonly bridgeMac: MacAddress;
}

export interface Outside {
  readonly namespace: NamespaceName;
  /** The outside end of the wire. */
  readonly interface: string;
  readonly mac: MacAddress;
  /** The host's end. */
  readonly hostMac: MacAddress;
  /** Addresses that the outside holds for good: the next hops of the host's routes, or one neighbour. */
  readonly addresses: readonly Address[];
}

export interface ServedPort {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}
