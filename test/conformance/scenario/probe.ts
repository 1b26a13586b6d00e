/** Sends a probe through the simulated network and says what came of it, in the words of the recorded results. */
import { parseAddress } from '../../../src/net/address.ts';
import { transmitFrame } from '../../../src/simulator/host/devices.ts';
import { socketKey, type TcpSocket } from '../../../src/simulator/host/endpoints.ts';
import type { SendResult, SimulationEvent } from '../../../src/simulator/host/events.ts';
import type { Host } from '../../../src/simulator/host/host.ts';
import { sendOwn, sourceFor } from '../../../src/simulator/host/output.ts';
import { closeTcp, connectTcp, sendTcp } from '../../../src/simulator/host/tcp-endpoint.ts';
import type { Network } from '../../../src/simulator/network/network.ts';
import { type AddressDatum, addressDatum } from '../../../src/simulator/packet/datum.ts';
import { Packet, type PacketTag } from '../../../src/simulator/packet/packet.ts';
import { macOf } from './machine.ts';
import type { Scenario, Step } from './types.ts';

export interface ConnectionRecord {
  readonly host: Host;
  readonly socket: TcpSocket | undefined;
  readonly protocol: 'tcp' | 'udp';
  readonly udp:
    | {
        readonly source: AddressDatum;
        readonly port: number;
        readonly destination: AddressDatum;
        readonly destinationPort: number;
      }
    | undefined;
  server: { readonly host: Host; readonly socket: TcpSocket } | undefined;
}

export interface ProbeResult {
  readonly events: readonly SimulationEvent[];
  readonly tag: PacketTag;
  readonly protocol: string;
  readonly sender: Host;
  readonly sendError: SendResult | undefined;
  readonly connect: string | undefined;
  /** Packets of this probe cannot be told apart: the SYN never left. */
  readonly unseen: boolean;
  /** Numbers near which the sequence or acknowledgement number of a TCP answer must lie to be counted as one. */
  readonly bases: readonly number[] | undefined;
}

const protocols: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, sctp: 132 };
const flagBits: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32, E: 64, C: 128 };

/** The mark that raw senders of the harness carry. */
const rawMark = 0x6c_6162;

export class Prober {
  readonly connections = new Map<string, ConnectionRecord>();
  private readonly network: Network;
  private readonly scenario: Scenario;
  private number = 0;
  private readonly chosenSources = new Map<string, AddressDatum>();

  constructor(network: Network, scenario: Scenario) {
    this.network = network;
    this.scenario = scenario;
  }

  /** Counts a probe that was left out, as later ones take ports and sequence numbers from the count. */
  skip(): void {
    this.number++;
  }

  probe(given: Step): ProbeResult {
    this.number++;
    const tag = { id: this.number };
    const step = normalized(given);
    const host = this.network.host(step.from ?? '');
    const protocol = step.proto === 'icmp' && (step.dst ?? '').includes(':') ? 'icmpv6' : (step.proto ?? 'udp');
    const isSocket = this.isSocket(step, host, protocol);
    this.network.takeEvents();
    if (isSocket) return this.probeSocket({ ...step, proto: protocol }, host, tag);
    const complete = this.withFlow({ ...step, proto: protocol });
    const sendError = this.sendRaw(complete, host, tag);
    const events = this.settle(step);
    return {
      events,
      tag,
      protocol,
      sender: host,
      sendError: sendError === 'ok' ? undefined : sendError,
      connect: undefined,
      unseen: false,
      bases: protocol === 'tcp' ? basesOf(complete, this.number) : undefined,
    };
  }

  private isSocket(step: Step, host: Host, protocol: string): boolean {
    if (step.mode !== undefined) return step.mode === 'socket';
    const plain = step.flags === undefined && step.src === undefined;
    return (host.name === 'router' && (protocol === 'tcp' || protocol === 'udp') && plain) || step.conn !== undefined;
  }

  /** Waits until nothing has happened for a while, as the harness does. */
  private settle(step: Step): readonly SimulationEvent[] {
    const { network } = this;
    const quiet = step.quiet_ms ?? this.scenario.quiet_ms ?? 7;
    const start = network.now;
    const limit = start + (step.max_ms ?? 300);
    network.run();
    let last = start;
    for (;;) {
      const due = network.nextTimer();
      if (due === undefined || due > last + quiet || due > limit) break;
      network.advance(due - network.now);
      last = due;
    }
    network.advance(Math.max(0, Math.min(last + quiet, limit) - network.now));
    return network.takeEvents();
  }

