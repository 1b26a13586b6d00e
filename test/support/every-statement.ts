/** One rule for each thing that the model can say and nftables can carry, with the chain that it needs. */
import { concat, constant, ct, type Expression, masked, meta, payload } from '../../src/ruleset/expression.ts';
import type { BaseChain, Ruleset, TableFamily } from '../../src/ruleset/ruleset.ts';
import { anyOf, equals, hasBits, type MatchStatement, type Statement } from '../../src/ruleset/statement.ts';
import { concatenation, integer, interfaceName, rangeValue, type Value } from '../../src/ruleset/value.ts';
import { addressOf, baseChain } from './sample-ruleset.ts';

export interface StatementCase {
  readonly name: string;
  readonly family: TableFamily;
  readonly base: BaseChain;
  readonly statements: readonly Statement[];
}

const filter = baseChain('filter', 'forward', 0);
const translate = baseChain('nat', 'prerouting', -100);
const l4 = (number: number): MatchStatement => equals(meta('l4proto'), integer(number));
const forward = (name: string, ...statements: readonly Statement[]): StatementCase => ({
  name,
  family: 'inet',
  base: filter,
  statements,
});
const nat = (name: string, ...statements: readonly Statement[]): StatementCase => ({
  name,
  family: 'inet',
  base: translate,
  statements,
});
const value = (expression: Expression, wanted: Value): Statement => equals(expression, wanted);
const loopback = addressOf('127.0.0.1');

const presence = (kind: 'exthdr' | 'ip-option' | 'tcp-option', name: string): Expression => ({
  kind,
  name,
  field: undefined,
});

const addressAndPort: Statement = {
  kind: 'nat',
  type: 'dnat',
  family: 'ip',
  address: {
    kind: 'expression',
    expression: {
      kind: 'map',
      key: concat(payload('ip', 'daddr'), payload('tcp', 'dport')),
      map: {
        kind: 'anonymous',
        elements: [
          {
            key: concatenation(loopback, integer(80)),
            data: { kind: 'value', value: concatenation(addressOf('10.0.0.1'), integer(8080)) },
            origins: [],
          },
          {
            key: concatenation(loopback, integer(81)),
            data: { kind: 'value', value: concatenation(addressOf('10.0.0.2'), integer(8081)) },
            origins: [],
          },
        ],
      },
    },
  },
  port: undefined,
  shiftBase: undefined,
  flags: [],
};

const byClient = (key: Expression): Statement => byKey(key, [integer(0), integer(1)]);

const byKey = (key: Expression, keys: readonly Value[]): Statement => ({
  kind: 'nat',
  type: 'dnat',
  family: 'ip',
  address: {
    kind: 'expression',
    expression: {
      kind: 'map',
      key,
      map: {
        kind: 'anonymous',
        elements: keys.map((wanted, index) => ({
          key: wanted,
          data: { kind: 'value', value: addressOf(`10.0.0.${index + 1}`) },
          origins: [],
        })),
      },
    },
  },
  port: undefined,
  shiftBase: undefined,
  flags: ['persistent'],
});

