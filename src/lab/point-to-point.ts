/** The wires of `connect` statements: a pair between two namespaces, one address at each end, and a route to the other. */
import type { Container, Endpoint, Host, Model, Network } from '../model/model.ts';
import { type Address, families } from '../net/address.ts';
import { hostPrefix } from '../net/prefix.ts';
import { macOf } from './link-layer.ts';
import {
  type Attachment,
  type HeldAddress,
  hostNamespace,
  type LabLink,
  type LabRoute,
  type NamespaceName,
} from './topology.ts';

/** What the wires of a policy add to a lab. */
export interface PointToPoint {
  readonly links: readonly LabLink[];
  /** The ends that containers have. */
  readonly attachments: readonly Attachment[];
  readonly addressesOf: (namespace: NamespaceName) => readonly HeldAddress[];
  readonly routesOf: (namespace: NamespaceName) => readonly LabRoute[];
}

interface End {
  readonly namespace: NamespaceName;
  readonly container: string | undefined;
  readonly address: Address;
}

/** The wires between containers, and those whose host end is on this host. */
export function wiresOn(model: Model, host: Host, containers: Readonly<Record<string, NamespaceName>>): PointToPoint {
  const links: LabLink[] = [];
  const attachments: Attachment[] = [];
  const held = new Map<NamespaceName, HeldAddress[]>();
  const routes = new Map<NamespaceName, LabRoute[]>();
  const endpoints = endpointsByWire(model.containers);
  for (const network of model.networks) {
    if (network.networkKind !== 'wire') continue;
    if (network.hosts.length > 0 && network.hosts[0]?.host !== host.name) continue;
    const name = network.bridge;
    const [first, second] = endsOf(network, endpoints.get(network) ?? [], containers);
    if (first === undefined || second === undefined) continue;
    const linkEnd = ({ namespace }: End): LabLink['ends'][number] => ({
      namespace,
      interface: name,
      mac: macOf(namespace, name),
      bridge: undefined,
    });
    links.push({ ends: [linkEnd(first), linkEnd(second)], mtu: network.mtu });
    for (const [own, other] of [
      [first, second],
      [second, first],
    ] as const) {
      push(held, own.namespace, { ...hostPrefix(own.address), interface: name });
      push(routes, own.namespace, { destination: hostPrefix(other.address), via: undefined, interface: name });
      if (own.container === undefined) continue;
      attachments.push({
        container: own.container,
        network: network.name,
        namespace: own.namespace,
        interface: name,
        mac: macOf(own.namespace, name),
        addresses: [own.address],
        subnets: [hostPrefix(other.address)],
        port: name,
        bridgeMac: macOf(other.namespace, name),
      });
    }
  }
  return {
    links,
    attachments,
    addressesOf: (namespace) => held.get(namespace) ?? [],
    routesOf: (namespace) => routes.get(namespace) ?? [],
  };
}

function endpointsByWire(containers: readonly Container[]): ReadonlyMap<Network, readonly Endpoint[]> {
  const result = new Map<Network, Endpoint[]>();
  for (const { endpoints } of containers)
    for (const endpoint of endpoints)
      if (endpoint.network.networkKind === 'wire') push(result, endpoint.network, endpoint);
  return result;
}

/** The host's end first, where it has one. */
function endsOf(
  network: Network,
  endpoints: readonly Endpoint[],
  containers: Readonly<Record<string, NamespaceName>>,
): readonly End[] {
  const ofHost = families.flatMap((family): End[] => {
    const subnet = network.subnets[family];
    return subnet === undefined ? [] : [{ namespace: hostNamespace, container: undefined, address: subnet.gateway }];
  });
  const ofContainers = endpoints.flatMap(({ container, addresses }): End[] => {
    const namespace = containers[container];
    const [address] = Object.values(addresses);
    return namespace === undefined || address === undefined ? [] : [{ namespace, container, address }];
  });
  return [...ofHost, ...ofContainers];
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
