/** Holds the symbolic constants against those of the nft that is installed. */
import { expect, test } from 'vitest';
import type { SymbolTable } from '../../src/ruleset/symbols.ts';
import * as symbols from '../../src/ruleset/symbols.ts';
import { inNamespace } from '../support/nftables-namespace.ts';

const described: readonly (readonly [string, SymbolTable])[] = [
  ['ct_state', symbols.connectionStates],
  ['ct_status', symbols.connectionStatuses],
  ['ct_dir', symbols.connectionDirections],
  ['fib_addrtype', symbols.addressTypes],
  ['pkt_type', symbols.packetTypes],
  ['nf_proto', symbols.networkProtocols],
  ['tcp_flag', symbols.tcpFlags],
  ['icmp_type', symbols.icmpTypes],
  ['icmpv6_type', symbols.icmpv6Types],
  ['icmp_code', symbols.icmpCodes],
  ['icmpv6_code', symbols.icmpv6Codes],
  ['icmpx_code', symbols.icmpxCodes],
  ['ip dscp', symbols.differentiatedServices],
  ['ip ecn', symbols.congestionNotifications],
  ['arp operation', symbols.arpOperations],
  ['igmp type', symbols.igmpTypes],
  ['meta iiftype', symbols.deviceTypes],
  ['meta day', symbols.daysOfWeek],
];

test.each(described)('nft describes %s with the same names and numbers', async (type, table) => {
  const { stdout } = await inNamespace(`nft describe ${type}`, '');
  const listed = [...stdout.matchAll(/^\t(\S+)\s+(0x[0-9a-f]+|\d+)$/gm)];
  expect(listed.length).toBeGreaterThanOrEqual(table.entries.length);
  for (const [, name = '', value] of listed) expect([name, table.valueOf(name)]).toEqual([name, Number(value)]);
});
