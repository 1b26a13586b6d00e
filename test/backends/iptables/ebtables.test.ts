import { describe, expect, test } from 'vitest';
import { emitIptables } from '../../../src/backends/iptables/emit.ts';
import { parseEbtablesSave } from '../../../src/backends/iptables/parse-ebtables.ts';
import { parseAddress } from '../../../src/net/address.ts';
import { parseMac } from '../../../src/net/mac.ts';
import { parsePrefix } from '../../../src/net/prefix.ts';
import { constant, type Expression, masked, meta, payload, withBits } from '../../../src/ruleset/expression.ts';
import type { Rule, Ruleset } from '../../../src/ruleset/ruleset.ts';
import { accept, differs, drop, equals, jump, type Statement } from '../../../src/ruleset/statement.ts';
import {
  addressValue,
  integer,
  interfaceName,
  prefixValue,
  rangeValue,
  type Scalar,
} from '../../../src/ruleset/value.ts';

const read = (text: string): ReturnType<typeof parseEbtablesSave> =>
  parseEbtablesSave(text, 'rules.bridge', { engine: 'iptables-nft' });

function rulesOf(words: string): readonly Rule[] {
  return read(`*filter\n:FORWARD ACCEPT\n:C RETURN\n-A FORWARD ${words}\n`).ruleset.tables[0]?.chains[0]?.rules ?? [];
}

function write(statements: readonly Statement[]): string {
  const base = { type: 'filter', hook: 'forward', priority: -200, policy: 'accept', devices: [] } as const;
  const ruleset: Ruleset = {
    tables: [
      {
        family: 'bridge',
        name: 'filter',
        engine: 'iptables-nft',
        chains: [{ name: 'FORWARD', base, rules: [{ statements, origins: [] }] }],
        sets: [],
        maps: [],
      },
    ],
  };
  const { bridge, diagnostics } = emitIptables(ruleset);
  const line = bridge?.split('\n').find((candidate) => candidate.startsWith('-A '));
  return line?.replace('-A FORWARD ', '') ?? diagnostics.map((diagnostic) => diagnostic.code).join(' ');
}

function address(text: string): Scalar {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(text);
  return addressValue(parsed);
}

function prefix(text: string) {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(text);
  return prefixValue(parsed);
}

function mac(text: string): Scalar {
  const parsed = parseMac(text);
  if (parsed === undefined) throw new Error(text);
  return { kind: 'mac', mac: parsed };
}

const type = (number: number): Statement => equals(payload('ether', 'type'), integer(number));
const ip = type(0x0800);
const ip6 = type(0x86dd);
const arp = type(0x0806);
const protocol = (number: number): Statement => equals(meta('l4proto'), integer(number));
const mark = meta('mark');
const go: Statement = { kind: 'verdict', verdict: { kind: 'continue' } };
const assign = (value: Expression): Statement => ({ kind: 'assign', target: mark, value });
const unknown = (text: string, effect: 'match' | 'effect' | 'none'): Statement => ({ kind: 'unknown', text, effect });

