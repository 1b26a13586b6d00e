/** Networks that are the LAN itself: containers beside the machines that are there already. */
import type { Network } from './model.ts';

/** `physical` and `macvlan`: behind the bridge (or NIC) there are machines that the policy does not declare. */
export function isLan({ networkKind }: Pick<Network, 'networkKind'>): boolean {
  return networkKind === 'physical' || networkKind === 'macvlan';
}

/** The bridge that takes the place of each NIC, by the NIC's name. */
export function bridgesOfNics(networks: readonly Network[]): ReadonlyMap<string, string> {
  return new Map(
    networks.flatMap(({ networkKind, nic, bridge }) =>
      networkKind === 'physical' && nic !== undefined ? [[nic, bridge] as const] : [],
    ),
  );
}
