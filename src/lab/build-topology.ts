/** From a policy to the network that the lab builds for one of its hosts. */

import { accessPort, trunkPorts } from '../host-view/link-layer.ts';
import { isLan } from '../model/lan.ts';
import type { CheckedModel, Container, Host, Network } from '../model/model.ts';
import { isOnHost } from '../model/placement.ts';
import { tunnelPort, tunnelsOf } from '../model/tunnel.ts';
import type { Address } from '../net/address.ts';
import { hostUnderTest } from './host-namespace.ts';
import { macOf } from './link-layer.ts';
import { labNames } from './names.ts';
import { outsideOf, outsideWires, type Wire } from './outside.ts';
import { type PointToPoint, wiresOn } from './point-to-point.ts';
import { type HostSettings, plainSysctls } from './sysctls.ts';
import {
  type Attachment,
  hostNamespace,
  type LabBridge,
  type LabLink,
  type LabMacvlan,
  type LabNamespace,
  type LabTunnel,
  type NamespaceName,
  type ServedPort,
  type Topology,
} from './topology.ts';
import { attachmentsOf, containerRoutes, heldAddresses, namePorts } from './wiring.ts';

/** Most ports that one policy line makes the lab listen on by itself. */
const listenedPerLine = 16;

/** The topology of one host of a policy, with the containers that the model gives it. */
export function labTopology(model: CheckedModel, host: Host, settings: HostSettings = {}): Topology {
  const here = model.networks.filter((network) => isOnHost(network, host) && isBuilt(network));
  const networks = here.filter(({ networkKind }) => networkKind !== 'macvlan' && networkKind !== 'switch');
  const byName = new Map(here.map((network) => [network.name, network]));
  const containers = namespacesOfContainers(model);
  const owners = model.containers.filter((container) => hasOwnNamespace(container));
  const trunks = trunkPorts(
    here.filter(({ networkKind }) => networkKind === 'switch'),
    host,
  );
  const { wires, routes } = outsideWires(host, here, trunks);
  const ports = namePorts(model.containers, new Set(here), [
    ...networks.map(({ bridge }) => bridge),
    ...wires.map(({ name }) => name),
  ]);
  const wired = owners.map((container) => {
    const namespace = containers[container.name] ?? hostNamespace;
    return { container, namespace, attachments: attachmentsOf(container, namespace, ports) };
  });
  const attachments = wired.flatMap((entry) => entry.attachments);
  const peers = wiresOn(model, host, containers);
  const outsides = wires.map((wire) => ({
    wire,
    ...outsideOf(wire, routes, lanAddresses(wire, here, attachments), trunks.get(wire.name)?.vlan),
  }));
  const ofHost = Object.fromEntries(outsides.map(({ wire, outside }) => [wire.bridge ?? wire.name, outside]));
  return {
    host: hostNamespace,
    hosts: { [host.name]: { namespace: hostNamespace, outsides: ofHost } },
    namespaces: [
      hostUnderTest(
        model,
        host,
        { networks, wires, routes, peers, switches: switchesOf(here, wires), tunnels: tunnelsHere(model, host) },
        settings,
      ),
      ...wired.map((entry) => ({
        ...containerNamespace(entry, peers),
        ...(settings.names === true ? { names: labNames(settings.policy ?? model, entry.container) } : {}),
      })),
      ...outsides.map(({ namespace }) => namespace),
    ],
    links: [
      ...outsides.map(({ link }) => link),
      ...attachments
        .filter((attachment) => !isMacvlan(attachment, byName))
        .map((attachment) => attachmentLink(attachment, byName.get(attachment.network))),
      ...peers.links,
    ],
    macvlans: attachments
      .filter((attachment) => isMacvlan(attachment, byName))
      .map((one) => macvlanOf(one, byName, wires)),
    moves: wires.flatMap(({ name, bridge }) =>
      bridge === undefined || trunks.has(name) ? [] : [{ namespace: hostNamespace, nic: name, bridge }],
    ),
    containers,
    attachments: [...attachments, ...peers.attachments],
    outsides: ofHost,
    served: servedPorts(model),
  };
}

/** Kinds of networks that are built here; wires are built apart. */
function isBuilt({ networkKind }: Network): boolean {
  return networkKind === 'bridge' || networkKind === 'switch' || isLan({ networkKind });
}

/** One for each switch of the host; one that holds a NIC has its MAC address, as neighbours know it. */
function switchesOf(networks: readonly Network[], wires: readonly Wire[]): readonly LabBridge[] {
  const names = new Set(networks.filter(({ networkKind }) => networkKind === 'switch').map(({ bridge }) => bridge));
  return [...names].map((name) => {
    const wire = wires.find(({ bridge }) => bridge === name);
    const mac = wire === undefined ? macOf('bridge', name) : macOf(hostNamespace, wire.name);
    return { name, mac, mtu: 1500 };
  });
}

