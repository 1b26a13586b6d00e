/** Addresses that a host holds, as far as the policy says: those of its interfaces and of the bridges of its networks. */
import { type Address, addressKey } from '../net/address.ts';
import type { HostContents } from './host-contents.ts';
import type { Network } from './model.ts';

/** The keys (addressKey) of all of them; loopback addresses are held without being written. */
export function heldAddresses({ host, networks }: HostContents): ReadonlySet<string> {
  return new Set([
    ...host.interfaces.flatMap((entry) => entry.addresses.map(({ address }) => addressKey(address))),
    ...networks.flatMap((network) => bridgeAddresses(network).map(addressKey)),
  ]);
}

/** The gateway addresses that the bridge of a network (or the host's end of a wire) holds: none in gateway mode `isolated`, nor where the gateway is a machine on the LAN. */
export function bridgeAddresses(network: Network): readonly Address[] {
  const { gatewayMode, networkKind } = network;
  if (gatewayMode === 'isolated' || (networkKind !== 'bridge' && networkKind !== 'wire')) return [];
  return Object.values(network.subnets).map((subnet) => subnet.gateway);
}

/** 127.0.0.0/8 and ::1. */
export function isLoopback({ family, value }: Address): boolean {
  return family === 'ipv4' ? value >> 24n === 127n : value === 1n;
}
