/**
 * Switches: learning and forwarding by VLAN, from port to port. What a switch carries meets no hook of the host; untagged
 * frames are for its own interface too, which the host sends and receives by.
 */
import type { PortVlan } from '../../host-view/host-view.ts';
import type { Packet } from '../packet/packet.ts';
import type { NetworkInterface } from '../routing/interfaces.ts';
import { recordFrame, transmitFrame } from './devices.ts';
import type { Host } from './host.ts';
import { receiveNetwork } from './input.ts';

/** A port that nothing is said about carries untagged frames. */
const untaggedPort: PortVlan = { kind: 'access', tag: 0 };

/** A frame has come in by a port of a switch. */
export function receiveOnSwitch(host: Host, port: NetworkInterface, packet: Packet): void {
  const device = port.master === undefined ? undefined : host.interfaces.get(port.master);
  if (device === undefined || !device.up) return;
  const vlan = vlanOf(port.vlan ?? untaggedPort, packet.vlanTag);
  if (vlan === undefined) {
    host.drop(packet, `${port.name} takes no frames of its VLAN`);
    return;
  }
  if (packet.sourceMac !== undefined) learned(host, device).set(`${vlan} ${packet.sourceMac}`, port);
  const { destinationMac } = packet;
  const isGroup = destinationMac !== undefined && (Number.parseInt(destinationMac.slice(0, 2), 16) & 1) === 1;
  // who sends without link-layer addresses leaves it to the network layer who is meant
  const isOwn = destinationMac === undefined ? host.isLocal(packet.destination) : destinationMac === device.mac;
  if (vlan === 0 && (isGroup || isOwn)) passUp(host, device, packet.clone());
  if (vlan === 0 && isOwn) return;
  switchOn(host, device, port, vlan, packet);
}

/** The host sends by the interface of a switch. */
export function transmitOnSwitch(host: Host, device: NetworkInterface, packet: Packet): void {
  switchOn(host, device, undefined, 0, packet);
}

/** To the port where the receiver is known to be, else to all of the VLAN. */
function switchOn(
  host: Host,
  device: NetworkInterface,
  from: NetworkInterface | undefined,
  vlan: number,
  packet: Packet,
): void {
  const known = learned(host, device).get(`${vlan} ${packet.destinationMac ?? ''}`);
  const ports = host.portsOf(device.name).filter((port) => port.up && port.name !== from?.name && carries(port, vlan));
  const target = known !== undefined && ports.includes(known) ? known : undefined;
  const targets = target === undefined ? ports : [target];
  if (targets.length === 0) host.drop(packet, `no port of ${device.name} leads there in its VLAN`);
  for (const port of targets) {
    const copy = packet.clone();
    copy.vlanTag = port.vlan?.kind === 'trunk' ? vlan : 0;
    transmitFrame(host, port, copy);
  }
}

function passUp(host: Host, device: NetworkInterface, packet: Packet): void {
  if (packet.destinationMac === undefined || packet.destinationMac === device.mac) packet.packetType = 'host';
  recordFrame(host, device, packet, 'in');
  receiveNetwork(host, device, packet, false);
}

/** The VLAN of a frame as it comes in by a port; undefined: the port does not take it. */
function vlanOf(port: PortVlan, tag: number): number | undefined {
  if (port.kind === 'access') return tag === 0 ? port.tag : undefined;
  return port.tags === 'all' || port.tags.includes(tag) ? tag : undefined;
}

function carries({ vlan = untaggedPort }: NetworkInterface, tag: number): boolean {
  return vlan.kind === 'access' ? vlan.tag === tag : vlan.tags === 'all' || vlan.tags.includes(tag);
}

/** Ports by VLAN and link-layer address. */
function learned(host: Host, device: NetworkInterface): Map<string, NetworkInterface> {
  const known = host.bridgePorts.get(device.name) ?? new Map<string, NetworkInterface>();
  host.bridgePorts.set(device.name, known);
  return known;
}
