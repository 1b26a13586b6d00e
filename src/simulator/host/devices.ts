/** Putting frames on interfaces: loopback, bridges and links. */

import { describePacket } from '../packet/describe.ts';
import type { Packet } from '../packet/packet.ts';
import type { NetworkInterface } from '../routing/interfaces.ts';
import { transmitOnBridge } from './bridge.ts';
import { runHook } from './hooks.ts';
import type { Host } from './host.ts';
import { transmitOnSwitch } from './switch.ts';
import { transmitByTunnel } from './tunnel.ts';

/** Sends a frame, its addresses filled in, by an interface. */
export function transmitFrame(host: Host, output: NetworkInterface, packet: Packet): void {
  if (!output.up) return;
  const egress = runHook(host, 'netdev', 'egress', undefined, output, packet);
  if (egress === undefined) return;
  recordFrame(host, output, packet, 'out');
  packet.stamp = host.world.nextStamp();
  if (output.kind === 'loopback') {
    host.world.enqueue({ kind: 'receive', host: host.name, interface: output.name, packet });
    return;
  }
  if (output.kind === 'bridge') {
    transmitOnBridge(host, output, packet);
    return;
  }
  if (output.kind === 'switch') {
    transmitOnSwitch(host, output, packet);
    return;
  }
  if (output.tunnel !== undefined) {
    transmitByTunnel(host, output, output.tunnel, packet);
    return;
  }
  if (host.world.isLinked(host.name, output.name)) {
    host.world.transmit(host.name, output.name, packet);
    return;
  }
  if (host.world.cross(host.name, output.name, packet)) return;
  host.world.record({ kind: 'left', host: host.name, interface: output.name, packet, time: host.now });
}

/** Notes a frame on an interface for those who watch the wire. */
export function recordFrame(host: Host, held: NetworkInterface, packet: Packet, direction: 'in' | 'out'): void {
  const { world } = host;
  if (world.trace !== undefined) {
    const step = { host: host.name, interface: held.name, packet: describePacket(packet) };
    world.trace.push(direction === 'in' ? { kind: 'received', ...step } : { kind: 'sent', ...step });
  }
  if (!world.recordsFrames) return;
  world.record({
    kind: 'frame',
    host: host.name,
    interface: held.name,
    direction,
    packet: packet.clone(),
    time: host.now,
    order: direction === 'in' && packet.stamp > 0 ? packet.stamp : world.nextStamp(),
  });
}
