import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../../src/net/address.ts';
import { parseMac } from '../../../src/net/mac.ts';
import { parsePrefix } from '../../../src/net/prefix.ts';
import {
  concat,
  ct,
  type Expression,
  type FibExpression,
  masked,
  meta,
  payload,
} from '../../../src/ruleset/expression.ts';
import {
  anyOf,
  differs,
  equals,
  hasBits,
  lacksBits,
  type MatchOperator,
  type MatchStatement,
  type Statement,
} from '../../../src/ruleset/statement.ts';
import {
  addressValue,
  concatenation,
  integer,
  interfaceName,
  prefixValue,
  rangeValue,
  type Scalar,
  type Value,
} from '../../../src/ruleset/value.ts';
import { type Family, readWords, writeStatements } from './reading.ts';

const redacted = (protocol: 'ether' | 'ip', field: string, text: string): MatchStatement => ({
  kind: 'match',
  left: payload(protocol, field),
  operator: '==',
  right: { kind: 'redacted', text },
});

function address(text: string): Scalar {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(text);
  return addressValue(parsed);
}

function prefix(text: string): Value {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(text);
  return prefixValue(parsed);
}

function mac(text: string): Scalar {
  const parsed = parseMac(text);
  if (parsed === undefined) throw new Error(text);
  return { kind: 'mac', mac: parsed };
}

const protocol = (number: number): Statement => equals(meta('l4proto'), integer(number));
const compare = (left: Expression, operator: MatchOperator, value: Value): Statement => ({
  kind: 'match',
  left,
  operator,
  right: { kind: 'value', value },
});
const notAnyOf = (left: Expression, values: readonly Value[]): Statement => ({
  ...anyOf(left, values),
  operator: '!=',
});
const fib = (flags: FibExpression['flags'], result: FibExpression['result'] = 'type'): FibExpression => ({
  kind: 'fib',
  flags,
  result,
});
const ports = (first: number, last: number): Value => rangeValue(integer(first), integer(last));
const tcpFlags = (bits: number): Expression => masked(payload('tcp', 'flags'), integer(bits));
const numgen = (mode: 'inc' | 'random', modulus: number): Expression => ({ kind: 'numgen', mode, modulus, offset: 0 });
const unknown = (text: string): Statement => ({ kind: 'unknown', text, effect: 'match' });

/** What is written, what it reads as, and (where it is another) how it is written back. */
type Row = readonly [words: string, statements: readonly Statement[], canonical?: string | undefined, family?: Family];

const basics: readonly Row[] = [
  ['-s 10.0.0.1', [equals(payload('ip', 'saddr'), address('10.0.0.1'))]],
  ['-s 10.0.0.1/32', [equals(payload('ip', 'saddr'), address('10.0.0.1'))], '-s 10.0.0.1'],
  ['! -d 10.1.2.3/8', [differs(payload('ip', 'daddr'), prefix('10.0.0.0/8'))], '! -d 10.0.0.0/8'],
  ['-s ! 10.0.0.0/8', [differs(payload('ip', 'saddr'), prefix('10.0.0.0/8'))], '! -s 10.0.0.0/8'],
  ['--source 10/8', [equals(payload('ip', 'saddr'), prefix('10.0.0.0/8'))], '-s 10.0.0.0/8'],
  ['-s 10.0.0.0/255.255.0.0', [equals(payload('ip', 'saddr'), prefix('10.0.0.0/16'))], '-s 10.0.0.0/16'],
  [
    '-s 10.9.0.1/255.0.255.0',
    [equals(masked(payload('ip', 'saddr'), address('255.0.255.0')), address('10.0.0.0'))],
    '-s 10.0.0.0/255.0.255.0',
  ],
  ['-s 0.0.0.0/0', [], ''],
  ['! -s 0.0.0.0/0', [differs(payload('ip', 'saddr'), prefix('0.0.0.0/0'))]],
  ['-s fd00::/64', [equals(payload('ip6', 'saddr'), prefix('fd00::/64'))], undefined, 'ip6'],
  ['-d ::1/128', [equals(payload('ip6', 'daddr'), address('::1'))], '-d ::1', 'ip6'],
  ['-i eth0', [equals(meta('iifname'), interfaceName('eth0'))]],
  ['! -o eth+', [differs(meta('oifname'), interfaceName('eth*'))]],
  ['-i +', [], ''],
  ['! -i +', [differs(meta('iifname'), interfaceName('*'))]],
  ['-p tcp', [protocol(6)]],
  ['-p 112', [protocol(112)]],
  ['-p vrrp', [protocol(112)], '-p 112'],
  ['! -p udp', [differs(meta('l4proto'), integer(17))]],
  ['-p all', [], ''],
  ['-p 0', [], ''],
  ['-f', [compare(masked(payload('ip', 'frag-off'), integer(0x1fff)), '!=', integer(0))]],
  ['! -f', [compare(masked(payload('ip', 'frag-off'), integer(0x1fff)), '==', integer(0))]],
  [
    '-o b -i a -p tcp -d 1.1.1.1 -s 2.2.2.2',
    [
      equals(payload('ip', 'saddr'), address('2.2.2.2')),
      equals(payload('ip', 'daddr'), address('1.1.1.1')),
      equals(meta('iifname'), interfaceName('a')),
      equals(meta('oifname'), interfaceName('b')),
      protocol(6),
    ],
    '-s 2.2.2.2 -d 1.1.1.1 -i a -o b -p tcp',
  ],
  ['-s host.example', [unknown('-s host.example')]],
  ['! -s 1.1.1.1,2.2.2.2', [unknown('! -s 1.1.1.1,2.2.2.2')]],
  ['-i eth*', [unknown('-i eth*')]],
  ['-s 1.1.1.1 -s 2.2.2.2', [equals(payload('ip', 'saddr'), address('1.1.1.1')), unknown('-s 2.2.2.2')]],
];

