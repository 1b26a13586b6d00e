/** How a container is wired: its interfaces, and the routes that follow from its attachments. */
import type { Container, Endpoint, Network, Plumb } from '../model/model.ts';
import { type Address, families } from '../net/address.ts';
import { type InterfaceAddress, type Prefix, prefixContains, prefixOf, wholeFamily } from '../net/prefix.ts';
import { endpointMac, macOf, portName } from './link-layer.ts';
import type { Attachment, HeldAddress, LabRoute, NamespaceName } from './topology.ts';

/** The attachments and plumbed wires of a container to bridges of these networks, in the order written. */
export function attachmentsOf(
  container: Container,
  namespace: NamespaceName,
  networks: ReadonlyMap<string, Network>,
): readonly Attachment[] {
  const endpoints = container.endpoints.flatMap((endpoint, index) =>
    networks.has(endpoint.network.name) ? [attachmentOf(endpoint, namespace, `eth${index}`)] : [],
  );
  const plumbs = container.plumbs.flatMap((plumb) =>
    networks.has(plumb.network.name) ? [plumbedAttachment(plumb, container, namespace)] : [],
  );
  return [...endpoints, ...plumbs];
}

function attachmentOf(endpoint: Endpoint, namespace: NamespaceName, interfaceName: string): Attachment {
  return {
    container: endpoint.container,
    network: endpoint.network.name,
    namespace,
    interface: interfaceName,
    mac: endpointMac(endpoint, namespace, interfaceName),
    addresses: families.flatMap((family) => endpoint.addresses[family] ?? []),
    subnets: families.flatMap((family) => endpoint.network.subnets[family]?.prefix ?? []),
    port: portName(endpoint),
    bridgeMac: bridgeMac(endpoint.network),
  };
}

function plumbedAttachment(plumb: Plumb, container: Container, namespace: NamespaceName): Attachment {
  return {
    container: container.name,
    network: plumb.network.name,
    namespace,
    interface: plumb.interface,
    mac: macOf(namespace, plumb.interface),
    addresses: plumb.addresses.map(({ address }) => address),
    subnets: plumb.addresses.map(({ address, length }) => prefixOf(address, length)),
    port: portName({ container: container.name, network: plumb.network, port: undefined }),
    bridgeMac: bridgeMac(plumb.network),
  };
}

/** The MAC address of a network's bridge on the host. */
export function bridgeMac(network: Network): Attachment['bridgeMac'] {
  return macOf('bridge', network.bridge);
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
    const written = [
      ...container.endpoints.flatMap(({ gateways }) => gateways),
      ...container.plumbs.flatMap(({ via }) => via ?? []),
    ].find((gateway) => gateway.family === family);
    const via = written ?? firstGateway(container, family);
    if (via !== undefined) routes.push({ destination: wholeFamily(family), via, interface: interfaceTowards(via) });
  }
  return routes;
}

function firstGateway(container: Container, family: (typeof families)[number]): Address | undefined {
  const endpoint = container.endpoints.find(
    ({ network, addresses }) => !network.internal && addresses[family] !== undefined,
  );
  return endpoint?.network.subnets[family]?.gateway;
}
