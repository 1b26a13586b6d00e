import { describe, expect, test } from 'vitest';
import { gatherInterfaces } from '../../../src/host/gather/interfaces.ts';
import { gatherIptablesVariants } from '../../../src/host/gather/iptables-variants.ts';
import { parseSockets } from '../../../src/host/gather/listeners.ts';
import { behind } from '../../../src/host/gather/runner.ts';
import { parseSysctls } from '../../../src/host/gather/sysctls.ts';
import type { RunResult } from '../../../src/host/run.ts';
import { formatAddress } from '../../../src/net/address.ts';
import { replay } from './recording.ts';

const printed = (stdout: string): RunResult => ({ kind: 'exited', status: 0, stdout, stderr: '' });

test('ports of a bridge that filters VLANs', async () => {
  const port = (name: string): object => ({
    ifname: name,
    flags: ['UP'],
    mtu: 1500,
    link_type: 'ether',
    master: 'br0',
    addr_info: [],
    linkinfo: { info_kind: 'veth', info_slave_kind: 'bridge', info_slave_data: { hairpin: false } },
  });
  const bridge = {
    ifname: 'br0',
    flags: [],
    mtu: 1500,
    link_type: 'ether',
    addr_info: [],
    linkinfo: { info_kind: 'bridge', info_data: { vlan_filtering: 1, nf_call_iptables: 1 } },
  };
  const vlans = [
    { ifname: 'a', vlans: [{ vlan: 10, flags: ['PVID', 'Egress Untagged'] }] },
    { ifname: 'b', vlans: [{ vlan: 20, vlanEnd: 22 }, { vlan: 30 }] },
    { ifname: 'c', vlans: [{ vlan: 1, flags: ['PVID', 'Egress Untagged'] }, { vlan: 5 }] },
  ];
  const { value, missing } = await gatherInterfaces(
    replay({
      'ip -j -d address show': printed(JSON.stringify([bridge, port('a'), port('b'), port('c'), port('d')])),
      'bridge -j vlan show': printed(JSON.stringify(vlans)),
    }),
  );
  expect(value?.slice(1).map(({ bridgePort }) => bridgePort?.vlan)).toEqual([
    { kind: 'access', tag: 10 },
    { kind: 'trunk', tags: [20, 21, 22, 30] },
    { kind: 'access', tag: 1 },
    { kind: 'trunk', tags: [] },
  ]);
  expect(missing.map(({ message }) => message)).toEqual([
    expect.stringMatching(/bridge br0 has its own nf_call_iptables/),
    expect.stringMatching(/port c takes untagged frames for VLAN 1 and tagged ones/),
  ]);
});

test('addresses that failed duplicate detection are not held', async () => {
  const item = {
    ifname: 'eth0',
    flags: ['UP'],
    mtu: 1500,
    link_type: 'ether',
    addr_info: [
      { family: 'inet6', local: '2001:db8::1', prefixlen: 64, scope: 'global', dadfailed: true },
      { family: 'inet6', local: '2001:db8::2', prefixlen: 64, scope: 'global' },
    ],
  };
  const { value } = await gatherInterfaces(replay({ 'ip -j -d address show': printed(JSON.stringify([item])) }));
  expect(value?.[0]?.addresses.map(({ address }) => formatAddress(address))).toEqual(['2001:db8::2']);
  expect(value?.[0]?.kind).toBe('ethernet');
});

test('settings: interface names keep their dots, strange lines are left out', () => {
  expect(
    parseSysctls(
      '/proc/sys/net/ipv4/conf/eth0.5/rp_filter:2\n/proc/sys/net/ipv4/ip_local_port_range:32768\t60999\ngrep: x\n',
    ),
  ).toEqual({ 'net.ipv4.conf.eth0.5.rp_filter': '2', 'net.ipv4.ip_local_port_range': '32768\t60999' });
});

describe('sockets', () => {
  test('addresses are read as the kernel prints them, in words of the machine', () => {
    const line =
      '   1: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A 0:0 00:0 0 1000 0 1 1';
    const [listener] = parseSockets(line, 'tcp');
    expect(listener).toMatchObject({ port: 8080, user: 1000 });
    expect(listener && formatAddress(listener.address)).toBe('::ffff:127.0.0.1');
  });

  test('established sockets and rubbish are no listeners', () => {
    expect(parseSockets('  sl  local_address\n 1: 0100007F:E046 0100007F:1F90 01 0:0 00:0 0 0 0 1\nx', 'tcp')).toEqual(
      [],
    );
  });
});

test('the variant of iptables that has no suffix is the default', async () => {
  const variants = await gatherIptablesVariants(
    replay({
      'iptables -V': printed('iptables v1.8.7 (legacy)\n'),
      'iptables-nft -V': printed('iptables v1.8.7 (nf_tables)\n'),
      'iptables-legacy -V': printed('iptables v1.8.7 (legacy)\n'),
      'ip6tables -V': printed('ip6tables v1.6.2\n'),
    }),
  );
  expect(variants).toEqual([
    { command: 'iptables', engine: 'nft', version: '1.8.7', isDefault: false },
    { command: 'iptables', engine: 'legacy', version: '1.8.7', isDefault: true },
    { command: 'ip6tables', engine: 'legacy', version: '1.6.2', isDefault: true },
  ]);
});

test('a runner behind other words passes everything on as it is', async () => {
  const runner = behind(['env', 'MORE=$(id)']);
  expect(await runner('printf', ['%s|', '; id', 'a b'])).toMatchObject({ kind: 'exited', stdout: '; id|a b|' });
});