  /** The source that the sender's own routing gives; remembered for each destination, as the harness does. */
  private sourceTo(host: Host, text: string, dev: string | undefined): AddressDatum {
    const key = `${host.name} ${text} ${dev ?? ''}`;
    const known = this.chosenSources.get(key);
    if (known !== undefined) return known;
    const destination = datum(text);
    const isGroup = text.startsWith('fe80') || text.startsWith('ff');
    const through = isGroup ? (dev ?? firstInterface(host)) : undefined;
    const route = host.routing.find(destination, 0, undefined, through);
    const usable =
      route !== undefined && (route.kind === 'unicast' || route.kind === 'local' || route.kind === 'broadcast')
        ? route
        : undefined;
    const chosen = usable === undefined ? undefined : sourceFor(host, usable, destination);
    const source = chosen ?? (typeof destination === 'bigint' ? 1n : 0x7f00_0001);
    this.chosenSources.set(key, source);
    return source;
  }

  private sendRaw(step: Step, host: Host, tag: PacketTag): SendResult {
    const packet = this.craft(step, host, tag);
    const pieces = step.frags === undefined ? [packet] : cut(packet, step.frags, tag);
    let result: SendResult = 'ok';
    for (let round = 0; round < (step.count ?? 1); round++) {
      for (const piece of pieces) {
        result = this.sendPiece(step, host, piece.clone());
        this.network.run();
        if (result !== 'ok') return result;
      }
    }
    return result;
  }

  private sendPiece(step: Step, host: Host, packet: Packet): SendResult {
    if (step.l2 !== undefined) {
      const [name = '', to = ''] = step.l2.split('>');
      const [peerHost = '', peerInterface = ''] = to.split(':');
      const output = host.interfaces.get(name);
      if (output === undefined) throw new Error(`no interface ${name}`);
      packet.destinationMac = step.dmac ?? macOf(peerHost, peerInterface);
      packet.sourceMac = step.smac ?? output.mac;
      // A packet socket does not see what it sends itself.
      packet.stamp = this.network.nextStamp();
      if (this.network.isLinked(host.name, name)) this.network.transmit(host.name, name, packet);
      else transmitFrame(host, output, packet);
      return 'ok';
    }
    packet.mark = rawMark;
    packet.socketUser = 0;
    const text = step.dst ?? '';
    const isGroup = text.startsWith('fe80') || text.startsWith('ff');
    const through = isGroup ? (step.dev ?? firstInterface(host)) : undefined;
    return sendOwn(host, packet, { rawHeader: true, ...(through === undefined ? {} : { through }) });
  }

  /** Fills in what a packet of a named connection has. */
  private withFlow(step: Step): Step {
    if (step.flow === undefined) return step;
    const record = this.connections.get(step.flow);
    const socket = step.side === 'server' ? record?.server?.socket : record?.socket;
    if (socket === undefined) return step;
    const withAck = (step.flags ?? 'A').includes('A');
    return {
      ...step,
      seq: step.seq ?? (socket.sendNext + (step.seq_add ?? 0)) >>> 0,
      ack: step.ack ?? (withAck ? socket.receiveNext : 0),
      src: step.src ?? textOf(socket.local.address),
      sport: step.sport ?? socket.local.port,
      dst: step.dst === undefined || step.dst === '' ? textOf(socket.remote.address) : step.dst,
      dport: step.dport ?? socket.remote.port,
    };
  }

  private craft(step: Step, host: Host, tag: PacketTag): Packet {
    const { proto = 'udp', dst = '' } = step;
    const packet = new Packet();
    packet.tag = tag;
    packet.forward = true;
    packet.destination = datum(dst);
    packet.family = typeof packet.destination === 'bigint' ? 'ipv6' : 'ipv4';
    packet.source = step.src === undefined ? this.sourceTo(host, dst, step.dev) : datum(step.src);
    fillTransport(packet, step, this.number, proto);
    packet.ttl = step.ttl ?? 64;
    packet.dontFragment = Boolean(step.df);
    packet.trafficClass = step.tos ?? 0;
    // The kernel fills in a source that was left open, but not the checksum, which was made for the open one.
    const leftOpen =
      step.src === '0.0.0.0' && step.l2 === undefined && (packet.protocol === 6 || packet.protocol === 17);
    packet.badChecksum = Boolean(step.badsum) || leftOpen;
    return packet;
  }

  private probeSocket(step: Step, host: Host, tag: PacketTag): ProbeResult {
    const known = step.conn === undefined || step.new ? undefined : this.connections.get(step.conn);
    if (known !== undefined) return this.probeKnown(step, known, tag);
    return step.proto === 'tcp' ? this.probeTcp(step, host, tag) : this.probeUdp(step, host, tag);
  }

