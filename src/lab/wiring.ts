/** How a container is wired: its interfaces, and the routes that follow from its attachments. */
import { portNames } from '../host-view/port-name.ts';
import type { Container, Endpoint, Network, Plumb } from '../model/model.ts';
import { type Address, families } from '../net/address.ts';
import { type InterfaceAddress, type Prefix, prefixContains, prefixOf, wholeFamily } from '../net/prefix.ts';
import { endpointMac, macOf } from './link-layer.ts';
import { type Attachment, type HeldAddress, hostNamespace, type LabRoute, type NamespaceName } from './topology.ts';

/** Names of the host's ends of wires to bridges, by endpoint; a macvlan device has the NIC's. */
export type PortNames = ReadonlyMap<Endpoint, string>;

/** The names of all ports that a host's bridges have, as a host view names them. */
export function namePorts(
  containers: readonly Container[],
  networks: ReadonlySet<Network>,
  taken: readonly string[],
): PortNames {
  const endpoints = containers.flatMap((container) =>
    container.endpoints.filter(({ network }) => networks.has(network)),
  );
  const names = portNames(endpoints, taken);
  return new Map(
    endpoints.map((endpoint, index) => {
      const { networkKind, nic } = endpoint.network;
      return [endpoint, networkKind === 'macvlan' ? (nic ?? '') : (names[index] ?? '')];
    }),
  );
}

/** The places of a container on networks that have a port for them, in the order written: eth0 and so on, unless a wire is called so. */
export function attachmentsOf(container: Container, namespace: NamespaceName, ports: PortNames): readonly Attachment[] {
  const used = new Set(container.endpoints.flatMap(({ wired }) => wired?.interface ?? []));
  let number = 0;
  return container.endpoints.flatMap((endpoint) => {
    const port = ports.get(endpoint);
    if (endpoint.wired === undefined) {
      while (used.has(`eth${number}`)) number++;
      const attachment = port && attachmentOf(endpoint, namespace, `eth${number}`, port);
      number++;
      return attachment ? [attachment] : [];
    }
    const plumb = container.plumbs.find(({ span }) => span === endpoint.span);
    return port === undefined || plumb === undefined ? [] : [plumbedAttachment(plumb, container, namespace, port)];
  });
}

function attachmentOf(endpoint: Endpoint, namespace: NamespaceName, interfaceName: string, port: string): Attachment {
  return {
    container: endpoint.container,
    network: endpoint.network.name,
    namespace,
    interface: interfaceName,
    mac: endpointMac(endpoint, namespace, interfaceName),
    addresses: families.flatMap((family) => endpoint.addresses[family] ?? []),
    subnets: families.flatMap((family) => endpoint.network.subnets[family]?.prefix ?? []),
    port,
    bridgeMac: bridgeMac(endpoint.network),
  };
}

function plumbedAttachment(plumb: Plumb, container: Container, namespace: NamespaceName, port: string): Attachment {
  return {
    container: container.name,
    network: plumb.network.name,
    namespace,
    interface: plumb.interface,
    mac: macOf(namespace, plumb.interface),
    addresses: plumb.addresses.map(({ address }) => address),
    subnets: plumb.addresses.map(({ address, length }) => prefixOf(address, length)),
    port,
    bridgeMac: bridgeMac(plumb.network),
  };
}

/** The MAC address of a network's bridge on the host; one that takes a NIC over takes its address too, as neighbours know it. */
export function bridgeMac(network: Network): Attachment['bridgeMac'] {
  return network.nic === undefined ? macOf('bridge', network.bridge) : macOf(hostNamespace, network.nic);
}

/** The addresses that a container's attachments hold, each with the length of its subnet. */
export function heldAddresses(attachments: readonly Attachment[]): readonly HeldAddress[] {
  return attachments.flatMap(({ interface: name, addresses, subnets }) =>
    addresses.map((address) => ({ ...withLength(address, subnets), interface: name })),
  );
}

function withLength(address: Address, subnets: readonly Prefix[]): InterfaceAddress {
  const subnet = subnets.find((prefix) => prefixContains(prefix, address));
  return { address, length: subnet?.length ?? (address.family === 'ipv4' ? 32 : 128) };
}

/**
 * The routes of a container: its `route` statements, and a default route for each family through a gateway that an attachment
 * names, else through the gateway of the first attached network that is not internal and has that family.
 */
export function containerRoutes(container: Container, attachments: readonly Attachment[]): readonly LabRoute[] {
  const interfaceTowards = (via: Address): string | undefined =>
    attachments.find(({ subnets }) => subnets.some((subnet) => prefixContains(subnet, via)))?.interface;
  const routes: LabRoute[] = container.routes.map(({ destination, via }) => ({
    destination,
    via,
    interface: interfaceTowards(via),
  }));
  for (const family of families) {
    const written = container.endpoints
      .flatMap(({ gateways }) => gateways)
      .find((gateway) => gateway.family === family);
    const via = written ?? firstGateway(container, family);
    if (via !== undefined) routes.push({ destination: wholeFamily(family), via, interface: interfaceTowards(via) });
  }
  return routes;
}

function firstGateway(container: Container, family: (typeof families)[number]): Address | undefined {
  const endpoint = container.endpoints.find(
    ({ network, addresses, wired }) => wired === undefined && !network.internal && addresses[family] !== undefined,
  );
  return endpoint?.network.subnets[family]?.gateway;
}