const rows: readonly (readonly [words: string, statements: readonly Statement[], canonical?: string])[] = [
  ['-j ACCEPT', [accept]],
  ['-j CONTINUE', [go]],
  ['-j C', [jump('C')]],
  ['-p IPv4 -j DROP', [ip, drop]],
  ['! -p IPv4 -j DROP', [differs(payload('ether', 'type'), integer(0x0800)), drop], '-p ! IPv4 -j DROP'],
  ['-p 0x88cc -j DROP', [type(0x88cc), drop]],
  [
    '-p Length -j DROP',
    [
      { kind: 'match', left: payload('ether', 'type'), operator: '<', right: { kind: 'value', value: integer(0x600) } },
      drop,
    ],
  ],
  [
    '-i veth+ -o ! eth0 -s 00:11:22:33:44:55 -d ! Broadcast -j DROP',
    [
      equals(payload('ether', 'saddr'), mac('00:11:22:33:44:55')),
      differs(payload('ether', 'daddr'), mac('ff:ff:ff:ff:ff:ff')),
      equals(meta('iifname'), interfaceName('veth*')),
      differs(meta('oifname'), interfaceName('eth0')),
      drop,
    ],
    '-s 00:11:22:33:44:55 -d ! ff:ff:ff:ff:ff:ff -i veth+ -o ! eth0 -j DROP',
  ],
  [
    '-s Unicast -j DROP',
    [equals(masked(payload('ether', 'saddr'), mac('01:00:00:00:00:00')), mac('00:00:00:00:00:00')), drop],
    '-s 00:00:00:00:00:00/01:00:00:00:00:00 -j DROP',
  ],
  ['--logical-in br0 -j DROP', [equals(meta('ibrname'), interfaceName('br0')), drop]],
  [
    '-p IPv4 --ip-src 10.0.0.0/8 --ip-proto tcp --ip-dport 80:90 -j ACCEPT',
    [
      ip,
      equals(payload('ip', 'saddr'), prefix('10.0.0.0/8')),
      protocol(6),
      equals(payload('tcp', 'dport'), rangeValue(integer(80), integer(90))),
      accept,
    ],
  ],
  [
    '-p IPv4 --ip-dst ! 1.2.3.4 --ip-proto icmp --ip-icmp-type 3/1:2 -j DROP',
    [
      ip,
      differs(payload('ip', 'daddr'), address('1.2.3.4')),
      protocol(1),
      equals(payload('icmp', 'type'), integer(3)),
      equals(payload('icmp', 'code'), rangeValue(integer(1), integer(2))),
      drop,
    ],
  ],
  [
    '-p IPv6 --ip6-src fe80::/10 --ip6-proto ipv6-icmp --ip6-icmp-type neighbour-solicitation -j ACCEPT',
    [
      ip6,
      equals(payload('ip6', 'saddr'), prefix('fe80::/10')),
      protocol(58),
      equals(payload('icmpv6', 'type'), integer(135)),
      accept,
    ],
    '-p IPv6 --ip6-src fe80::/10 --ip6-proto ipv6-icmp --ip6-icmp-type 135 -j ACCEPT',
  ],
  [
    '-p IPv6 --ip6-proto ipv6-icmp --ip6-icmp-type ! 1/4 -j ACCEPT',
    [ip6, protocol(58), unknown('--ip6-icmp-type ! 1/4', 'match'), accept],
  ],
  [
    '-p ARP --arp-op Request --arp-ip-src 10.0.0.1 --arp-mac-src 00:11:22:33:44:55 -j ACCEPT',
    [
      arp,
      equals(payload('arp', 'operation'), integer(1)),
      equals(payload('arp', 'saddr ip'), address('10.0.0.1')),
      equals(payload('arp', 'saddr ether'), mac('00:11:22:33:44:55')),
      accept,
    ],
    '-p ARP --arp-op 1 --arp-ip-src 10.0.0.1 --arp-mac-src 00:11:22:33:44:55 -j ACCEPT',
  ],
  ['-p 802_1Q --vlan-id 5 -j DROP', [type(0x8100), equals(payload('vlan', 'id'), integer(5)), drop]],
  ['--pkttype-type multicast -j CONTINUE', [equals(meta('pkttype'), integer(2)), go]],
  [
    '--mark 0x1/0x1 -j RETURN',
    [equals(masked(mark, integer(1)), integer(1)), { kind: 'verdict', verdict: { kind: 'return' } }],
  ],
  ['--mark /0xf -j ACCEPT', [{ kind: 'match', left: mark, operator: '==', right: { kind: 'bits', bits: 15 } }, accept]],
  [
    '--limit 10/sec --limit-burst 3 --log-level info --log-prefix "abc" -j CONTINUE',
    [
      { kind: 'limit', rate: 10, unit: 'second', burst: 3, over: false, of: 'packets' },
      { kind: 'log', prefix: 'abc', level: 'info', group: undefined, flags: [] },
      go,
    ],
    '--limit 10/sec --limit-burst 3 --log-level 6 --log-prefix "abc" -j CONTINUE',
  ],
  ['--log-level notice --log-ip -j ACCEPT', [unknown('--log-level notice --log-ip', 'none'), accept]],
  ['--nflog-group 3 -j ACCEPT', [{ kind: 'log', prefix: undefined, level: undefined, group: 3, flags: [] }, accept]],
  ['-j mark --mark-set 0x5 --mark-target CONTINUE', [assign(constant(integer(5))), go]],
  ['-j mark --mark-or 0x5', [assign(withBits(mark, integer(5))), accept], '-j mark --mark-or 0x5 --mark-target ACCEPT'],
  [
    '-j mark --mark-and 0x5 --mark-target RETURN',
    [assign(masked(mark, integer(5))), { kind: 'verdict', verdict: { kind: 'return' } }],
  ],
  ['--among-src 0:11:22:33:44:55=10.0.0.1 -j DROP', [unknown('--among-src 0:11:22:33:44:55=10.0.0.1', 'match'), drop]],
  [
    '-j dnat --to-dst 00:11:22:33:44:66 --dnat-target ACCEPT',
    [unknown('-j dnat --to-dst 00:11:22:33:44:66 --dnat-target ACCEPT', 'effect')],
  ],
  ['--ip-src 1.2.3.4 -j DROP', [unknown('--ip-src 1.2.3.4', 'match'), drop]],
];

describe('bridge rules', () => {
  test.each(rows.map((row) => [row[0], row] as const))('%s', (_words, [words, statements, canonical = words]) => {
    expect(rulesOf(words).map((rule) => rule.statements)).toEqual([statements]);
    expect(write(statements)).toBe(canonical);
    expect(rulesOf(canonical).map((rule) => rule.statements)).toEqual([statements]);
  });
});

describe('bridge chains', () => {
  test.each([
    ['iptables-nft', 'filter', 'OUTPUT', 'output', -200],
    ['iptables-legacy', 'filter', 'OUTPUT', 'output', 200],
    ['iptables-nft', 'filter', 'FORWARD', 'forward', -200],
    ['iptables-nft', 'nat', 'PREROUTING', 'prerouting', -300],
    ['iptables-nft', 'nat', 'OUTPUT', 'output', 100],
    ['iptables-nft', 'nat', 'POSTROUTING', 'postrouting', 300],
  ] as const)('%s %s %s', (engine, table, chain, hook, priority) => {
    const { ruleset } = parseEbtablesSave(`*${table}\n:${chain} DROP\n`, 'rules.bridge', { engine });
    expect(ruleset.tables[0]?.chains[0]?.base).toEqual({ type: 'filter', hook, priority, policy: 'drop', devices: [] });
  });

  test('of the user end in their policy, ACCEPT unless told otherwise', () => {
    const { ruleset } = read('*filter\n:A ACCEPT\n:B DROP\n:C RETURN\n-A A -p ARP -j DROP\n');
    expect(ruleset.tables[0]?.chains.map((chain) => chain.rules.map((rule) => rule.statements))).toEqual([
      [[arp, drop], [accept]],
      [[drop]],
      [],
    ]);
  });
});

test('a listing of ebtables has no COMMIT', () => {
  expect(read('*filter\n:INPUT ACCEPT\n*nat\n:OUTPUT ACCEPT\n').diagnostics).toEqual([]);
});