export const everyStatement: readonly StatementCase[] = [
  forward('raw payload', value({ kind: 'raw-payload', base: 'nh', offset: 64, length: 8 }, integer(17))),
  forward('extension header field', value({ kind: 'exthdr', name: 'frag', field: 'frag-off' }, integer(5))),
  forward('extension header', value(presence('exthdr', 'frag'), integer(1))),
  forward('no extension header', value(presence('exthdr', 'hbh'), integer(0))),
  forward('tcp option', value(presence('tcp-option', 'sack-perm'), integer(1))),
  forward('tcp option field', value({ kind: 'tcp-option', name: 'maxseg', field: 'size' }, integer(1400))),
  forward('ip option', value({ kind: 'ip-option', name: 'rr', field: 'type' }, integer(1))),
  forward('masked addresses', value(masked(payload('ip', 'saddr'), addressOf('255.0.255.0')), addressOf('10.0.1.0'))),
  forward(
    'a mask that is a prefix',
    value(masked(payload('ip', 'saddr'), addressOf('255.255.0.0')), addressOf('10.1.0.0')),
  ),
  forward('leading bits of a mark', value(masked(meta('mark'), integer(0xff00_0000)), integer(0x0100_0000))),
  forward('bits of a mark', hasBits(meta('mark'), 0x30)),
  forward('bits of masked flags', value(masked(payload('tcp', 'flags'), integer(0x17)), integer(2))),
  forward('exact flags', value(payload('tcp', 'flags'), integer(0x12))),
  forward('exact states', anyOf(ct('state'), [integer(2), integer(6)])),
  forward('class and code point', value(payload('ip', 'dscp'), integer(46))),
  forward('marks in a range', value(meta('mark'), rangeValue(integer(16), integer(31)))),
  forward('interface group and type', value(meta('iifgroup'), integer(5)), value(meta('iiftype'), integer(1))),
  forward('packet length', value(meta('length'), rangeValue(integer(100), integer(200)))),
  forward('packet priority', value(meta('priority'), integer(0x1_0005))),
  forward('interface index', value(meta('iif'), integer(77))),
  forward('wildcard', value(meta('iifname'), interfaceName('veth*'))),
  forward('interfaces', anyOf(meta('iifname'), [interfaceName('eth0'), interfaceName('eth1')])),
  forward('original port', l4(6), value(ct('proto-dst', 'original'), integer(8080))),
  forward(
    'protocols and their ports',
    anyOf(concat(meta('l4proto'), payload('th', 'dport')), [
      concatenation(integer(6), integer(80)),
      concatenation(integer(17), integer(53)),
    ]),
  ),
  forward('connection counts', value(ct('bytes'), integer(1000)), value(ct('packets', 'reply'), integer(5))),
  forward('conntrack zone', value(ct('zone'), integer(7)), value(ct('l3proto'), integer(2))),
  forward(
    'masked part of a key',
    anyOf(concat(meta('iifname'), masked(payload('ip', 'saddr'), addressOf('255.0.0.0'))), [
      concatenation(interfaceName('eth0'), addressOf('10.0.0.0')),
      concatenation(interfaceName('eth1'), addressOf('11.0.0.0')),
    ]),
  ),
  forward('verdict map in place', {
    kind: 'vmap',
    key: payload('udp', 'dport'),
    map: {
      kind: 'anonymous',
      elements: [
        { key: integer(80), data: { kind: 'verdict', verdict: { kind: 'accept' } }, origins: [] },
        {
          key: rangeValue(integer(90), integer(99)),
          data: { kind: 'verdict', verdict: { kind: 'return' } },
          origins: [],
        },
      ],
    },
  }),
  forward('mark by interface', {
    kind: 'assign',
    target: meta('mark'),
    value: {
      kind: 'map',
      key: meta('iifname'),
      map: {
        kind: 'anonymous',
        elements: ['eth0', 'eth1'].map((name, index) => ({
          key: interfaceName(name),
          data: { kind: 'value', value: integer(index + 1) },
          origins: [],
        })),
      },
    },
  }),
  forward('header changes', { kind: 'assign', target: payload('ip', 'ttl'), value: constant(integer(7)) }),
  forward('address changes', {
    kind: 'assign',
    target: payload('ip6', 'daddr'),
    value: constant(addressOf('fd00::1')),
  }),
  forward('two masks of a mark', {
    kind: 'assign',
    target: meta('mark'),
    value: {
      kind: 'bitwise',
      operation: 'xor',
      left: masked(meta('mark'), integer(0xff)),
      right: constant(integer(0x100)),
    },
  }),
  forward('shifted mark', {
    kind: 'assign',
    target: ct('mark'),
    value: { kind: 'bitwise', operation: 'lshift', left: meta('mark'), right: constant(integer(4)) },
  }),
  {
    name: 'trace',
    family: 'inet',
    base: baseChain('filter', 'prerouting', -301),
    statements: [{ kind: 'assign', target: meta('nftrace'), value: constant(integer(1)) }, { kind: 'notrack' }],
  },
  {
    name: 'route types of an interface',
    family: 'ip',
    base: baseChain('filter', 'prerouting', 0),
    statements: [
      value({ kind: 'fib', flags: ['daddr', 'iif'], result: 'type' }, integer(2)),
      value({ kind: 'fib', flags: ['saddr'], result: 'oifname' }, interfaceName('eth0')),
    ],
  },
  nat('address and port by map', addressAndPort),
  nat(
    'targets by a masked part of a key',
    byKey(concat(meta('iifname'), masked(payload('ip', 'saddr'), addressOf('255.0.0.0'))), [
      concatenation(interfaceName('eth0'), addressOf('10.0.0.0')),
      concatenation(interfaceName('eth1'), addressOf('11.0.0.0')),
    ]),
  ),
  nat('alternating targets', byClient({ kind: 'numgen', mode: 'inc', modulus: 2, offset: 0 })),
  nat(
    'targets by client',
    byClient({ kind: 'jhash', expression: payload('ip', 'saddr'), modulus: 2, seed: 1, offset: 0 }),
  ),
  nat('targets by flow', byClient({ kind: 'symhash', expression: undefined, modulus: 2, seed: undefined, offset: 0 })),
  nat('target addresses and ports', l4(17), {
    kind: 'nat',
    type: 'dnat',
    family: 'ip6',
    address: { kind: 'value', value: rangeValue(addressOf('fd00::1'), addressOf('fd00::5')) },
    port: { kind: 'value', value: rangeValue(integer(80), integer(90)) },
    shiftBase: undefined,
    flags: ['random'],
  }),
  nat('only a port', l4(6), {
    kind: 'nat',
    type: 'dnat',
    family: undefined,
    address: undefined,
    port: { kind: 'value', value: integer(80) },
    shiftBase: undefined,
    flags: [],
  }),
  {
    name: 'link-layer addresses',
    family: 'bridge',
    base: filter,
    statements: [
      value(payload('ether', 'type'), integer(0x0806)),
      value(payload('arp', 'operation'), integer(1)),
      value(payload('arp', 'saddr ip'), loopback),
    ],
  },
  {
    name: 'vlan',
    family: 'bridge',
    base: filter,
    statements: [
      value(payload('vlan', 'id'), integer(12)),
      anyOf(payload('ip6', 'saddr'), [addressOf('fe80::1'), addressOf('fe80::2')]),
    ],
  },
];

/** The ruleset whose only rule is that of a case. */
export function rulesetOf({ family, base, statements }: StatementCase): Ruleset {
  const chain = { name: 'only', base, rules: [{ statements, origins: [] }] };
  return { tables: [{ family, name: 'case', engine: 'nftables', chains: [chain], sets: [], maps: [] }] };
}
