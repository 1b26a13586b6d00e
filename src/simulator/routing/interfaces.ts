/** Interfaces as the simulated kernel holds them, built from a host view. */
import type { HostView, InterfaceKind, InterfaceView, PortVlan, TunnelView } from '../../host-view/host-view.ts';
import { type AddressDatum, addressDatum, prefixDatum } from '../packet/datum.ts';

/** rt_scope numbers: the larger, the narrower. */
export const scopeNumber = { universe: 0, link: 253, host: 254 } as const;

export interface HeldAddress {
  readonly address: AddressDatum;
  readonly length: number;
  readonly scope: keyof typeof scopeNumber;
  readonly deprecated: boolean;
  /** Not the first address of its subnet: never chosen as a source [58]. */
  readonly secondary: boolean;
}

export interface NetworkInterface {
  readonly name: string;
  readonly kind: InterfaceKind;
  readonly up: boolean;
  readonly index: number;
  readonly hardwareType: number;
  readonly mac: string | undefined;
  readonly mtu: number;
  readonly addresses: readonly HeldAddress[];
  readonly master: string | undefined;
  readonly hairpin: boolean;
  readonly isolated: boolean;
  /** On a switch: the VLANs of the port. */
  readonly vlan?: PortVlan;
  readonly tunnel?: TunnelEnd;
}

/** This end of a VXLAN tunnel, and the other ones. */
export interface TunnelEnd {
  readonly identifier: number;
  readonly port: number;
  readonly local: AddressDatum | undefined;
  readonly remotes: readonly AddressDatum[];
}

/** The interfaces of a view, by name and in the view's order; a loopback interface is added where the view has none. */
export function interfacesOf(view: HostView): Map<string, NetworkInterface> {
  const result = new Map<string, NetworkInterface>();
  const loopback = view.interfaces.find((candidate) => candidate.kind === 'loopback' || candidate.name === 'lo');
  let index = 1;
  result.set(loopback?.name ?? 'lo', buildLoopback(loopback));
  for (const candidate of view.interfaces) {
    if (candidate === loopback) continue;
    index++;
    result.set(candidate.name, build(candidate, index));
  }
  return result;
}

function build(view: InterfaceView, index: number): NetworkInterface {
  return {
    name: view.name,
    kind: view.kind,
    up: view.up,
    index,
    hardwareType: 1,
    mac: view.mac,
    mtu: view.mtu,
    addresses: heldAddresses(view),
    master: view.bridgePort?.bridge,
    hairpin: view.bridgePort?.hairpin ?? false,
    isolated: view.bridgePort?.isolated ?? false,
    ...(view.bridgePort?.vlan && { vlan: view.bridgePort.vlan }),
    ...(view.tunnel && { tunnel: tunnelEnd(view.tunnel) }),
  };
}

function tunnelEnd({ identifier, port, local, remotes }: TunnelView): TunnelEnd {
  return { identifier, port, local: local && addressDatum(local), remotes: remotes.map(addressDatum) };
}

function buildLoopback(view: InterfaceView | undefined): NetworkInterface {
  const own = view === undefined ? [] : heldAddresses(view);
  const builtin: HeldAddress[] = [
    { address: 0x7f00_0001, length: 8, scope: 'host', deprecated: false, secondary: false },
    { address: 1n, length: 128, scope: 'host', deprecated: false, secondary: false },
  ];
  const missing = builtin.filter((entry) => !own.some((held) => held.address === entry.address));
  return {
    name: view?.name ?? 'lo',
    kind: 'loopback',
    up: true,
    index: 1,
    hardwareType: 772,
    mac: '00:00:00:00:00:00',
    mtu: view?.mtu ?? 65_536,
    addresses: [...own, ...missing],
    master: undefined,
    hairpin: false,
    isolated: false,
  };
}

function heldAddresses(view: InterfaceView): HeldAddress[] {
  const subnets = new Set<string>();
  return view.addresses.map(({ address, length, scope, deprecated }) => {
    const datum = addressDatum(address);
    const subnet = `${address.family} ${prefixDatum(datum, length)}/${length}`;
    const secondary = address.family === 'ipv4' && subnets.has(subnet);
    subnets.add(subnet);
    return { address: datum, length, scope, deprecated, secondary };
  });
}