function tunnelsHere(model: CheckedModel, host: Host): readonly LabTunnel[] {
  return tunnelsOf(model, host).flatMap(({ network, identifier, interface: name, local, peers }) => {
    if (local === undefined) return [];
    const remotes = peers.map(({ address }) => address);
    const mac = macOf(hostNamespace, name);
    return [
      { interface: name, mac, mtu: network.mtu, bridge: network.bridge, identifier, port: tunnelPort, local, remotes },
    ];
  });
}

function isMacvlan(attachment: Attachment, networks: ReadonlyMap<string, Network>): boolean {
  return networks.get(attachment.network)?.networkKind === 'macvlan';
}

/** The kernel gives it no larger MTU than the NIC has. */
function macvlanOf(
  { network, namespace, interface: name, mac, port }: Attachment,
  networks: ReadonlyMap<string, Network>,
  wires: readonly Wire[],
): LabMacvlan {
  const ofNic = wires.find((wire) => wire.name === port)?.mtu ?? 1500;
  const mtu = Math.min(ofNic, networks.get(network)?.mtu ?? ofNic);
  return { namespace, interface: name, mac, mtu, parent: port, parentNamespace: hostNamespace };
}

/** Addresses on a wire that somebody else than the outside has: the host's, and those of containers on that LAN. */
function lanAddresses(
  wire: Wire,
  networks: readonly Network[],
  attachments: readonly Attachment[],
): readonly Address[] {
  const onWire = new Set(networks.filter(({ nic }) => nic === wire.name).map(({ name }) => name));
  if (onWire.size === 0) return [];
  return [
    ...wire.addresses.map(({ address }) => address),
    ...attachments.filter(({ network }) => onWire.has(network)).flatMap(({ addresses }) => addresses),
  ];
}

function hasOwnNamespace(container: Container): boolean {
  return container.mode.kind === 'attached' || container.mode.kind === 'none';
}

function namespacesOfContainers(model: CheckedModel): Record<string, NamespaceName> {
  const owner = (container: Container): NamespaceName => {
    switch (container.mode.kind) {
      case 'host':
        return hostNamespace;
      case 'shared':
        return shared(container.mode.container);
      case 'attached':
      case 'none':
        return `container/${container.name}`;
    }
  };
  const byName = new Map(model.containers.map((container) => [container.name, container]));
  // the model names the end of the chain, which is in one of the other modes
  const shared = (name: string): NamespaceName =>
    byName.get(name)?.mode.kind === 'host' ? hostNamespace : `container/${name}`;
  return Object.fromEntries(model.containers.map((container) => [container.name, owner(container)]));
}

function containerNamespace(
  wired: {
    readonly container: Container;
    readonly namespace: NamespaceName;
    readonly attachments: readonly Attachment[];
  },
  peers: PointToPoint,
): LabNamespace {
  const { container, namespace, attachments } = wired;
  return {
    name: namespace,
    sysctls: plainSysctls(),
    interfaceSysctls: [],
    bridges: [],
    addresses: [...heldAddresses(attachments), ...peers.addressesOf(namespace)],
    routes: [...peers.routesOf(namespace), ...containerRoutes(container, attachments)],
    neighbours: [],
    answersOn: undefined,
  };
}

function attachmentLink(attachment: Attachment, network: Network | undefined): LabLink {
  return {
    ends: [
      {
        namespace: hostNamespace,
        interface: attachment.port,
        mac: macOf(hostNamespace, attachment.port),
        bridge: network?.bridge,
        ...(network === undefined ? {} : accessPort(network)),
      },
      {
        namespace: attachment.namespace,
        interface: attachment.interface,
        mac: attachment.mac,
        bridge: undefined,
      },
    ],
    mtu: network?.mtu ?? 1500,
  };
}

/** The ports that containers expose and that publications lead to; of long ranges the first ones. */
function servedPorts(model: CheckedModel): readonly ServedPort[] {
  const lines = model.containers.flatMap((container) => [
    ...container.exposed,
    ...container.publications.map(({ protocol, containerPorts }) => ({ protocol, ports: containerPorts })),
  ]);
  const served = new Map<string, ServedPort>();
  for (const { protocol, ports } of lines) {
    if (protocol === 'sctp') continue; // answered without a listener
    const last = Math.min(ports.last, ports.first + listenedPerLine - 1);
    for (let port: number = ports.first; port <= last; port++) served.set(`${protocol}/${port}`, { protocol, port });
  }
  return [...served.values()];
}
