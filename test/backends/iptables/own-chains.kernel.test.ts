import { describe, expect, test } from 'vitest';
import { emitIptables } from '../../../src/backends/iptables/emit.ts';
import { parseIptablesSave } from '../../../src/backends/iptables/parse.ts';
import { parseEbtablesSave } from '../../../src/backends/iptables/parse-ebtables.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { comparable, kernelTakes, loadAndList } from './kernel.ts';

const others = [
  '*filter',
  ':INPUT ACCEPT [0:0]',
  ':FORWARD DROP [0:0]',
  ':OUTPUT ACCEPT [0:0]',
  ':DOCKER - [0:0]',
  '-A FORWARD -j DOCKER',
  '-A DOCKER -s 172.17.0.2 -j ACCEPT',
  'COMMIT',
  '',
].join('\n');

const ours = (rules: string): string =>
  `*filter\n:FORWARD ACCEPT [0:0]\n:CTFW-F - [0:0]\n-A FORWARD -j CTFW-F\n${rules}COMMIT\n`;

describe.each(['iptables-nft', 'iptables-legacy'] as const)('%s', (engine) => {
  const read = (text: string): Ruleset => parseIptablesSave(text, 'rules', { family: 'ip', engine }).ruleset;
  const write = (wanted: string, present: string): string =>
    emitIptables(read(wanted), { ownChains: 'CTFW-', present: read(present) }).v4;
  const first = ours('-A CTFW-F -s 10.0.0.1 -j DROP\n');
  const second = ours('-A CTFW-F -s 10.0.0.2 -j DROP\n');
  const listed = (address: string): readonly string[] => [
    '*filter',
    ':INPUT ACCEPT',
    ':FORWARD DROP',
    ':OUTPUT ACCEPT',
    ':CTFW-F -',
    ':DOCKER -',
    '-A FORWARD -j CTFW-F',
    '-A FORWARD -j DOCKER',
    `-A CTFW-F -s ${address}/32 -j DROP`,
    '-A DOCKER -s 172.17.0.2/32 -j ACCEPT',
    'COMMIT',
  ];

  describe.skipIf(!kernelTakes('iptables', engine))('our chains beside those of others', () => {
    const load = (...files: readonly string[]): string => {
      const loaded = loadAndList('iptables', engine, others, ...files);
      expect(loaded.error).toBe(undefined);
      return loaded.error === undefined ? loaded.listing : '';
    };

    test('are added, replaced, loaded again without a change, and removed', () => {
      const added = write(first, others);
      const afterAdding = load(added);
      expect([...comparable(afterAdding)].sort()).toEqual([...listed('10.0.0.1')].sort());

      const replaced = write(second, afterAdding);
      const afterReplacing = load(added, replaced);
      expect([...comparable(afterReplacing)].sort()).toEqual([...listed('10.0.0.2')].sort());
      expect(comparable(afterReplacing).filter((line) => line.startsWith('-A FORWARD'))).toEqual([
        '-A FORWARD -j CTFW-F',
        '-A FORWARD -j DOCKER',
      ]);

      const again = load(added, replaced, write(second, afterReplacing));
      expect(comparable(again)).toEqual(comparable(afterReplacing));

      const removed = emitIptables({ tables: [] }, { ownChains: 'CTFW-', present: read(again) }).v4;
      expect(comparable(load(added, replaced, removed))).toEqual(comparable(load()));
    });

    test('come first again after others have pushed them back', () => {
      const added = write(first, others);
      const pushed = `${'*filter\n-I FORWARD -j DOCKER\n'}COMMIT\n`;
      const moved = load(added, pushed);
      const repaired = load(added, pushed, write(first, moved));
      expect(comparable(repaired).filter((line) => line.startsWith('-A FORWARD'))).toEqual([
        '-A FORWARD -j CTFW-F',
        '-A FORWARD -j DOCKER',
        '-A FORWARD -j DOCKER',
      ]);
    });
  });
});

describe.skipIf(!kernelTakes('ebtables', 'iptables-nft'))('bridge rules', () => {
  const read = (text: string): Ruleset => parseEbtablesSave(text, 'rules', { engine: 'iptables-nft' }).ruleset;
  const load = (...files: readonly string[]): string => {
    const loaded = loadAndList('ebtables', 'iptables-nft', ...files);
    expect(loaded.error).toBe(undefined);
    return loaded.error === undefined ? loaded.listing : '';
  };

  const text = [
    '*filter',
    ':INPUT ACCEPT',
    ':FORWARD DROP',
    ':OUTPUT ACCEPT',
    ':A ACCEPT',
    ':B DROP',
    ':C RETURN',
    '-A FORWARD -j A',
    '-A A -p IPv4 --ip-src 10.0.0.0/8 --ip-proto tcp --ip-dport 80:90 -j ACCEPT',
    '-A A -p IPv6 --ip6-src fe80::/10 --ip6-proto ipv6-icmp --ip6-icmp-type 135/0:255 -j ACCEPT',
    '-A A -p ARP --arp-op 1 --arp-ip-src 10.0.0.1 --arp-mac-src 00:11:22:33:44:55 -j ACCEPT',
    '-A A -s 00:11:22:33:44:55 -d ! Broadcast -i veth+ -o ! eth0 -j DROP',
    '-A A -p IPv4 --mark 0x1/0x1 -j RETURN',
    '-A A -p ! IPv4 --pkttype-type multicast -j CONTINUE',
    '-A A --limit 10/sec --limit-burst 3 --log-level info --log-prefix "abc" --log-ip -j CONTINUE',
    '-A A -j mark --mark-set 0x5 --mark-target CONTINUE',
    '-A A -j mark --mark-or 0x5 --mark-target ACCEPT',
    '-A A -s 00:11:22:00:00:00/ff:ff:ff:00:00:00 -j DROP',
    '-A A --among-src 0:11:22:33:44:55=10.0.0.1 -j DROP',
    '-A A -p 802_1Q --vlan-id 5 -j DROP',
    '-A A -p Length -j DROP',
    '-A A --mark /0xf -j C',
    '*nat',
    ':PREROUTING ACCEPT',
    ':OUTPUT ACCEPT',
    ':POSTROUTING ACCEPT',
    '-A PREROUTING -d 00:11:22:33:44:55 -j dnat --to-dst 00:11:22:33:44:66 --dnat-target ACCEPT',
    '',
  ].join('\n');

  test('the kernel lists what we write as it lists the original', () => {
    const original = load(text);
    const written = emitIptables(read(original));
    expect(written.diagnostics).toEqual([]);
    expect(comparable(load(written.bridge ?? ''))).toEqual(comparable(original));
  });

  test('our chains are replaced beside those of others', () => {
    const wanted = (mac: string): Ruleset =>
      read(`*filter\n:FORWARD ACCEPT\n:CTFW-F RETURN\n-A FORWARD -j CTFW-F\n-A CTFW-F -s ${mac} -j DROP\n`);
    const write = (mac: string, present: string): string =>
      emitIptables(wanted(mac), { ownChains: 'CTFW-', present: read(present) }).bridge ?? '';
    const added = write('00:00:00:00:00:01', text);
    const replaced = write('00:00:00:00:00:02', load(text, added));
    const lines = comparable(load(text, added, replaced)).filter((line) => /FORWARD|CTFW/.test(line));
    expect(lines).toEqual([
      ':FORWARD DROP',
      ':CTFW-F RETURN',
      '-A FORWARD -j CTFW-F',
      '-A FORWARD -j A',
      '-A CTFW-F -s 00:00:00:00:00:02 -j DROP',
    ]);
  });
});
