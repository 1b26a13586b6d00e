import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../../src/net/address.ts';
import {
  type BitwiseExpression,
  constant,
  ct,
  type Expression,
  masked,
  meta,
  withBits,
} from '../../../src/ruleset/expression.ts';
import {
  accept,
  drop,
  equals,
  goto,
  jump,
  type LogStatement,
  type NatStatement,
  type RejectStatement,
  returnFromChain,
  type Statement,
} from '../../../src/ruleset/statement.ts';
import { addressValue, integer, rangeValue, type Scalar, type Value } from '../../../src/ruleset/value.ts';
import { type Family, readWords, writeStatements } from './reading.ts';

function address(text: string): Scalar {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(text);
  return addressValue(parsed);
}

const tcp = equals(meta('l4proto'), integer(6));
const range = (first: Scalar, last: Scalar): Value => rangeValue(first, last);
const ports = (first: number, last: number): Value => rangeValue(integer(first), integer(last));

function nat(
  type: NatStatement['type'],
  given: Partial<Record<'address' | 'port', Value>>,
  more: Partial<NatStatement> = {},
): NatStatement {
  return {
    kind: 'nat',
    type,
    family: undefined,
    address: given.address === undefined ? undefined : { kind: 'value', value: given.address },
    port: given.port === undefined ? undefined : { kind: 'value', value: given.port },
    shiftBase: undefined,
    flags: [],
    ...more,
  };
}

const reject = (protocol: RejectStatement['with'], code?: string): RejectStatement => ({
  kind: 'reject',
  with: protocol,
  code,
});
const log = (given: Partial<LogStatement>): LogStatement => ({
  kind: 'log',
  prefix: undefined,
  level: undefined,
  group: undefined,
  flags: [],
  ...given,
});
const assign = (target: Expression, value: Expression): Statement => ({ kind: 'assign', target, value });
const join = (operation: BitwiseExpression['operation'], left: Expression, right: Expression): Expression => ({
  kind: 'bitwise',
  operation,
  left,
  right,
});
const number = (value: number): Expression => constant(integer(value));
const queue = (text: string): Statement => ({ kind: 'verdict', verdict: { kind: 'queue', text } });
const unknown = (text: string, effect: 'effect' | 'none'): Statement => ({ kind: 'unknown', text, effect });

type Row = readonly [words: string, statements: readonly Statement[], canonical?: string | undefined, family?: Family];

const verdicts: readonly Row[] = [
  ['-j ACCEPT', [accept]],
  ['-j DROP', [drop]],
  ['-j RETURN', [returnFromChain]],
  ['-j C', [jump('C')]],
  ['-g C', [goto('C')]],
  ['', []],
  ['-j QUEUE', [queue('QUEUE')]],
  ['-j NFQUEUE --queue-num 3 --queue-bypass', [queue('NFQUEUE --queue-num 3 --queue-bypass')]],
  ['-j NFQUEUE --queue-balance 3:5', [queue('NFQUEUE --queue-balance 3:5')]],
  ['-j NOTRACK', [{ kind: 'notrack' }], '-j CT --notrack'],
  ['-j CT --notrack', [{ kind: 'notrack' }]],
  ['-j CT --helper ftp', [unknown('-j CT --helper ftp', 'effect')]],
  ['-j REJECT', [reject('icmp', 'port-unreachable')], '-j REJECT --reject-with icmp-port-unreachable'],
  ['-j REJECT --reject-with icmp-net-unreachable', [reject('icmp', 'net-unreachable')]],
  ['-j REJECT --reject-with icmp-host-unreachable', [reject('icmp', 'host-unreachable')]],
  ['-j REJECT --reject-with icmp-proto-unreachable', [reject('icmp', 'prot-unreachable')]],
  ['-j REJECT --reject-with icmp-net-prohibited', [reject('icmp', 'net-prohibited')]],
  ['-j REJECT --reject-with icmp-host-prohibited', [reject('icmp', 'host-prohibited')]],
  ['-j REJECT --reject-with icmp-admin-prohibited', [reject('icmp', 'admin-prohibited')]],
  [
    '-j REJECT --reject-with admin-prohib',
    [reject('icmp', 'admin-prohibited')],
    '-j REJECT --reject-with icmp-admin-prohibited',
  ],
  ['-p tcp -j REJECT --reject-with tcp-reset', [tcp, reject('tcp-reset')]],
  ['-j REJECT', [reject('icmpv6', 'port-unreachable')], '-j REJECT --reject-with icmp6-port-unreachable', 'ip6'],
  ['-j REJECT --reject-with icmp6-no-route', [reject('icmpv6', 'no-route')], undefined, 'ip6'],
  ['-j REJECT --reject-with icmp6-adm-prohibited', [reject('icmpv6', 'admin-prohibited')], undefined, 'ip6'],
  ['-j REJECT --reject-with icmp6-addr-unreachable', [reject('icmpv6', 'addr-unreachable')], undefined, 'ip6'],
  ['-j REJECT --reject-with icmp6-policy-fail', [reject('icmpv6', 'policy-fail')], undefined, 'ip6'],
  ['-j REJECT --reject-with icmp6-reject-route', [reject('icmpv6', 'reject-route')], undefined, 'ip6'],
  ['-j REJECT --reject-with something', [unknown('-j REJECT --reject-with something', 'effect')]],
];

