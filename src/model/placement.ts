/** What is on which host of a policy. */
import { hostPrefix, type Prefix } from '../net/prefix.ts';
import { bridgeAddresses } from './held-addresses.ts';
import { bridgesOfNics } from './lan.ts';
import type { Container, Host, Model, Network } from './model.ts';

/** Whether traffic of a network meets the rules of a host: a switch passes it on by itself. */
export function meetsRules({ networkKind }: Network): boolean {
  return networkKind !== 'switch';
}

/** Whether a network is on a host. */
export function isOnHost(network: Network, host: Host): boolean {
  return network.hosts.length === 0 || network.hosts.some((place) => place.host === host.name);
}

/** Whether a container runs on a host. */
export function runsOn(container: Container, host: Host): boolean {
  return container.host === undefined || container.host === host.name;
}

/** The NICs that the switches of a host hold, and the switch of each: what the NIC had is the switch's. */
export function switchesOfNics(model: Model, host: Host): ReadonlyMap<string, string> {
  return new Map(
    model.networks
      .filter(({ networkKind }) => networkKind === 'switch')
      .flatMap(({ bridge, hosts }) =>
        hosts.flatMap((place) =>
          place.host === host.name && place.via !== undefined ? [[place.via, bridge] as const] : [],
        ),
      ),
  );
}

/** The device of a host that took the place of each NIC: a switch, or the bridge of a network on the LAN. */
export function devicesOfNics(model: Model, host: Host): ReadonlyMap<string, string> {
  const bridges = bridgesOfNics(model.networks.filter((network) => isOnHost(network, host)));
  return new Map([...bridges, ...switchesOfNics(model, host)]);
}

/** Every address that a host holds, loopback aside. */
export function hostAddresses(model: Model, host: Host): readonly Prefix[] {
  const bridges = model.networks.filter((network) => isOnHost(network, host)).flatMap(bridgeAddresses);
  return [...interfaceAddresses(host), ...bridges.map(hostPrefix)];
}

/** Those that others reach it by. */
export function interfaceAddresses({ interfaces }: Host): readonly Prefix[] {
  const held = interfaces.filter(({ name }) => name !== 'lo').flatMap(({ addresses }) => addresses);
  return held.map(({ address }) => hostPrefix(address));
}
