import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emitIptables } from '../../../src/backends/iptables/emit.ts';
import { normalizeIptables } from '../../../src/backends/iptables/normal/normalize.ts';
import { parseEbtablesSave } from '../../../src/backends/iptables/parse-ebtables.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { bridgeRulesets } from './bridge-arbitrary.ts';
import { comparable, kernelTakes, loadAndList } from './kernel.ts';

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

  test('the kernel takes rules that can be said and lists the same', () => {
    fc.assert(
      fc.property(bridgeRulesets(12), (ruleset) => {
        const { bridge, diagnostics } = emitIptables(ruleset);
        expect(diagnostics).toEqual([]);
        const back = read(load(bridge ?? ''));
        const chains = back.tables[0]?.chains.filter((chain) => chain.name === 'FORWARD' || chain.name === 'C');
        expect(chains).toEqual(normalizeIptables(ruleset).tables[0]?.chains);
      }),
      { numRuns: 60 },
    );
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