  private probeKnown(step: Step, record: ConnectionRecord, tag: PacketTag): ProbeResult {
    const fromServer = step.side === 'server';
    const end = fromServer ? record.server : record;
    const sender = end?.host ?? record.host;
    let result: SendResult = 'ok';
    if (record.protocol === 'tcp' && end?.socket !== undefined)
      result = sendTcp(sender, end.socket, 10 + (step.len ?? 0), tag);
    if (record.udp !== undefined && !fromServer) result = sendOwn(sender, datagram(record.udp, tag, 10));
    const events = this.settle(step);
    return {
      events,
      tag,
      protocol: record.protocol,
      sender,
      sendError: result === 'ok' ? undefined : result,
      connect: undefined,
      unseen: false,
      bases: undefined,
    };
  }

  private probeUdp(step: Step, host: Host, tag: PacketTag): ProbeResult {
    const destination = datum(step.dst ?? '');
    const route = host.routing.find(destination, step.mark ?? 0, undefined, step.dev);
    let result: SendResult = 'ok';
    const errors = { unreachable: 'EHOSTUNREACH', prohibit: 'EACCES', blackhole: 'EINVAL' } as const;
    const source =
      step.src !== undefined ? datum(step.src) : route === undefined ? undefined : sourceFor(host, route, destination);
    if (route === undefined || source === undefined) result = 'ENETUNREACH';
    else if (route.kind === 'unreachable' || route.kind === 'prohibit' || route.kind === 'blackhole')
      result = errors[route.kind];
    else {
      const port = step.sport ?? host.endpoints.takePort();
      host.endpoints.udpSockets.push({
        port,
        address: source,
        remote: { address: destination, port: step.dport ?? 0 },
      });
      const ends = { source, port, destination, destinationPort: step.dport ?? 0 };
      const packet = datagram(ends, tag, 10 + (step.len ?? 0));
      packet.mark = step.mark ?? 0;
      packet.ttl = step.ttl ?? 64;
      if (step.conn !== undefined)
        this.connections.set(step.conn, { host, socket: undefined, protocol: 'udp', udp: ends, server: undefined });
      result = sendOwn(host, packet, step.dev === undefined ? {} : { through: step.dev });
    }
    const events = this.settle(step);
    return {
      events,
      tag,
      protocol: 'udp',
      sender: host,
      sendError: result === 'ok' ? undefined : result,
      connect: undefined,
      unseen: false,
      bases: undefined,
    };
  }

  private probeTcp(step: Step, host: Host, tag: PacketTag): ProbeResult {
    const destination = datum(step.dst ?? '');
    const route = host.routing.find(destination, step.mark ?? 0, undefined, step.dev);
    const source =
      step.src !== undefined ? datum(step.src) : route === undefined ? undefined : sourceFor(host, route, destination);
    const errors = { unreachable: 'EHOSTUNREACH', prohibit: 'EACCES', blackhole: 'EINVAL' } as const;
    const base = { tag, protocol: 'tcp', sender: host };
    if (route === undefined || source === undefined) {
      return {
        ...base,
        events: this.settle(step),
        sendError: 'ENETUNREACH',
        connect: undefined,
        unseen: true,
        bases: undefined,
      };
    }
    if (route.kind === 'unreachable' || route.kind === 'prohibit' || route.kind === 'blackhole') {
      return {
        ...base,
        events: this.settle(step),
        sendError: errors[route.kind],
        connect: undefined,
        unseen: true,
        bases: undefined,
      };
    }
    const sourcePort = step.sport ?? host.endpoints.takePort();
    const opened = connectTcp(host, {
      source,
      sourcePort,
      destination,
      destinationPort: step.dport ?? 0,
      tag,
      mark: step.mark ?? 0,
    });
    const { socket } = opened;
    const events = this.settle(step);
    const connect = socket.error ?? (socket.state === 'established' ? 'ok' : 'pending');
    const key = socketKey(source, sourcePort, destination, step.dport ?? 0);
    if (connect !== 'ok' && !step.keep) {
      if (socket.state === 'established') closeTcp(host, socket, false); // the error came after the answer
      host.endpoints.tcpSockets.delete(key);
      this.network.run();
    }
    if (step.conn !== undefined) {
      this.connections.set(step.conn, {
        host,
        socket,
        protocol: 'tcp',
        udp: undefined,
        server: this.serverOf(events, tag),
      });
    }
    const unseen = !events.some(
      (event) =>
        event.kind === 'frame' &&
        event.host === host.name &&
        event.direction === 'out' &&
        event.packet.tag?.id === tag.id &&
        event.packet.forward,
    );
    return { ...base, events, sendError: undefined, connect, unseen, bases: undefined };
  }

  /** The socket that accepted the connection of a probe. */
  private serverOf(events: readonly SimulationEvent[], tag: PacketTag): ConnectionRecord['server'] {
    for (const event of events) {
      if (event.kind !== 'delivered' || event.packet.tag?.id !== tag.id || event.packet.flags !== 2) continue;
      const { destination, destinationPort, source, sourcePort } = event.packet;
      const host = this.network.host(event.host);
      const socket = host.endpoints.tcpSockets.get(socketKey(destination, destinationPort, source, sourcePort));
      if (socket !== undefined) return { host, socket };
    }
    return undefined;
  }