const transport: readonly Row[] = [
  ['-p tcp -m tcp --dport 80', [protocol(6), equals(payload('tcp', 'dport'), integer(80))]],
  ['-p tcp --dport 80', [protocol(6), equals(payload('tcp', 'dport'), integer(80))], '-p tcp -m tcp --dport 80'],
  [
    '-p tcp --destination-port 80',
    [protocol(6), equals(payload('tcp', 'dport'), integer(80))],
    '-p tcp -m tcp --dport 80',
  ],
  [
    '-p udp -m udp ! --sport 67:68 --dport 67:68',
    [protocol(17), differs(payload('udp', 'sport'), ports(67, 68)), equals(payload('udp', 'dport'), ports(67, 68))],
  ],
  ['-p tcp --dport 80:80', [protocol(6), equals(payload('tcp', 'dport'), integer(80))], '-p tcp -m tcp --dport 80'],
  ['-p tcp --dport ! 80', [protocol(6), differs(payload('tcp', 'dport'), integer(80))], '-p tcp -m tcp ! --dport 80'],
  [
    '-p tcp --dport 1024:',
    [protocol(6), equals(payload('tcp', 'dport'), ports(1024, 65535))],
    '-p tcp -m tcp --dport 1024:65535',
  ],
  ['-p tcp -m tcp', [protocol(6), equals(payload('tcp', 'dport'), ports(0, 65535))], '-p tcp -m tcp --dport 0:65535'],
  ['-p sctp -m sctp --dport 1:5', [protocol(132), equals(payload('sctp', 'dport'), ports(1, 5))]],
  ['-p dccp -m dccp --sport 7', [protocol(33), equals(payload('dccp', 'sport'), integer(7))]],
  ['-p udplite -m udplite --sport 7', [protocol(136), equals(payload('udplite', 'sport'), integer(7))]],
  ['-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN', [protocol(6), equals(tcpFlags(0x17), integer(2))]],
  ['-p tcp --syn', [protocol(6), equals(tcpFlags(0x17), integer(2))], '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN'],
  [
    '-p tcp ! --syn',
    [protocol(6), differs(tcpFlags(0x17), integer(2))],
    '-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN',
  ],
  [
    '-p tcp -m tcp --tcp-flags ALL NONE',
    [protocol(6), equals(tcpFlags(0x3f), integer(0))],
    '-p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE',
  ],
  [
    '-p tcp -m tcp --tcp-option 2',
    [protocol(6), equals({ kind: 'tcp-option', name: 'maxseg', field: undefined }, integer(1))],
  ],
  [
    '-p tcp -m tcp ! --tcp-option 99',
    [protocol(6), differs({ kind: 'tcp-option', name: '99', field: undefined }, integer(1))],
  ],
  [
    '-p tcp -m multiport --dports 22,80:90',
    [protocol(6), anyOf(payload('tcp', 'dport'), [integer(22), ports(80, 90)])],
  ],
  ['-p udp -m multiport ! --sports 53', [protocol(17), notAnyOf(payload('udp', 'sport'), [integer(53)])]],
  ['-p tcp -m multiport --ports 22', [protocol(6), unknown('-m multiport --ports 22')]],
  ['-p tcp -m tcp --dport ssh', [protocol(6), unknown('-m tcp --dport ssh')]],
  ['-p tcp -m tcp --dport 90:80', [protocol(6), unknown('-m tcp --dport 90:80')]],
  ['-m tcp --dport 80', [unknown('-m tcp --dport 80')]],
  ['-p sctp -m sctp --chunk-types any INIT', [protocol(132), unknown('-m sctp --chunk-types any INIT')]],
  ['-p icmp -m icmp --icmp-type 8', [protocol(1), equals(payload('icmp', 'type'), integer(8))]],
  [
    '-p icmp --icmp-type echo-request',
    [protocol(1), equals(payload('icmp', 'type'), integer(8))],
    '-p icmp -m icmp --icmp-type 8',
  ],
  [
    '-p icmp -m icmp --icmp-type 3/4',
    [protocol(1), equals(payload('icmp', 'type'), integer(3)), equals(payload('icmp', 'code'), integer(4))],
  ],
  [
    '-p icmp -m icmp ! --icmp-type 3/4',
    [
      protocol(1),
      differs(concat(payload('icmp', 'type'), payload('icmp', 'code')), concatenation(integer(3), integer(4))),
    ],
  ],
  ['-p icmp -m icmp --icmp-type any', [protocol(1), equals(payload('icmp', 'type'), ports(0, 255))]],
  ['-p icmp -m icmp ! --icmp-type any', [protocol(1), unknown('-m icmp ! --icmp-type any')]],
  [
    '-p ipv6-icmp -m icmp6 --icmpv6-type 135',
    [protocol(58), equals(payload('icmpv6', 'type'), integer(135))],
    undefined,
    'ip6',
  ],
  [
    '-p icmpv6 --icmpv6-type no-route',
    [protocol(58), equals(payload('icmpv6', 'type'), integer(1)), equals(payload('icmpv6', 'code'), integer(0))],
    '-p ipv6-icmp -m icmp6 --icmpv6-type 1/0',
    'ip6',
  ],
];

