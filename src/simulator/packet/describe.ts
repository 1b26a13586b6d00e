/** Packets in one line, for traces and reports. */
import { formatAddress } from '../../net/address.ts';
import { protocolName } from '../../net/protocol.ts';
import { type AddressDatum, datumAddress } from './datum.ts';
import { hasPorts, type Packet } from './packet.ts';

const flagLetters: readonly (readonly [string, number])[] = [
  ['F', 1],
  ['S', 2],
  ['R', 4],
  ['P', 8],
  ['A', 16],
  ['U', 32],
  ['E', 64],
  ['C', 128],
];

/** TCP flags by their first letters: `SA` for a SYN/ACK. */
export function formatFlags(flags: number): string {
  return flagLetters
    .filter(([, bit]) => flags & bit)
    .map(([letter]) => letter)
    .join('');
}

export function formatDatum(address: AddressDatum): string {
  return formatAddress(datumAddress(address));
}

function endpoint(address: AddressDatum, port: number): string {
  return typeof address === 'bigint' ? `[${formatDatum(address)}]:${port}` : `${formatDatum(address)}:${port}`;
}

/** Addresses and ports of a packet: `192.0.2.1:40000>198.51.100.2:80`. */
export function formatEnds(packet: Packet): string {
  if (hasPorts(packet.protocol) && packet.hasTransport()) {
    return `${endpoint(packet.source, packet.sourcePort)}>${endpoint(packet.destination, packet.destinationPort)}`;
  }
  return `${formatDatum(packet.source)}>${formatDatum(packet.destination)}`;
}

/** One line: protocol, what kind of segment or message, addresses. */
export function describePacket(packet: Packet): string {
  if (packet.family === 'arp') {
    return `arp ${packet.operation === 1 ? 'who-has' : 'is-at'} ${formatDatum(packet.target)} from ${formatDatum(packet.source)}`;
  }
  const name = protocolName(packet.protocol);
  const detail =
    packet.protocol === 6
      ? ` ${formatFlags(packet.flags)}`
      : packet.protocol === 1 || packet.protocol === 58
        ? ` ${packet.type}/${packet.code}`
        : '';
  const fragment = packet.fragment === undefined ? '' : ` fragment@${packet.fragment.offset}`;
  const tag = packet.vlanTag === 0 ? '' : ` vlan ${packet.vlanTag}`;
  return `${name}${detail} ${formatEnds(packet)}${fragment}${tag}`;
}
