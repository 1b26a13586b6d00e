/** Where addresses are, seen from the host: on it, given to a container, in a network, or outside. Indexed once a policy. */
import type { HostView } from '../host-view/host-view.ts';
import { isLan } from '../model/lan.ts';
import type { CheckedModel, Container, Endpoint, Host, Network, Zone } from '../model/model.ts';
import { type Address, addressKey, type Family, families } from '../net/address.ts';
import { type AddressSet, addressSetContains, addressSetOfPrefixes } from '../net/address-set.ts';
import { prefixContains } from '../net/prefix.ts';
import { noCuts, type TunnelCuts, type TunnelEnds } from './tunnel.ts';

export { isLan };

/** How the host routes and which source address it gives; answered by the host view's index. */
export interface Routing {
  /** `local`: an address of the host, loopback included. Undefined: no route. */
  readonly lookup: (
    destination: Address,
  ) => 'local' | { readonly interface: string; readonly via: Address | undefined } | undefined;
  /** The source that MASQUERADE gives on this interface towards this next hop [58, 59, 134]. */
  readonly masqueradeAddress: (outInterface: string, nextHop: Address) => Address | undefined;
}

export type Place =
  /** An address of the host that is not loopback. */
  | { readonly kind: 'host' }
  | { readonly kind: 'loopback' }
  | { readonly kind: 'endpoint'; readonly network: Network; readonly endpoint: Endpoint }
  /** Behind the bridge of a network, but given to no container (as a source: only where spoofing is allowed). */
  | { readonly kind: 'network'; readonly network: Network }
  /** Undefined interface: neither a route nor a zone says where. */
  | { readonly kind: 'outside'; readonly interface: string | undefined; readonly via: Address | undefined }
  /** A source that cannot be what it says: an address of a network or of the host, from elsewhere. */
  | { readonly kind: 'forged' };

export interface Atlas {
  readonly model: CheckedModel;
  readonly host: Host;
  readonly view: HostView;
  readonly routing: Routing;
  /** The networks that ctfw manages, by bridge, and wires between containers. Unmanaged networks are outside. */
  readonly networkOfBridge: ReadonlyMap<string, Network>;
  readonly networks: readonly Network[];
  readonly endpointOfAddress: ReadonlyMap<string, Endpoint>;
  /** Where the policy has several hosts: subnets of networks that only others have. */
  readonly elsewhere: AddressSet;
  readonly tunnels: TunnelEnds;
  /** Who is at the two ends of each wire that is on no host. */
  readonly containersOnWire: ReadonlyMap<Network, readonly Container[]>;
}

export function createAtlas(model: CheckedModel, host: Host, view: HostView, routing: Routing): Atlas {
  const networks = model.networks.filter((network) => !network.unmanaged);
  const endpointOfAddress = new Map<string, Endpoint>();
  const tunnels = model.elsewhere?.tunnels ?? [];
  for (const container of model.containers) {
    for (const endpoint of container.endpoints) {
      if (endpoint.network.unmanaged) continue;
      for (const family of families) {
        const address = endpoint.addresses[family];
        if (address !== undefined) endpointOfAddress.set(addressKey(address), endpoint);
      }
    }
  }
  return {
    model,
    host,
    view,
    routing,
    networks,
    networkOfBridge: new Map(networks.map((network) => [network.bridge, network])),
    endpointOfAddress,
    elsewhere: addressSetOfPrefixes(model.elsewhere?.subnets ?? []),
    tunnels: {
      peers: new Map(tunnels.flatMap(({ network, peers }) => peers.map((peer) => [addressKey(peer.address), network]))),
      interfaces: new Set(tunnels.map((tunnel) => tunnel.interface)),
      cuts: noCuts,
    },
    containersOnWire: containersOnWire(model),
  };
}

export function withCuts(atlas: Atlas, cuts: TunnelCuts): Atlas {
  return { ...atlas, tunnels: { ...atlas.tunnels, cuts } };
}

/** Whether an address outside belongs to a network of another host. */
export function isElsewhere({ elsewhere }: Atlas, address: Address): boolean {
  return elsewhere.length > 0 && addressSetContains(elsewhere, address);
}

