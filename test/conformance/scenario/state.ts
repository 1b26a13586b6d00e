/** The state of a simulated host in the notation of the recorded results: connections and counters. */

import { protocolName } from '../../../src/net/protocol.ts';
import type { Host } from '../../../src/simulator/host/host.ts';
import type { Connection } from '../../../src/simulator/packet/connection.ts';
import { connectionStatus } from '../../../src/simulator/packet/connection.ts';
import { formatDatum } from '../../../src/simulator/packet/describe.ts';
import type { Tuple } from '../../../src/simulator/packet/tuple.ts';

/** All connections, sorted. */
export function connectionLines(host: Host, timeouts: boolean): string[] {
  return host.connections
    .connections(host.now)
    .map((connection) => line(host, connection, timeouts))
    .sort();
}

function line(host: Host, connection: Connection, timeouts: boolean): string {
  const flags: string[] = [];
  if (!(connection.status & connectionStatus.seenReply)) flags.push('UNREPLIED');
  if (connection.status & connectionStatus.assured) flags.push('ASSURED');
  return [
    protocolName(connection.original.protocol),
    connection.tcp?.state ?? connection.sctp ?? '',
    ends(connection.original),
    '|',
    ends(connection.reply),
    flags.join(' '),
    connection.mark === 0 ? '' : `mark=${connection.mark}`,
    timeouts ? `t=${Math.floor((connection.expires - host.now) / 1000)}` : '',
  ]
    .filter((word) => word !== '')
    .join(' ');
}

function ends(tuple: Tuple): string {
  const plain = (address: Tuple['source']): string => formatDatum(address);
  if (tuple.protocol === 1 || tuple.protocol === 58)
    return `${plain(tuple.source)}>${plain(tuple.destination)}#${tuple.sourcePort}`;
  const bracketed = (address: Tuple['source']): string =>
    typeof address === 'bigint' ? `[${plain(address)}]` : plain(address);
  return `${bracketed(tuple.source)}:${tuple.sourcePort}>${bracketed(tuple.destination)}:${tuple.destinationPort}`;
}

/** Packets of every named counter. */
export function counterValues(host: Host, names: readonly string[]): Record<string, number> {
  const values: Record<string, number> = Object.fromEntries(names.map((name) => [name, 0]));
  for (const { name, slot } of host.rules.namedCounters) values[name] = host.ruleState.numbers[slot] ?? 0;
  return values;
}
