/** Results of probes as one line of text, in the notation of the recorded results. */
import type { SimulationEvent } from '../../../src/simulator/host/events.ts';
import { formatDatum, formatEnds, formatFlags } from '../../../src/simulator/packet/describe.ts';
import { hasPorts, isIcmpError, type Packet } from '../../../src/simulator/packet/packet.ts';
import type { ProbeResult } from './probe.ts';
import type { Step } from './types.ts';

type Delivered = Extract<SimulationEvent, { kind: 'delivered' }>;

/** Addresses, ports and identifiers of a packet. */
export function ends(packet: Packet): string {
  if (hasPorts(packet.protocol) && packet.hasTransport()) return formatEnds(packet);
  const plain = `${formatDatum(packet.source)}>${formatDatum(packet.destination)}`;
  const isIcmp = packet.protocol === 1 || packet.protocol === 58;
  return isIcmp && !isIcmpError(packet) && packet.hasTransport() ? `${plain}#${packet.identifier}` : plain;
}

function one(packet: Packet): string {
  if (packet.protocol === 6) return `${formatFlags(packet.flags)} ${ends(packet)}`;
  if (packet.protocol === 1 || packet.protocol === 58) {
    const inner = packet.inner === undefined ? '' : ` inner[${ends(packet.inner)}]`;
    return `t${packet.type}/${packet.code} ${ends(packet)}${inner}`;
  }
  return ends(packet);
}

/** Whether a packet is counted to a probe: by its payload, or by its sequence numbers where it has none. */
function belongs(packet: Packet, { unseen, tag, bases }: ProbeResult): boolean {
  if (unseen) return false;
  if (packet.inner?.tag?.id === tag.id) return true;
  if (packet.tag?.id !== tag.id) return false;
  if (bases === undefined || packet.protocol !== 6 || packet.payloadLength > 0) return true;
  const acknowledgement = packet.flags & 16 ? packet.acknowledgement : 0;
  const near = (value: number, base: number): boolean => value !== 0 && (value - base + 0x1_0000) >>> 0 < 0x2_0000;
  return bases.some((base) => near(packet.sequence, base) || near(acknowledgement, base));
}

/** The line that describes what a probe did. */
export function resultText(step: Step, result: ProbeResult, traces: string | undefined): string {
  const isMine = (packet: Packet): boolean => belongs(packet, result);
  const local = result.events.filter((event): event is Delivered => event.kind === 'delivered' && isMine(event.packet));
  const forward = local.filter(({ packet }) => packet.forward);
  const atSender = local.filter(({ packet, host }) => !packet.forward && host === result.sender.name);
  const elsewhere = local.filter(({ packet, host }) => !packet.forward && host !== result.sender.name);
  const error = atSender.find(({ packet }) => packet.inner !== undefined);
  const reset = atSender.find(({ packet }) => packet.protocol === 6 && (packet.flags & 4) !== 0);
  const reply = atSender.find(
    ({ packet }) => packet.inner === undefined && !(packet.protocol === 6 && packet.flags & 4),
  );
  const parts = verdictParts(step, result, forward, error !== undefined || reset !== undefined);
  if (error !== undefined) parts.push(errorText(error.packet));
  if (reset !== undefined) parts.push(`rst ${one(reset.packet)}`);
  if (reply !== undefined) parts.push(`reply ${one(reply.packet)}`);
  if (step.elsewhere)
    for (const event of elsewhere) parts.push(`elsewhere ${event.host}/${event.interface} ${one(event.packet)}`);
  if (result.connect !== undefined) parts.push(`connect=${result.connect}`);
  if (step.wire !== undefined) parts.push(`wire{${wireText(step.wire, result, isMine)}}`);
  if (step.path) parts.push(`path{${pathText(step.path, result, isMine)}}`);
  if (step.ndp) parts.push(`ndp{${discoveryText(result)}}`);
  if (traces !== undefined) parts.push(`trace{${traces}}`);
  const unknown = result.events.find((event) => event.kind === 'unknown');
  if (unknown?.kind === 'unknown') parts.push(`unknown(${unknown.text})`);
  return parts.join('; ');
}