const connection: readonly Row[] = [
  ['-m conntrack --ctstate RELATED,ESTABLISHED', [hasBits(ct('state'), 6)]],
  ['-m state --state NEW', [hasBits(ct('state'), 8)], '-m conntrack --ctstate NEW'],
  ['-m conntrack ! --ctstate INVALID,UNTRACKED', [lacksBits(ct('state'), 65)]],
  ['-m conntrack --ctstate DNAT', [hasBits(ct('status'), 32)]],
  ['-m conntrack --ctstate SNAT,DNAT', [hasBits(ct('status'), 48)]],
  ['-m conntrack ! --ctstate DNAT', [unknown('-m conntrack ! --ctstate DNAT')]],
  ['-m conntrack --ctstate NEW,DNAT', [unknown('-m conntrack --ctstate NEW,DNAT')]],
  ['-m conntrack --ctstatus ASSURED,CONFIRMED', [hasBits(ct('status'), 12)]],
  ['-m conntrack ! --ctstatus SEEN_REPLY', [lacksBits(ct('status'), 2)]],
  ['-m conntrack --ctstatus NONE', [unknown('-m conntrack --ctstatus NONE')]],
  ['-m conntrack --ctdir REPLY', [equals(ct('direction'), integer(1))]],
  ['-m conntrack --ctproto 6', [equals(ct('protocol', 'original'), integer(6))]],
  ['-m conntrack --ctorigdst 10.0.0.1', [equals(ct('ip daddr', 'original'), address('10.0.0.1'))]],
  ['-m conntrack ! --ctreplsrc 10.0.0.0/8', [differs(ct('ip saddr', 'reply'), prefix('10.0.0.0/8'))]],
  ['-m conntrack --ctorigsrc fd00::1', [equals(ct('ip6 saddr', 'original'), address('fd00::1'))], undefined, 'ip6'],
  ['-m conntrack --ctorigdstport 80:90', [equals(ct('proto-dst', 'original'), ports(80, 90))]],
  ['-m conntrack --ctreplsrcport 80', [equals(ct('proto-src', 'reply'), integer(80))]],
  [
    '-m conntrack --ctstate NEW --ctproto 17 --ctorigsrcport 68 --ctorigdstport 67',
    [
      hasBits(ct('state'), 8),
      equals(ct('protocol', 'original'), integer(17)),
      equals(ct('proto-src', 'original'), integer(68)),
      equals(ct('proto-dst', 'original'), integer(67)),
    ],
  ],
  // An invalid packet has no entry, and then the module looks at nothing else.
  [
    '-m conntrack --ctstate NEW,INVALID --ctorigdstport 80',
    [unknown('-m conntrack --ctstate NEW,INVALID --ctorigdstport 80')],
  ],
  [
    '-m conntrack --ctstate INVALID -m conntrack --ctorigdstport 80',
    [hasBits(ct('state'), 1), equals(ct('proto-dst', 'original'), integer(80))],
  ],
  [
    '-m conntrack ! --ctstate INVALID --ctorigdstport 80',
    [unknown('-m conntrack ! --ctstate INVALID --ctorigdstport 80')],
  ],
  [
    '-m conntrack ! --ctstate INVALID,UNTRACKED --ctorigdstport 80',
    [lacksBits(ct('state'), 65), equals(ct('proto-dst', 'original'), integer(80))],
  ],
  ['-m conntrack --ctexpire 5:10', [unknown('-m conntrack --ctexpire 5:10')]],
  ['-m mark --mark 0x2000/0x2000', [equals(masked(meta('mark'), integer(0x2000)), integer(0x2000))]],
  ['-m mark ! --mark 5', [differs(meta('mark'), integer(5))], '-m mark ! --mark 0x5'],
  ['-m mark --mark 0xffffffff', [equals(meta('mark'), integer(0xffff_ffff))]],
  ['-m connmark --mark 0x1/0xf0000000', [equals(masked(ct('mark'), integer(0xf000_0000)), integer(1))]],
];

