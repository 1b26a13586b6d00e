/** From a policy to the network that the lab builds: every host of it, joined where their interfaces are on one link. */
import type { CheckedModel, Host, Network } from '../model/model.ts';
import { isOnHost, runsOn } from '../model/placement.ts';
import { labTopology } from './build-topology.ts';
import { joinTopologies, type Part } from './join-topologies.ts';
import { namedForHost } from './name-for-host.ts';
import type { HostSettings } from './sysctls.ts';
import type { NamespaceName, Topology } from './topology.ts';

/** The topology of all hosts of a policy; of one host it is that of `labTopology`. */
export function policyTopology(policy: CheckedModel, settings: HostSettings = {}): Topology {
  const parts = policy.hosts.map((host): Part => {
    const topology = labTopology(partOf(policy, host), host, { ...settings, policy });
    return { host: host.name, topology: policy.hosts.length === 1 ? topology : namedForHost(topology, host.name) };
  });
  const [only, other] = parts;
  if (only === undefined) throw new RangeError('a policy has a host');
  return other === undefined ? only.topology : joinTopologies(parts, trunksOf(policy.networks));
}

/** What a host has: its networks, and the containers that run on it. */
function partOf(policy: CheckedModel, host: Host): CheckedModel {
  if (policy.hosts.length === 1) return policy;
  return {
    ...policy,
    networks: policy.networks.filter((network) => isOnHost(network, host)),
    containers: policy.containers.filter((container) => runsOn(container, host)),
  };
}

/** NICs that the networks of a switch go through from host to host: each list is on one cable. */
function trunksOf(networks: readonly Network[]): readonly (readonly NamespaceName[])[] {
  return networks
    .filter(({ networkKind }) => networkKind === 'switch')
    .map(({ hosts }) => hosts.flatMap(({ host, via }) => (via === undefined ? [] : [`outside/${host}.${via}`])));
}

/** A topology as it is seen from one of its hosts. */
export function topologyAt(topology: Topology, host: string): Topology {
  const place = topology.hosts[host];
  if (place === undefined) throw new RangeError(`the topology has no host ${host}`);
  return { ...topology, host: place.namespace, outsides: place.outsides };
}
