/** Finding the link-layer address of the next hop: ARP and neighbour discovery, as real packets that rules may drop [103, 132]. */
import { isLinkLocal, isLoopback, isUnspecified, solicitedNode } from '../packet/addresses.ts';
import type { AddressDatum } from '../packet/datum.ts';
import { Packet } from '../packet/packet.ts';
import type { NetworkInterface } from '../routing/interfaces.ts';
import { selectIpv4Source, selectIpv6Source } from '../routing/source-address.ts';
import { continueOnBridge } from './bridge.ts';
import { transmitFrame } from './devices.ts';
import { runHook } from './hooks.ts';
import type { Host } from './host.ts';
import { sendIcmpError } from './icmp-errors.ts';
import { judgeInput } from './input-route.ts';
import type { NeighbourEntry } from './neighbour-table.ts';
import { sendOwn } from './output.ts';

/** Milliseconds between solicitations, and how many there are before a neighbour counts as absent [116]. */
const solicitInterval = 1000;
const solicitAttempts = 3;
const broadcastMac = 'ff:ff:ff:ff:ff:ff';

function keyOf(held: NetworkInterface, address: AddressDatum): string {
  return `${typeof address === 'number' ? 4 : 6} ${held.name} ${address}`;
}

/** Whether anything behind the interface could answer a solicitation. */
function canAsk(host: Host, held: NetworkInterface): boolean {
  if (!host.world.hasLinks) return false;
  const leadsOn = ({ name, tunnel }: NetworkInterface): boolean =>
    tunnel !== undefined || host.world.isLinked(host.name, name);
  return held.kind === 'bridge' ? host.portsOf(held.name).some(leadsOn) : leadsOn(held);
}

/** Sends a packet to a neighbour, asking for its address first where needed. `mac` is given for broadcast and multicast. */
export function sendToNeighbour(
  host: Host,
  output: NetworkInterface,
  neighbour: AddressDatum | undefined,
  packet: Packet,
  mac: string | undefined,
): void {
  packet.sourceMac = output.mac;
  packet.destinationMac = mac;
  if (output.kind === 'loopback' || mac !== undefined || neighbour === undefined) {
    transmitFrame(host, output, packet);
    return;
  }
  const entry = host.neighbours.isEmpty ? undefined : host.neighbours.get(keyOf(output, neighbour));
  const mapped = entry?.mac ?? host.knownNeighbour(neighbour);
  if (entry?.mac !== undefined) entry.used = true;
  if (mapped !== undefined || !canAsk(host, output)) {
    packet.destinationMac = mapped;
    transmitFrame(host, output, packet);
    return;
  }
  wait(host, output, neighbour, { packet, onward: 'transmit' });
}

/** Sends a packet that DNAT redirected on a bridge to its new neighbour through the bridge [91]. */
export function redirectOnBridge(host: Host, bridge: NetworkInterface, neighbour: AddressDatum, packet: Packet): void {
  const entry = host.neighbours.get(keyOf(bridge, neighbour));
  const known = entry?.mac ?? host.knownNeighbour(neighbour);
  if (known === undefined && canAsk(host, bridge)) {
    wait(host, bridge, neighbour, { packet, onward: 'bridge' });
    return;
  }
  packet.destinationMac = known;
  const ready = entry?.mac !== undefined && entry.confirmed && entry.used;
  if (entry?.mac !== undefined) entry.used = true;
  continueOnBridge(host, bridge, packet, ready);
}

function wait(
  host: Host,
  output: NetworkInterface,
  neighbour: AddressDatum,
  waiting: NeighbourEntry['waiting'][number],
): void {
  const key = keyOf(output, neighbour);
  const entry = host.neighbours.open(key);
  entry.waiting.push(waiting);
  if (entry.waiting.length > 1) return;
  host.world.schedule(solicitInterval, { kind: 'neighbour-timeout', host: host.name, key, attempt: 1 });
  solicit(host, output, neighbour, waiting.packet.source);
}

/** A solicitation went unanswered: asks again, or gives up with an error to the senders [116]. */
export function neighbourTimeout(host: Host, key: string, attempt: number): void {
  const entry = host.neighbours.get(key);
  const first = entry?.waiting[0];
  if (entry === undefined || first === undefined || entry.mac !== undefined) return;
  const [family, name = '', text = ''] = key.split(' ');
  const output = host.interfaces.get(name);
  const neighbour = family === '4' ? Number(text) : BigInt(text);
  if (output !== undefined && attempt < solicitAttempts) {
    host.world.schedule(solicitInterval, { kind: 'neighbour-timeout', host: host.name, key, attempt: attempt + 1 });
    solicit(host, output, neighbour, first.packet.source);
    return;
  }
  host.neighbours.delete(key);
  for (const { packet } of entry.waiting) {
    host.drop(packet, 'the next hop does not answer');
    if (packet.family === 'ipv6') sendIcmpError(host, packet, { type: 1, code: 3 });
    else sendIcmpError(host, packet, { type: 3, code: 1 });
  }
}