const translations: readonly Row[] = [
  ['-j DNAT --to-destination 10.0.0.1', [nat('dnat', { address: address('10.0.0.1') })]],
  [
    '-p tcp -j DNAT --to-destination 10.0.0.1:80',
    [tcp, nat('dnat', { address: address('10.0.0.1'), port: integer(80) })],
  ],
  [
    '-p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.5:80-90 --random --persistent',
    [
      tcp,
      nat(
        'dnat',
        { address: range(address('10.0.0.1'), address('10.0.0.5')), port: ports(80, 90) },
        { flags: ['random', 'persistent'] },
      ),
    ],
  ],
  [
    '-p tcp -j DNAT --to-destination 172.30.8.2:8000-8010/9000',
    [tcp, nat('dnat', { address: address('172.30.8.2'), port: ports(8000, 8010) }, { shiftBase: 9000 })],
  ],
  ['-p tcp -j DNAT --to-destination :80', [tcp, nat('dnat', { port: integer(80) })]],
  ['-j DNAT --to-destination fd00::1', [nat('dnat', { address: address('fd00::1') })], undefined, 'ip6'],
  [
    '-p tcp -j DNAT --to-destination [fd00::1]:80',
    [tcp, nat('dnat', { address: address('fd00::1'), port: integer(80) })],
    undefined,
    'ip6',
  ],
  [
    '-p tcp -j DNAT --to-destination [fd00::1-fd00::9]:80',
    [tcp, nat('dnat', { address: range(address('fd00::1'), address('fd00::9')), port: integer(80) })],
    undefined,
    'ip6',
  ],
  [
    '-p tcp -j SNAT --to-source 10.0.0.1:1000-2000 --random-fully',
    [tcp, nat('snat', { address: address('10.0.0.1'), port: ports(1000, 2000) }, { flags: ['fully-random'] })],
  ],
  ['-j MASQUERADE', [nat('masquerade', {})]],
  [
    '-p tcp -j MASQUERADE --to-ports 1024-65535 --random',
    [tcp, nat('masquerade', { port: ports(1024, 65535) }, { flags: ['random'] })],
  ],
  ['-p tcp -j REDIRECT --to-ports 8080', [tcp, nat('redirect', { port: integer(8080) })]],
  ['-j REDIRECT', [nat('redirect', {})]],
  [
    '-j DNAT --to-destination 10.0.0.1 --to-destination 10.0.0.2',
    [unknown('-j DNAT --to-destination 10.0.0.1 --to-destination 10.0.0.2', 'effect')],
  ],
  ['-j NETMAP --to 10.0.0.0/24', [unknown('-j NETMAP --to 10.0.0.0/24', 'effect')]],
  ['-j TPROXY --on-port 5 --tproxy-mark 0x1/0x1', [unknown('-j TPROXY --on-port 5 --tproxy-mark 0x1/0x1', 'effect')]],
];