const others: readonly Row[] = [
  [
    '-m iprange --src-range 10.0.0.1-10.0.0.9',
    [equals(payload('ip', 'saddr'), rangeValue(address('10.0.0.1'), address('10.0.0.9')))],
  ],
  [
    '-m iprange ! --dst-range fd00::1-fd00::9',
    [differs(payload('ip6', 'daddr'), rangeValue(address('fd00::1'), address('fd00::9')))],
    undefined,
    'ip6',
  ],
  ['-m addrtype --dst-type LOCAL', [equals(fib(['daddr']), integer(2))]],
  ['-m addrtype ! --src-type LOCAL', [differs(fib(['saddr']), integer(2))]],
  ['-m addrtype --dst-type BROADCAST,MULTICAST', [anyOf(fib(['daddr']), [integer(3), integer(5)])]],
  ['-m addrtype --dst-type LOCAL --limit-iface-in', [equals(fib(['daddr', 'iif']), integer(2))]],
  ['-m addrtype --src-type LOCAL --limit-iface-out', [equals(fib(['saddr', 'oif']), integer(2))]],
  ['-m mac --mac-source 00:11:22:33:44:55', [equals(payload('ether', 'saddr'), mac('00:11:22:33:44:55'))]],
  [
    '-m mac --mac 00:11:22:33:44:55',
    [equals(payload('ether', 'saddr'), mac('00:11:22:33:44:55'))],
    '-m mac --mac-source 00:11:22:33:44:55',
  ],
  ['-m mac --mac-source XX:XX:XX:XX:XX:XX', [redacted('ether', 'saddr', 'XX:XX:XX:XX:XX:XX')]],
  ['-m mac ! --mac-source 00:11:xx:xx:xx:xx', [{ ...redacted('ether', 'saddr', '00:11:xx:xx:xx:xx'), operator: '!=' }]],
  ['-m mac --mac-source XX:XX:XX:XX:XX', [unknown('-m mac --mac-source XX:XX:XX:XX:XX')]],
  ['-s X.X.X.X', [redacted('ip', 'saddr', 'X.X.X.X')]],
  ['-d 10.x.x.x/24', [redacted('ip', 'daddr', '10.x.x.x/24')]],
  ['-m pkttype --pkt-type broadcast', [equals(meta('pkttype'), integer(1))]],
  ['-m length --length 10:20', [equals(meta('length'), ports(10, 20))]],
  ['-m ttl --ttl-lt 5', [compare(payload('ip', 'ttl'), '<', integer(5))]],
  ['-m ttl ! --ttl-eq 5', [compare(payload('ip', 'ttl'), '!=', integer(5))]],
  ['-m hl --hl-gt 5', [compare(payload('ip6', 'hoplimit'), '>', integer(5))], undefined, 'ip6'],
  ['-m dscp --dscp 0x10', [equals(payload('ip', 'dscp'), integer(16))]],
  ['-m ecn --ecn-ip-ect 2', [equals(payload('ip', 'ecn'), integer(2))]],
  [
    '-m tos --tos 0x10/0x3f',
    [equals(masked({ kind: 'raw-payload', base: 'nh', offset: 8, length: 8 }, integer(0x3f)), integer(0x10))],
  ],
  ['-m owner --uid-owner 0-10', [equals(meta('skuid'), ports(0, 10))]],
  ['-m owner --gid-owner 5', [equals(meta('skgid'), integer(5))]],
  ['-m owner ! --uid-owner 0', [unknown('-m owner ! --uid-owner 0')]],
  ['-m physdev --physdev-in eth+', [equals({ kind: 'physdev', key: 'in' }, interfaceName('eth*'))]],
  [
    '-m physdev ! --physdev-out p1 --physdev-is-bridged',
    [
      differs({ kind: 'physdev', key: 'out' }, interfaceName('p1')),
      equals({ kind: 'physdev', key: 'is-bridged' }, integer(1)),
    ],
  ],
  [
    '-m limit --limit 3/min --limit-burst 10',
    [{ kind: 'limit', rate: 3, unit: 'minute', burst: 10, over: false, of: 'packets' }],
  ],
  ['-m limit --limit 2/sec', [{ kind: 'limit', rate: 2, unit: 'second', burst: 5, over: false, of: 'packets' }]],
  [
    '-m limit --limit 4',
    [{ kind: 'limit', rate: 4, unit: 'second', burst: 5, over: false, of: 'packets' }],
    '-m limit --limit 4/sec',
  ],
  ['-m statistic --mode nth --every 3 --packet 1', [compare(numgen('inc', 3), '==', integer(1))]],
  ['-m statistic --mode nth --every 3 --packet 3', [unknown('-m statistic --mode nth --every 3 --packet 3')]],
  [
    '-m statistic --mode random --probability 0.33000000007',
    [compare(numgen('random', 0x8000_0000), '<', integer(708669604))],
  ],
  [
    '-m statistic --mode random ! --probability 0.50000000000',
    [compare(numgen('random', 0x8000_0000), '>=', integer(0x4000_0000))],
  ],
  ['-m rpfilter --invert', [compare(fib(['saddr', 'iif'], 'oif'), '==', integer(0))]],
  ['-m rpfilter --loose --validmark', [compare(fib(['saddr', 'mark'], 'oif'), '!=', integer(0))]],
  ['-m rpfilter --accept-local', [unknown('-m rpfilter --accept-local')]],
  ['-m set --match-set blocked src,dst', [unknown('-m set --match-set blocked src,dst')]],
  [
    '-m recent ! --rcheck --seconds 60 --name "a b" --rsource',
    [unknown('-m recent ! --rcheck --seconds 60 --name "a b" --rsource')],
  ],
  ['-m string --string "-x" --algo bm', [unknown('-m string --string "-x" --algo bm')]],
  ['-m pkttype --pkt-type unicast --new-option 5', [unknown('-m pkttype --pkt-type unicast --new-option 5')]],
];

describe.each([
  ['what every rule may have', basics],
  ['transport headers', transport],
  ['connections and marks', connection],
  ['other extensions', others],
])('%s', (_title, rows) => {
  test.each(rows.map((row) => [row[0], row] as const))('%s', (_words, row) => {
    const [words, statements, canonical = words, family = 'ip'] = row;
    expect(readWords(words, family)).toEqual(statements);
    expect(writeStatements(statements, family)).toBe(canonical);
    expect(readWords(canonical, family)).toEqual(statements);
  });
});

test('options belong to the module that knows them, whatever their order', () => {
  expect(readWords('-p tcp -m tcp -m conntrack --dport 80 --ctstate NEW')).toEqual([
    protocol(6),
    equals(payload('tcp', 'dport'), integer(80)),
    hasBits(ct('state'), 8),
  ]);
});

test('a rule may name its target before its matches', () => {
  expect(readWords('-j ACCEPT -p tcp -m tcp --dport 80').map((statement) => statement.kind)).toEqual([
    'match',
    'match',
    'verdict',
  ]);
});