  close(step: Step): void {
    const record = this.connections.get(step.conn ?? '');
    if (record === undefined) return;
    this.connections.delete(step.conn ?? '');
    if (record.socket !== undefined) closeTcp(record.host, record.socket, Boolean(step.rst));
    this.network.advance(5);
    if (step.both && record.server !== undefined) {
      closeTcp(record.server.host, record.server.socket, false);
      this.network.advance(5);
    }
  }
}

function normalized(step: Step): Step {
  const copy: Record<string, unknown> = { ...step };
  for (const key of ['dst', 'src']) if (copy[key] === '') delete copy[key];
  if (step.flow !== undefined && step.dport === 80) delete copy.dport;
  return copy as Step;
}

function firstInterface(host: Host): string | undefined {
  return [...host.interfaces.values()].find((held) => held.kind !== 'loopback')?.name;
}

export function datum(text: string): AddressDatum {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return addressDatum(address);
}

function textOf(address: AddressDatum): string {
  return typeof address === 'number'
    ? [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')
    : (address.toString(16).padStart(32, '0').match(/.{4}/g) ?? []).join(':');
}

function datagram(
  ends: {
    readonly source: AddressDatum;
    readonly port: number;
    readonly destination: AddressDatum;
    readonly destinationPort: number;
  },
  tag: PacketTag,
  payloadLength: number,
): Packet {
  const packet = new Packet();
  packet.family = typeof ends.destination === 'bigint' ? 'ipv6' : 'ipv4';
  packet.protocol = 17;
  packet.source = ends.source;
  packet.destination = ends.destination;
  packet.sourcePort = ends.port;
  packet.destinationPort = ends.destinationPort;
  packet.payloadLength = payloadLength;
  packet.tag = tag;
  packet.forward = true;
  packet.socketUser = 0;
  return packet;
}

function sequenceOf(step: Step, number: number): number {
  return (step.seq ?? 0x1000_0000 + number * 131_072) >>> 0;
}

function basesOf(step: Step, number: number): number[] {
  return step.ack ? [sequenceOf(step, number), step.ack >>> 0] : [sequenceOf(step, number)];
}

function flagsOf(text: string): number {
  return [...text].reduce((bits, letter) => bits | (flagBits[letter] ?? 0), 0);
}

/** Length of the mark that the harness puts into payloads. */
const markLength = 10;

function fillTransport(packet: Packet, step: Step, number: number, proto: string): void {
  packet.protocol = protocols[proto] ?? Number(proto);
  const sequence = sequenceOf(step, number);
  packet.payloadLength = markLength + (step.raw_payload?.length ?? step.len ?? 0);
  if (proto === 'tcp' || proto === 'udp' || proto === 'sctp') {
    packet.sourcePort = step.sport ?? 40_000 + (number % 5000);
    packet.destinationPort = step.dport ?? 0;
  }
  switch (proto) {
    case 'tcp': {
      const flags = step.flags ?? 'S';
      packet.flags = flagsOf(flags);
      packet.sequence = sequence;
      packet.acknowledgement = (step.ack ?? 0) >>> 0;
      packet.window = step.win ?? 64_240;
      if (flags.includes('S') || !step.data) packet.payloadLength = 0;
      return;
    }
    case 'icmp':
    case 'icmpv6':
      packet.type = step.type ?? (proto === 'icmp' ? 8 : 128);
      packet.code = step.code ?? 0;
      packet.identifier = step.id ?? 77;
      if (step.inner !== undefined) packet.inner = innerOf(step.inner, packet, number);
      return;
    case 'sctp':
      packet.operation = step.chunk ?? 1;
      packet.verificationTag = step.vtag ?? 0;
      packet.payloadLength = 0;
      return;
    default:
      return;
  }
}

function innerOf(step: Step, outer: Packet, number: number): Packet {
  const inner = new Packet();
  inner.tag = outer.tag;
  inner.family = outer.family;
  inner.source = datum(step.src ?? '');
  inner.destination = datum(step.dst ?? '');
  fillTransport(inner, { ...step, sport: step.sport ?? 0 }, number, step.proto ?? 'udp');
  inner.ttl = step.ttl ?? 64;
  return inner;
}

/** Fragments by byte ranges of what follows the network header. */
function cut(packet: Packet, ranges: readonly (readonly [number, number | null])[], tag: PacketTag): Packet[] {
  const whole = packet.transportLength();
  return ranges.map(([start, end]) => {
    const piece = packet.clone();
    piece.fragment = {
      identification: 0x4000 + tag.id,
      offset: start,
      length: (end ?? whole) - start,
      more: end !== null,
    };
    return piece;
  });
}