const mark = meta('mark');
const connectionMark = ct('mark');

const marks: readonly Row[] = [
  ['-j MARK --set-mark 5', [assign(mark, number(5))], '-j MARK --set-xmark 0x5/0xffffffff'],
  ['-j MARK --set-xmark 0x2000/0x2000', [assign(mark, withBits(mark, integer(0x2000)))]],
  ['-j MARK --or-mark 0x2000', [assign(mark, withBits(mark, integer(0x2000)))], '-j MARK --set-xmark 0x2000/0x2000'],
  ['-j MARK --and-mark 0xff', [assign(mark, masked(mark, integer(0xff)))], '-j MARK --set-xmark 0x0/0xffffff00'],
  ['-j MARK --set-xmark 0x0/0xff', [assign(mark, masked(mark, integer(0xffff_ff00)))]],
  ['-j MARK --xor-mark 5', [assign(mark, join('xor', mark, number(5)))], '-j MARK --set-xmark 0x5/0x0'],
  ['-j MARK --set-xmark 0x1/0xf', [assign(mark, withBits(masked(mark, integer(0xffff_fff0)), integer(1)))]],
  [
    '-j MARK --set-mark 0x1/0xe',
    [assign(mark, withBits(masked(mark, integer(0xffff_fff0)), integer(1)))],
    '-j MARK --set-xmark 0x1/0xf',
  ],
  ['-j MARK --set-xmark 0x5/0x3', [assign(mark, join('xor', masked(mark, integer(0xffff_fffc)), number(5)))]],
  ['-j CONNMARK --set-xmark 0x5/0xffffffff', [assign(connectionMark, number(5))]],
  [
    '-j CONNMARK --save-mark',
    [assign(connectionMark, mark)],
    '-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff',
  ],
  [
    '-j CONNMARK --restore-mark --mask 0xff',
    [assign(mark, join('or', masked(mark, integer(0xffff_ff00)), masked(connectionMark, integer(0xff))))],
    '-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff',
  ],
  [
    '-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xf',
    [assign(connectionMark, join('xor', masked(connectionMark, integer(0xffff_fff0)), masked(mark, integer(0xff))))],
  ],
];

const remarks: readonly Row[] = [
  ['-j LOG', [log({})]],
  ['-j LOG --log-level 4', [log({})], '-j LOG'],
  [
    '-j LOG --log-prefix "a b" --log-level debug --log-uid --log-tcp-options',
    [log({ prefix: 'a b', level: 'debug', flags: ['tcp options', 'skuid'] })],
    '-j LOG --log-prefix "a b" --log-level 7 --log-tcp-options --log-uid',
  ],
  ['-j LOG --log-prefix "!#*~%&/()=?"', [log({ prefix: '!#*~%&/()=?' })]],
  ['-j NFLOG --nflog-prefix "x y" --nflog-group 3', [log({ prefix: 'x y', group: 3 })]],
  ['-j NFLOG', [log({ group: 0 })], '-j NFLOG --nflog-group 0'],
  ['-j NFLOG --nflog-threshold 5', [unknown('-j NFLOG --nflog-threshold 5', 'none')]],
  ['-j CHECKSUM --checksum-fill', [unknown('-j CHECKSUM --checksum-fill', 'none')]],
  ['-j TCPMSS --clamp-mss-to-pmtu', [unknown('-j TCPMSS --clamp-mss-to-pmtu', 'none')]],
  ['-j SET --add-set blocked src', [unknown('-j SET --add-set blocked src', 'effect')]],
  ['-j ELSEWHERE', [unknown('-j ELSEWHERE', 'effect')]],
];

describe.each([
  ['verdicts', verdicts],
  ['translations', translations],
  ['marks', marks],
  ['logging and the rest', remarks],
])('%s', (_title, rows) => {
  test.each(rows.map((row) => [row[0], row] as const))('%s', (_words, row) => {
    const [words, statements, canonical = words, family = 'ip'] = row;
    expect(readWords(words, family)).toEqual(statements);
    expect(writeStatements(statements, family)).toBe(canonical);
    expect(readWords(canonical, family)).toEqual(statements);
  });
});
