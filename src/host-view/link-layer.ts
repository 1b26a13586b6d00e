/** Switches with their trunks, and the tunnels of overlay networks, as interfaces of a host. */
import type { Host, Network, Tunnel } from '../model/model.ts';
import { tunnelPort } from '../model/tunnel.ts';
import type { BridgePortView, InterfaceView, PortVlan } from './host-view.ts';

/** The untagged frames of a switch: the host's own, where a NIC of it had an address. */
export const untagged = 0;

/** The NICs that networks of a switch go through (`on HOST via NIC`): each is a port that carries their VLANs, and untagged frames. */
export function trunkPorts(
  networks: readonly Network[],
  host: Host,
): ReadonlyMap<string, { readonly bridge: string; readonly vlan: PortVlan }> {
  const trunks = new Map<string, { readonly bridge: string; readonly tags: Set<number> }>();
  for (const { bridge, vlan, hosts } of networks)
    for (const { host: name, via } of hosts) {
      if (name !== host.name || via === undefined) continue;
      const trunk = trunks.get(via) ?? { bridge, tags: new Set([untagged]) };
      trunks.set(via, trunk);
      trunk.tags.add(vlan ?? untagged);
    }
  return new Map(
    [...trunks].map(([nic, { bridge, tags }]) => {
      const ascending = [...tags].sort((left, right) => left - right);
      return [nic, { bridge, vlan: { kind: 'trunk', tags: ascending } }];
    }),
  );
}

/** The NICs of a host and its switches. What addresses a NIC had are the switch's own, once it is a trunk port of it. */
export function switches(
  nics: readonly InterfaceView[],
  networks: readonly Network[],
  host: Host,
): readonly InterfaceView[] {
  const names = [...new Set(networks.map(({ bridge }) => bridge))];
  const trunks = trunkPorts(networks, host);
  const ofNic = (nic: InterfaceView): InterfaceView => {
    const trunk = trunks.get(nic.name);
    if (trunk === undefined) return nic;
    const bridgePort: BridgePortView = { bridge: trunk.bridge, hairpin: false, isolated: false, vlan: trunk.vlan };
    return { ...nic, addresses: [], bridgePort };
  };
  const ofSwitch = (name: string): InterfaceView => ({
    name,
    kind: 'switch',
    mac: undefined,
    mtu: 1500,
    up: true,
    addresses: nics.filter((nic) => trunks.get(nic.name)?.bridge === name).flatMap(({ addresses }) => addresses),
    bridgePort: undefined,
  });
  return [...nics.map(ofNic), ...names.map(ofSwitch)];
}

/** A container's port of a switch takes and gives untagged frames of its VLAN. */
export function accessPort({ networkKind, vlan }: Network): Pick<BridgePortView, 'vlan'> {
  return networkKind === 'switch' ? { vlan: { kind: 'access', tag: vlan ?? untagged } } : {};
}

/** The host's end of a tunnel, a port of the overlay's bridge. */
export function tunnel({ network, identifier, interface: name, local, peers }: Tunnel): InterfaceView {
  return {
    name,
    kind: 'vxlan',
    mac: undefined,
    mtu: network.mtu,
    up: true,
    addresses: [],
    bridgePort: { bridge: network.bridge, hairpin: false, isolated: false },
    tunnel: { identifier, port: tunnelPort, local, remotes: peers.map(({ address }) => address) },
  };
}