function containersOnWire({ containers }: CheckedModel): ReadonlyMap<Network, readonly Container[]> {
  const result = new Map<Network, Container[]>();
  for (const container of containers)
    for (const { network } of container.endpoints) {
      if (network.networkKind !== 'wire' || network.hosts.length > 0) continue;
      const list = result.get(network);
      if (list === undefined) result.set(network, [container]);
      else list.push(container);
    }
  return result;
}

export function isLoopback(address: Address): boolean {
  return address.family === 'ipv4' ? address.value >> 24n === 127n : address.value === 1n;
}

/** Where a destination is. The bridge address belongs to the host. */
export function placeOfDestination(atlas: Atlas, destination: Address): Place {
  if (isLoopback(destination)) return { kind: 'loopback' };
  const route = atlas.routing.lookup(destination);
  if (route === 'local') return { kind: 'host' };
  const endpoint = atlas.endpointOfAddress.get(addressKey(destination));
  if (endpoint !== undefined) return { kind: 'endpoint', network: endpoint.network, endpoint };
  const network = networkOf(atlas, destination);
  if (network !== undefined && !isLan(network)) return { kind: 'network', network };
  if (route !== undefined) return { kind: 'outside', interface: route.interface, via: route.via };
  return { kind: 'outside', interface: zoneInterface(atlas, destination), via: undefined };
}

/**
 * Where a source sees its destination: containers on the LAN reach what is outside through the gateway there, past the
 * host's routes, unless that gateway is the host.
 */
export function placeSeenBy(atlas: Atlas, source: Place, destination: Place, family: Family): Place {
  if (source.kind !== 'endpoint' || destination.kind !== 'outside' || !isLan(source.network)) return destination;
  if (!leavesByLan(atlas, source.network, family)) return destination;
  return { kind: 'outside', interface: source.network.bridge, via: undefined };
}

/** Whether the containers of a network on the LAN have a gateway there that is not the host. */
export function leavesByLan({ routing }: Atlas, network: Network, family: Family): boolean {
  const gateway = network.subnets[family]?.gateway;
  return gateway !== undefined && routing.lookup(gateway) !== 'local';
}

/**
 * Where a source is. A container is recognised by its address and the bridge it comes from; an address of a network or of
 * the host from anywhere else is forged. Other machines of a LAN are outside, behind the bridge (or NIC) of its network. What the host itself sends is the host, whatever address it uses. With `spoofing allowed` any other source counts as that network.
 */
export function placeOfSource(atlas: Atlas, source: Address, arrivesBy: string | undefined): Place {
  if (arrivesBy === undefined) return { kind: 'host' };
  if (isLoopback(source) || atlas.routing.lookup(source) === 'local') return { kind: 'forged' };
  const network = atlas.networkOfBridge.get(arrivesBy);
  const endpoint = atlas.endpointOfAddress.get(addressKey(source));
  const home = networkOf(atlas, source);
  if (network !== undefined && endpoint?.network === network) return { kind: 'endpoint', network, endpoint };
  if (endpoint !== undefined && endpoint.network !== network) return { kind: 'forged' };
  const foreign = home === undefined || home === network;
  if (network === undefined || isLan(network))
    return foreign ? { kind: 'outside', interface: arrivesBy, via: undefined } : { kind: 'forged' };
  const spoofed = network.spoofingAllowed && foreign;
  return spoofed ? { kind: 'network', network } : { kind: 'forged' };
}

/** The managed network whose subnet holds an address. */
function networkOf(atlas: Atlas, address: Address): Network | undefined {
  return atlas.networks.find((network) => {
    const subnet = network.subnets[address.family];
    return subnet !== undefined && prefixContains(subnet.prefix, address);
  });
}

/** Where no route says it, a zone on an interface does: the policy states that its addresses live there. */
function zoneInterface(atlas: Atlas, address: Address): string | undefined {
  const holding = (zone: Zone): number =>
    Math.max(-1, ...zone.prefixes.filter((prefix) => prefixContains(prefix, address)).map((prefix) => prefix.length));
  let best: { readonly interface: string; readonly length: number } | undefined;
  for (const zone of atlas.model.zones) {
    const length = holding(zone);
    if (zone.interface !== undefined && length >= 0 && length > (best?.length ?? -1))
      best = { interface: zone.interface, length };
  }
  return best?.interface;
}
