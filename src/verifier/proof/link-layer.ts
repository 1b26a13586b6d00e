/**
 * Whom a packet is for on the link that it is sent on: without that, what comes from a bridge port and is to be routed would
 * stay on the bridge. Bridges that a policy declares have no address of their own yet; they are given one.
 */
import type { HostView } from '../../host-view/host-view.ts';
import type { Address } from '../../net/address.ts';
import { addressSetContains } from '../../net/address-set.ts';
import type { MacAddress } from '../../net/mac.ts';
import { type Prefix, prefixContains } from '../../net/prefix.ts';
import { addressValue } from '../space/fields.ts';
import type { Origin } from '../space/origins.ts';
import type { Space } from '../space/space.ts';

/** The same view, with a link-layer address for every bridge. */
export function withBridgeAddresses(view: HostView): HostView {
  if (view.interfaces.every(({ kind, mac }) => kind !== 'bridge' || mac !== undefined)) return view;
  return {
    ...view,
    interfaces: view.interfaces.map((entry, index) =>
      entry.kind === 'bridge' && entry.mac === undefined ? { ...entry, mac: madeAddress(index) } : entry,
    ),
  };
}

/** Whoever has an address on the link of a bridge: no bridge knows behind which port, and floods. */
const neighbour = madeAddress(0x20000);

/** Locally administered addresses, told apart by their number. */
function madeAddress(index: number): MacAddress {
  const octet = (value: number): string => (value & 0xff).toString(16).padStart(2, '0');
  return `0e:00:00:${octet(index >> 16)}:${octet(index >> 8)}:${octet(index)}` as MacAddress;
}

/** Whoever sends by a device: a frame has a sender, and rules may ask for its kind. */
export function senderBehind(view: HostView, device: string): MacAddress {
  const number = view.interfaces.findIndex(({ name }) => name === device) + 1;
  return madeAddress(0x10000 + number);
}

/** The bridge that a device is a port of. */
export function bridgeOf(view: HostView, device: string | undefined): string | undefined {
  return view.interfaces.find(({ name }) => name === device)?.bridgePort?.bridge;
}

export function addressOfBridge(view: HostView, bridge: string | undefined): MacAddress | undefined {
  return withBridgeAddresses(view).interfaces.find(({ name }) => name === bridge)?.mac;
}

/** Stands for the gateway of a LAN: some machine behind the NIC. */
export const lanMachine = madeAddress(0x30000);

/**
 * Whom a port sends a frame to: the bridge itself, for somebody who is not on the same link; the gateway of a LAN; for a
 * neighbour some other one.
 */
export function frameAddress(space: Space, { bridge, device }: Origin, destination: Address): MacAddress | undefined {
  if (bridge === undefined) return undefined;
  const decision = space.decisionOfClass(space.partitions.address.classOf(addressValue(destination)));
  if (decision.kind === 'local') return addressOfBridge(space.view, bridge);
  const isIn = (prefixes: readonly Prefix[]): boolean => prefixes.some((prefix) => prefixContains(prefix, destination));
  const lan = space.lans.get(bridge);
  if (lan !== undefined && device !== lan.nic && lan.gatewayBeyond[destination.family]) {
    if (isIn(lan.ours)) return addressOfBridge(space.view, bridge);
    return addressSetContains(lan.given, destination) ? undefined : lanMachine;
  }
  const link = space.links.get(bridge);
  const isOnLink =
    link === undefined
      ? decision.kind === 'unicast' && decision.interface === bridge && decision.via === undefined
      : isIn(link);
  return isOnLink ? neighbour : addressOfBridge(space.view, bridge);
}
