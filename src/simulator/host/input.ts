/** Packets that come in: link layer, prerouting, routing, and delivery or forwarding [1, 107]. */
import { allNodes, isLoopback, isMulticast } from '../packet/addresses.ts';
import type { Packet } from '../packet/packet.ts';
import type { NetworkInterface } from '../routing/interfaces.ts';
import { receiveOnPort } from './bridge.ts';
import { deliverToEndpoints } from './deliver.ts';
import { recordFrame } from './devices.ts';
import { takeRouteErrorToken } from './error-budget.ts';
import { forwardPacket } from './forward.ts';
import { runHook } from './hooks.ts';
import type { Host } from './host.ts';
import { sendIcmpError } from './icmp-errors.ts';
import { judgeInput } from './input-route.ts';
import { receiveArp } from './neighbours.ts';
import { hookFamily } from './output.ts';
import { receiveOnSwitch } from './switch.ts';

/** A frame arrives at an interface. */
export function receiveFrame(host: Host, interfaceName: string, packet: Packet): void {
  const input = host.interfaces.get(interfaceName);
  if (input === undefined || !input.up) return;
  packet.packetType = input.kind === 'loopback' ? 'host' : typeOf(packet, input);
  recordFrame(host, input, packet, 'in');
  const passed = runHook(host, 'netdev', 'ingress', input, undefined, packet);
  if (passed === undefined) return;
  if (input.master !== undefined && host.interfaces.get(input.master)?.kind === 'switch')
    receiveOnSwitch(host, input, passed);
  else if (passed.vlanTag !== 0) host.drop(passed, 'there is no interface for its VLAN');
  else if (input.master !== undefined) receiveOnPort(host, input, passed);
  else receiveNetwork(host, input, passed, false);
}

function typeOf(packet: Packet, input: NetworkInterface): Packet['packetType'] {
  const { destinationMac } = packet;
  if (destinationMac === undefined || destinationMac === input.mac) return 'host';
  if (destinationMac === 'ff:ff:ff:ff:ff:ff') return 'broadcast';
  return (Number.parseInt(destinationMac.slice(0, 2), 16) & 1) === 1 ? 'multicast' : 'other';
}

/** The network layer's part. `passedPrerouting`: the bridge has run the hook already [101]. */
export function receiveNetwork(host: Host, input: NetworkInterface, packet: Packet, passedPrerouting: boolean): void {
  if (packet.family === 'arp') {
    receiveArp(host, input, packet);
    return;
  }
  if (packet.packetType === 'other') {
    host.drop(packet, 'the frame is for another machine [107]');
    return;
  }
  if (
    packet.family === 'ipv6' &&
    input.kind !== 'loopback' &&
    (isLoopback(packet.source) || isLoopback(packet.destination))
  ) {
    host.drop(packet, 'loopback addresses may not come from outside [96]');
    return;
  }
  if (packet.family === 'ipv6' && isMulticast(packet.source)) {
    host.drop(packet, 'no machine sends from a multicast address');
    return;
  }
  let passed: Packet | undefined = packet;
  if (!passedPrerouting) {
    passed = runHook(host, hookFamily(packet), 'prerouting', input, undefined, packet);
  }
  if (passed === undefined) return;
  if (passed.localInterface !== undefined) {
    deliver(host, input, passed, passed.localInterface);
    return;
  }
  routeIn(host, input, passed);
}

function routeIn(host: Host, input: NetworkInterface, packet: Packet): void {
  const way = judgeInput(host, input, packet);
  switch (way.kind) {
    case 'local':
      deliver(host, input, packet, input.name);
      return;
    case 'forward':
      forwardPacket(host, input, packet, way.route, way.redirect);
      return;
    case 'drop':
      host.drop(packet, way.reason);
      return;
    case 'error':
      host.drop(packet, way.reason);
      if (packet.family === 'ipv6' || takeRouteErrorToken(host, packet.source))
        sendIcmpError(host, packet, { type: way.type, code: way.code, input });
  }
}

/** A copy of the host's own broadcast comes back to it. */
export function receiveLoopBack(host: Host, interfaceName: string, packet: Packet): void {
  const input = host.interfaces.get(interfaceName);
  if (input === undefined) return;
  packet.packetType = packet.destination === allNodes ? 'multicast' : 'broadcast';
  const passed = runHook(host, hookFamily(packet), 'prerouting', input, undefined, packet);
  if (passed !== undefined) deliver(host, input, passed, interfaceName);
}

function deliver(host: Host, input: NetworkInterface, packet: Packet, seenAs: string): void {
  let whole: Packet | undefined = packet;
  if (packet.family === 'ipv4') whole = host.reassembly.add(packet);
  if (whole === undefined) return;
  const passed = runHook(host, hookFamily(whole), 'input', input, undefined, whole);
  if (passed === undefined) return;
  const complete = host.reassembly.add(passed);
  if (complete !== undefined) deliverToEndpoints(host, input, complete, seenAs);
}
