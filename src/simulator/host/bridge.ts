/** Bridges: learning, forwarding, isolation, hairpin mode, and the inet hooks inside the bridge hooks [91, 97-107]. */
import type { Hook } from '../../ruleset/ruleset.ts';
import type { Packet } from '../packet/packet.ts';
import type { NetworkInterface } from '../routing/interfaces.ts';
import { recordFrame, transmitFrame } from './devices.ts';
import { runHook } from './hooks.ts';
import type { Host } from './host.ts';
import { receiveNetwork } from './input.ts';
import { judgeInput } from './input-route.ts';
import { redirectOnBridge } from './neighbours.ts';
import { deviceOf, hookFamily } from './output.ts';
import { fragmentsFor } from './reassembly.ts';

function portsOf(host: Host, bridge: NetworkInterface): readonly NetworkInterface[] {
  return host.portsOf(bridge.name).filter((port) => port.up);
}

function learnedPorts(host: Host, bridge: NetworkInterface): Map<string, NetworkInterface> {
  let known = host.bridgePorts.get(bridge.name);
  if (known === undefined) {
    known = new Map();
    host.bridgePorts.set(bridge.name, known);
  }
  return known;
}

function isGroupMac(mac: string | undefined): boolean {
  return mac !== undefined && (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}

/** Whether bridged packets of this kind meet the inet hooks [97, 98, 100]. */
function callsInet(host: Host, packet: Packet): boolean {
  if (!host.view.capabilities.brNetfilter || packet.family === 'arp') return false;
  const name = packet.family === 'ipv4' ? 'iptables' : 'ip6tables';
  return host.setting(`net.bridge.bridge-nf-call-${name}`, 1) !== 0;
}

/** Runs an inet hook on a bridged packet; there the packet counts as one for this host, whoever the frame is for. */
function runInetHook(
  host: Host,
  hook: Hook,
  input: NetworkInterface | undefined,
  output: NetworkInterface | undefined,
  packet: Packet,
): Packet | undefined {
  const wasOther = packet.packetType === 'other';
  if (wasOther) packet.packetType = 'host';
  const passed = runHook(host, hookFamily(packet), hook, input, output, packet);
  if (wasOther && passed !== undefined) passed.packetType = 'other';
  return passed;
}

/** A frame has come in by a bridge port. */
export function receiveOnPort(host: Host, port: NetworkInterface, packet: Packet): void {
  const bridge = port.master === undefined ? undefined : host.interfaces.get(port.master);
  if (bridge === undefined || !bridge.up) return;
  if (packet.sourceMac !== undefined) learnedPorts(host, bridge).set(packet.sourceMac, port);
  if (packet.destinationMac === bridge.mac) packet.packetType = 'host';
  let passedInet = false;
  let redirected = false;
  const insideBridge = (inner: Packet): Packet | undefined => {
    if (!callsInet(host, inner)) return inner;
    passedInet = true;
    inner.physicalInput = port.name;
    const destination = inner.destination;
    const passed = runInetHook(host, 'prerouting', bridge, undefined, inner);
    if (passed === undefined || passed.destination === destination) return passed;
    const way = judgeInput(host, bridge, passed);
    const isRefused = way.kind === 'drop' ? !way.late : way.kind === 'error' && passed.family === 'ipv6';
    if (isRefused) {
      host.drop(passed, 'no way to its new destination');
      return undefined;
    }
    if (way.kind === 'forward' && deviceOf(host, way.route).name === bridge.name) redirected = true;
    else {
      passed.destinationMac = bridge.mac;
      passed.packetType = 'host';
    }
    return passed;
  };
  const passed = runHook(host, 'bridge', 'prerouting', port, undefined, packet, { insideBridge });
  if (passed === undefined) return;
  if (redirected) {
    const way = judgeInput(host, bridge, passed);
    const gateway = way.kind === 'forward' ? way.route.gateway : undefined;
    redirectOnBridge(host, bridge, gateway ?? passed.destination, passed);
    return;
  }
  finish(host, bridge, port, passed, passedInet);
}

/**
 * A packet that DNAT redirected goes back into the bridge with its new link-layer address, as if from its port [91]. With a
 * ready header it does so without being seen on the bridge's own interface.
 */
export function continueOnBridge(host: Host, bridge: NetworkInterface, packet: Packet, ready: boolean): void {
  if (!ready) recordFrame(host, bridge, packet, 'out');
  const port = packet.physicalInput === undefined ? undefined : host.interfaces.get(packet.physicalInput);
  if (port !== undefined) finish(host, bridge, port, packet, true);
}

function finish(
  host: Host,
  bridge: NetworkInterface,
  port: NetworkInterface,
  packet: Packet,
  passedInet: boolean,
): void {
  const { destinationMac } = packet;
  if (isGroupMac(destinationMac)) {
    flood(host, bridge, port, packet);
    passUp(host, bridge, port, packet.clone(), passedInet);
    return;
  }
  const own = destinationMac === undefined ? undefined : host.interfaceByMac(destinationMac);
  if (own !== undefined && (own.name === bridge.name || own.master === bridge.name)) {
    passUp(host, bridge, port, packet, passedInet);
    return;
  }
  const target = destinationMac === undefined ? undefined : learnedPorts(host, bridge).get(destinationMac);
  if (target === undefined) flood(host, bridge, port, packet);
  else if (!forward(host, bridge, port, target, packet))
    host.drop(packet, `the bridge does not send it out of ${target.name}`);
}

function flood(host: Host, bridge: NetworkInterface, from: NetworkInterface, packet: Packet): void {
  for (const port of portsOf(host, bridge)) forward(host, bridge, from, port, packet.clone());
}

/** Forwards from port to port; false when the bridge may not: same port without hairpin mode, both isolated [91, 104]. */
function forward(
  host: Host,
  bridge: NetworkInterface,
  from: NetworkInterface,
  to: NetworkInterface,
  packet: Packet,
): boolean {
  if (!to.up || (to.name === from.name && !to.hairpin) || (to.isolated && from.isolated)) return false;
  const insideForward = (inner: Packet): Packet | undefined => {
    if (!callsInet(host, inner)) return inner;
    inner.physicalInput = from.name;
    inner.physicalOutput = to.name;
    return runInetHook(host, 'forward', bridge, bridge, inner);
  };
  const insidePostrouting = (inner: Packet): Packet | undefined => {
    if (!callsInet(host, inner)) return inner;
    return runInetHook(host, 'postrouting', undefined, bridge, inner);
  };
  const forwarded = runHook(host, 'bridge', 'forward', from, to, packet, { insideBridge: insideForward });
  if (forwarded === undefined) return true;
  const passed = runHook(host, 'bridge', 'postrouting', undefined, to, forwarded, { insideBridge: insidePostrouting });
  if (passed === undefined) return true;
  const pieces = passed.fragmentLengths === undefined ? [passed] : fragmentsFor(passed, to.mtu); // [143]
  for (const piece of pieces) transmitFrame(host, to, piece);
  return true;
}

/** Hands a frame to the host behind the bridge [101]. */
function passUp(
  host: Host,
  bridge: NetworkInterface,
  port: NetworkInterface,
  packet: Packet,
  passedInet: boolean,
): void {
  const passed = runHook(host, 'bridge', 'input', port, undefined, packet);
  if (passed === undefined) return;
  passed.mayGoWhole = passed.fragmentLengths !== undefined; // IP starts over with it and forgets the sizes of the pieces
  recordFrame(host, bridge, passed, 'in');
  const ingress = runHook(host, 'netdev', 'ingress', bridge, undefined, passed);
  if (ingress !== undefined) receiveNetwork(host, bridge, ingress, passedInet);
}

/** The host sends a frame by its bridge. */
export function transmitOnBridge(host: Host, bridge: NetworkInterface, packet: Packet): void {
  const { destinationMac } = packet;
  const target = destinationMac === undefined ? undefined : learnedPorts(host, bridge).get(destinationMac);
  if (target !== undefined) {
    sendByPort(host, target, packet);
    return;
  }
  const ports = portsOf(host, bridge);
  if (ports.length === 0)
    host.world.record({ kind: 'left', host: host.name, interface: bridge.name, packet, time: host.now });
  for (const port of ports) sendByPort(host, port, packet.clone());
}

function sendByPort(host: Host, port: NetworkInterface, packet: Packet): void {
  const sent = runHook(host, 'bridge', 'output', undefined, port, packet);
  if (sent === undefined) return;
  const passed = runHook(host, 'bridge', 'postrouting', undefined, port, sent);
  if (passed !== undefined) transmitFrame(host, port, passed);
}
