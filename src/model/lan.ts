/** Networks that are the LAN itself: containers beside the machines that are there already. */
import type { Network } from './model.ts';

/** `physical` and `macvlan`: behind the bridge (or NIC) there are machines that the policy does not declare. */
export function isLan({ networkKind }: Pick<Network, 'networkKind'>): boolean {
  return networkKind === 'physical' || networkKind === 'macvlan';
}

/** `physical`: the NIC is a port of a bridge of the host, so that what the LAN and the containers send each other passes that. */
export function isBridgedLan({ networkKind }: Pick<Network, 'networkKind'>): boolean {
  return networkKind === 'physical';
}

/** The bridge that takes the place of each NIC, by the NIC's name. */
export function bridgesOfNics(networks: readonly Network[]): ReadonlyMap<string, string> {
  return new Map(
    networks.flatMap((network) =>
      isBridgedLan(network) && network.nic !== undefined ? [[network.nic, network.bridge] as const] : [],
    ),
  );
}