function solicit(host: Host, output: NetworkInterface, neighbour: AddressDatum, preferred: AddressDatum): void {
  if (typeof neighbour === 'number') solicitArp(host, output, neighbour, preferred);
  else solicitNeighbour(host, output, neighbour, preferred);
}

function solicitArp(host: Host, output: NetworkInterface, neighbour: number, preferred: AddressDatum): void {
  const local = typeof preferred === 'number' && host.isLocal(preferred) ? preferred : undefined;
  const source = local ?? selectIpv4Source(host.interfaces, output, neighbour, 253) ?? 0;
  sendArp(host, output, arpMessage(output, 1, source, neighbour, broadcastMac));
}

function arpMessage(
  output: NetworkInterface,
  operation: number,
  source: AddressDatum,
  target: AddressDatum,
  mac: string,
): Packet {
  const message = new Packet();
  message.family = 'arp';
  message.operation = operation;
  message.source = source;
  message.destination = target;
  message.target = target;
  message.sourceMac = output.mac;
  message.destinationMac = mac;
  return message;
}

function sendArp(host: Host, output: NetworkInterface, message: Packet): void {
  const passed = runHook(host, 'arp', 'output', undefined, output, message);
  if (passed !== undefined) transmitFrame(host, output, passed);
}

function solicitNeighbour(host: Host, output: NetworkInterface, neighbour: bigint, preferred: AddressDatum): void {
  const held = typeof preferred === 'bigint' && output.addresses.some(({ address }) => address === preferred);
  const own = output.addresses.find(({ address }) => typeof address === 'bigint' && isLinkLocal(address))?.address;
  const message = discoveryMessage(135, neighbour);
  message.source = held ? preferred : (own ?? selectIpv6Source(host.interfaces, output, neighbour) ?? 0n);
  message.destination = solicitedNode(neighbour);
  sendOwn(host, message, { through: output.name, bound: true });
}

function discoveryMessage(type: number, target: AddressDatum): Packet {
  const message = new Packet();
  message.family = 'ipv6';
  message.protocol = 58;
  message.ttl = 255;
  message.type = type;
  message.target = target;
  message.payloadLength = 24;
  return message;
}

function learn(
  host: Host,
  input: NetworkInterface,
  address: AddressDatum,
  mac: string | undefined,
  how: { readonly create: boolean; readonly confirmed: boolean },
): void {
  if (mac === undefined || isUnspecified(address)) return;
  const key = keyOf(input, address);
  if (!how.create && host.neighbours.get(key) === undefined) return;
  const entry = host.neighbours.open(key);
  entry.mac = mac;
  if (how.confirmed) entry.confirmed = true;
  const waiting = entry.waiting.splice(0);
  if (waiting.length > 0) entry.used = true;
  for (const { packet, onward } of waiting) {
    packet.destinationMac = mac;
    if (onward === 'bridge') continueOnBridge(host, input, packet, false);
    else transmitFrame(host, input, packet);
  }
}

/** Questions are routed like packets: whose source may not come in by the interface gets no answer [108]. */
function mayAsk(host: Host, input: NetworkInterface, message: Packet): boolean {
  if (isUnspecified(message.source)) return true;
  const packet = new Packet();
  packet.source = message.source;
  packet.destination = message.target;
  return judgeInput(host, input, packet).kind === 'local';
}

/** Takes in an ARP message: learns from it, answers for any local address [112]. */
export function receiveArp(host: Host, input: NetworkInterface, message: Packet): void {
  const passed = runHook(host, 'arp', 'input', input, undefined, message);
  if (passed === undefined) return;
  const isForUs =
    host.isLocal(message.target) && !(typeof message.target === 'number' && message.target >>> 24 === 127);
  if (message.operation === 1) {
    if (isLoopback(message.source) && !host.ipv4Settings(input.name).routesLocalnet) return; // a martian may not ask
    const answers = isForUs && mayAsk(host, input, message);
    learn(host, input, message.source, message.sourceMac, { create: answers, confirmed: false }); // others' questions tell, too [148]
    if (!answers || input.mac === undefined) return;
    sendArp(host, input, arpMessage(input, 2, message.target, message.source, message.sourceMac ?? broadcastMac));
  } else learn(host, input, message.source, message.sourceMac, { create: false, confirmed: true });
}

/** Takes in a neighbour solicitation or advertisement that passed the input hook. */
export function receiveDiscovery(host: Host, input: NetworkInterface, message: Packet): void {
  if (message.ttl !== 255) return;
  if (message.type === 136) {
    learn(host, input, message.target, message.sourceMac, { create: false, confirmed: true });
    return;
  }
  if (message.type !== 135 || !input.addresses.some(({ address }) => address === message.target)) return;
  learn(host, input, message.source, message.sourceMac, { create: true, confirmed: false });
  const answer = discoveryMessage(136, message.target);
  answer.source = message.target;
  answer.destination = message.source;
  sendOwn(host, answer, { through: input.name, bound: true });
}
