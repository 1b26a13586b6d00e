/** Which of its addresses a host puts on a packet: for masquerading, and for connections that it opens itself. */
import type { Address } from '../net/address.ts';
import { prefixContains, prefixOf } from '../net/prefix.ts';
import type { AddressView, HostView, InterfaceView } from './host-view.ts';
import { isLoopback, type Routes } from './route.ts';
import { sourceAddress6 } from './source-address6.ts';

export interface SourceAddresses {
  /**
   * The address that masquerading gives a packet which leaves by an interface; undefined when there is none, and the packet
   * is dropped [59]. `nextHop`: in IPv4 the next hop - the gateway of the route, or the destination when it is on the link
   * [58]; in IPv6 always the destination [134].
   */
  readonly masquerade: (outInterface: string, nextHop: Address) => Address | undefined;
  /** The source of a packet that the host itself sends to a destination; undefined where it cannot be sent. */
  readonly local: (destination: Address) => Address | undefined;
}

/** The choice of source addresses on a host, with its interfaces indexed; `routes` are those of the same view. */
export function sourceAddressesOf(view: HostView, routes: Routes): SourceAddresses {
  const addressed = view.interfaces.filter((entry) => entry.up && entry.addresses.length > 0);
  const byName = new Map(addressed.map((entry) => [entry.name, entry]));
  const masquerade: SourceAddresses['masquerade'] = (outInterface, nextHop) => {
    if (nextHop.family === 'ipv6') return sourceAddress6(addressed, outInterface, nextHop);
    const out = byName.get(outInterface);
    return (out && selectAddress(out, nextHop)) ?? anyAddress(addressed);
  };
  return {
    masquerade,
    local(destination) {
      const route = routes.lookup(destination);
      if (route === undefined) return undefined;
      if (route !== 'local')
        return masquerade(route.interface, destination.family === 'ipv6' ? destination : (route.via ?? destination));
      // The local route of 127.0.0.0/8 has the preferred source 127.0.0.1; every other local address talks to itself.
      return destination.family === 'ipv4' && isLoopback(destination)
        ? { family: 'ipv4', value: 0x7f000001n }
        : destination;
    },
  };
}

/** inet_select_addr on one interface: the first primary universe-scope address whose subnet holds the next hop, else the first one. */
function selectAddress(out: InterfaceView, nextHop: Address): Address | undefined {
  const candidates = primaryAddresses(out.addresses).filter(({ scope }) => scope === 'universe');
  const near = candidates.find(({ address, length }) => prefixContains(prefixOf(address, length), nextHop));
  return (near ?? candidates[0])?.address;
}

/** The first universe-scope address of any interface, in the order of interfaces. */
function anyAddress(interfaces: readonly InterfaceView[]): Address | undefined {
  for (const entry of interfaces) {
    const found = primaryAddresses(entry.addresses).find(({ scope }) => scope === 'universe');
    if (found !== undefined) return found.address;
  }
  return undefined;
}

/** IPv4 addresses that are the first of their subnet on the interface; later ones of the same subnet are secondary. */
function primaryAddresses(addresses: readonly AddressView[]): AddressView[] {
  const primary: AddressView[] = [];
  for (const candidate of addresses) {
    if (candidate.address.family !== 'ipv4') continue;
    const isSecondary = primary.some(
      ({ address, length }) =>
        length === candidate.length && prefixContains(prefixOf(address, length), candidate.address),
    );
    if (!isSecondary) primary.push(candidate);
  }
  return primary;
}