function verdictParts(step: Step, result: ProbeResult, forward: readonly Delivered[], answered: boolean): string[] {
  const first = forward[0];
  const { sendError } = result;
  if (first === undefined) {
    if (answered) return sendError === undefined ? ['reject'] : ['reject', `senderr ${sendError}`];
    return [sendError === undefined ? 'drop' : `senderr ${sendError}`];
  }
  const hops = step.show?.includes('ttl') ? ` ttl=${first.packet.ttl}` : '';
  const parts = [`deliver ${first.host}/${first.interface} ${one(first.packet)}${hops}`];
  const seen = new Set([`${ends(first.packet)}${first.host}`]);
  for (const event of forward.slice(1)) {
    const key = `${ends(event.packet)}${event.host}`;
    if (seen.has(key)) continue;
    seen.add(key);
    parts.push(`also ${event.host}/${event.interface} ${one(event.packet)}`);
  }
  if (step.count !== undefined) parts.push(`n=${forward.length}`);
  if (sendError !== undefined) parts.push(`senderr ${sendError}`);
  return parts;
}

function errorText(packet: Packet): string {
  const inner = packet.inner === undefined ? '?' : ends(packet.inner);
  const name = packet.protocol === 58 ? 'icmp6' : 'icmp';
  return `${name} ${packet.type}/${packet.code} from ${formatDatum(packet.source)} to ${formatDatum(packet.destination)} inner[${inner}]`;
}

type Frame = Extract<SimulationEvent, { kind: 'frame' }>;

function isDiscovery(packet: Packet): boolean {
  return packet.protocol === 58 && ((packet.type >= 130 && packet.type <= 137) || packet.type === 143);
}

function frames(result: ProbeResult): Frame[] {
  return result.events
    .filter(
      (event): event is Frame => event.kind === 'frame' && event.packet.family !== 'arp' && !isDiscovery(event.packet),
    )
    .sort((left, right) => left.order - right.order);
}

function wireText(host: string, result: ProbeResult, isMine: (packet: Packet) => boolean): string {
  return frames(result)
    .filter(
      (frame) =>
        frame.host === host &&
        frame.direction === 'in' &&
        (isMine(frame.packet) || frame.packet.fragment !== undefined),
    )
    .map(({ interface: name, packet }) => {
      const fragment =
        packet.fragment === undefined ? '' : ` frag=${packet.fragment.offset}${packet.fragment.more ? '+' : ''}`;
      return `${host}:${name} ${ends(packet)}${fragment}`;
    })
    .join(' | ');
}

const arrows = { host: '<', broadcast: '<bc ', multicast: '<mc ', other: '<other ' } as const;

function pathText(kind: boolean | string, result: ProbeResult, isMine: (packet: Packet) => boolean): string {
  const seen = frames(result).filter(({ packet }) => isMine(packet) || packet.fragment !== undefined);
  const shown =
    kind === 'fwd' ? seen.slice(0, seen.filter(({ packet }) => packet.forward && isMine(packet)).length) : seen;
  return shown
    .map(({ host, interface: name, direction, packet }) => {
      const arrow = direction === 'out' ? '>' : arrows[packet.packetType];
      const flags = packet.protocol === 6 && packet.flags !== 0 ? `${formatFlags(packet.flags)} ` : '';
      const fragment = (packet.fragment?.offset ?? 0) > 0 ? ` frag@${packet.fragment?.offset}` : '';
      return `${host}:${name}${arrow} ${flags}${ends(packet)}${fragment}${kind === 'ttl' ? ` ttl=${packet.ttl}` : ''}`;
    })
    .join(' | ');
}

const discoveryNames: Readonly<Record<number, string>> = { 133: 'RS', 134: 'RA', 135: 'NS', 136: 'NA' };

function discoveryText(result: ProbeResult): string {
  const seen = new Set<string>();
  for (const event of result.events) {
    if (event.kind !== 'frame' || event.packet.family !== 'ipv6' || event.packet.protocol !== 58) continue;
    const name = discoveryNames[event.packet.type];
    if (name !== undefined) seen.add(`${name} ${event.host}`);
  }
  return [...seen].sort().join(',');
}
