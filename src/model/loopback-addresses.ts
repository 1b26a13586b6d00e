/** Addresses that a host has on its loopback interface besides 127.0.0.1 and ::1. */
import { type Address, addressBits, addressKey } from '../net/address.ts';
import type { InterfaceAddress } from '../net/prefix.ts';
import type { Host, Model } from './model.ts';
import { runsOn } from './placement.ts';

/**
 * Those that the policy writes on `lo`. And of a host of which it says no interface, those that publications name: the host
 * has them, as they would answer nothing otherwise, and on `lo` they are its own wherever packets come in [112].
 */
export function loopbackAddresses(model: Model, host: Host): readonly InterfaceAddress[] {
  if (host.interfaces.length > 0)
    return host.interfaces.filter(({ name }) => name === 'lo').flatMap(({ addresses }) => addresses);
  const published = model.containers
    .filter((container) => runsOn(container, host))
    .flatMap(({ publications }) => publications)
    .flatMap(({ listener }) =>
      listener.kind === 'address' && !isLoopback(listener.address) ? [listener.address] : [],
    );
  const distinct = new Map(published.map((address) => [addressKey(address), address]));
  return [...distinct.values()].map((address) => ({ address, length: addressBits(address.family) }));
}

function isLoopback({ family, value }: Address): boolean {
  return family === 'ipv4' ? value >> 24n === 127n : value === 1n;
}
