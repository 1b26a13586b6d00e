/** Rulesets that must not exist, each with what is said about it and whether nft itself refuses it. */
import { parsePrefix } from '../../src/net/prefix.ts';
import { concat, constant, ct, meta, payload } from '../../src/ruleset/expression.ts';
import type { BaseChain, Chain, Ruleset, Table } from '../../src/ruleset/ruleset.ts';
import type { NamedMap, NamedSet } from '../../src/ruleset/set.ts';
import {
  accept,
  anyOf,
  counter,
  drop,
  equals,
  hasBits,
  inSet,
  jump,
  type NatStatement,
  type Statement,
} from '../../src/ruleset/statement.ts';
import {
  concatenation,
  type DataType,
  integer,
  interfaceName,
  rangeValue,
  type Value,
} from '../../src/ruleset/value.ts';
import { addressOf, baseChain, plainCollection } from './sample-ruleset.ts';

export interface RefusedCase {
  readonly name: string;
  readonly ruleset: Ruleset;
  /** A part of what is said. */
  readonly problem: string;
  /** Whether nft refuses to load it; otherwise it loads as something else, or its listing does not load. */
  readonly byNft: boolean;
}

const table = (parts: Partial<Table>): Ruleset => ({
  tables: [{ family: 'inet', name: 't', engine: 'nftables', chains: [], sets: [], maps: [], ...parts }],
});
const chain = (name: string, base: BaseChain | undefined, ...rules: readonly (readonly Statement[])[]): Chain => ({
  name,
  base,
  rules: rules.map((statements) => ({ statements, origins: [] })),
});
const filter = baseChain('filter', 'forward', 0);
const early = baseChain('filter', 'prerouting', 0);
const rules = (...statements: readonly Statement[]): Partial<Table> => ({ chains: [chain('c', filter, statements)] });
const set = (keyTypes: readonly DataType[], values: readonly Value[], parts: Partial<NamedSet> = {}): NamedSet => ({
  ...plainCollection,
  kind: 'set',
  name: 's',
  keyTypes,
  elements: values.map((value) => ({ value, origins: [] })),
  ...parts,
});
const map = (parts: Partial<NamedMap>): NamedMap => ({
  ...plainCollection,
  kind: 'map',
  name: 'm',
  keyTypes: ['mark'],
  dataTypes: 'verdict',
  elements: [],
  ...parts,
});
const nat = (parts: Partial<NatStatement>): NatStatement => ({
  kind: 'nat',
  type: 'dnat',
  family: 'ip',
  address: { kind: 'value', value: addressOf('10.0.0.1') },
  port: undefined,
  shiftBase: undefined,
  flags: [],
  ...parts,
});
const inNat = (hook: BaseChain['hook'], ...statements: readonly Statement[]): Partial<Table> => ({
  chains: [chain('c', baseChain('nat', hook, hook === 'postrouting' ? 100 : -100), statements)],
});
const tens = parsePrefix('10.0.0.0/8');
if (tens === undefined) throw new TypeError('no prefix');
const prefixed: Value = { kind: 'prefix', prefix: tens };
const range = (first: number, last: number): Value => rangeValue(integer(first), integer(last));
const refused = (name: string, parts: Partial<Table>, problem: string, byNft = true): RefusedCase => ({
  name,
  ruleset: table(parts),
  problem,
  byNft,
});

export const refusedRulesets: readonly RefusedCase[] = [
  refused('a jump to nowhere', rules(jump('absent')), 'table inet t, chain c, rule 1: there is no chain absent'),
  refused(
    'a jump to a base chain',
    { chains: [chain('c', filter, [jump('d')]), chain('d', baseChain('filter', 'input', 0))] },
    'd is a base chain',
  ),
  refused(
    'a ring of jumps',
    {
      chains: [chain('c', filter, [jump('d')]), chain('d', undefined, [jump('e')]), chain('e', undefined, [jump('d')])],
    },
    'chain d jumps back to itself',
  ),
  refused(
    'too many jumps',
    {
      chains: [
        chain('c0', filter, [jump('c1')]),
        ...Array.from({ length: 17 }, (_, index) =>
          chain(`c${index + 1}`, undefined, ...(index < 16 ? [[jump(`c${index + 2}`)]] : [])),
        ),
      ],
    },
    'more than 16 jumps',
  ),
  refused('a set that is not there', rules(inSet(meta('mark'), 'absent')), 'there is no set absent'),
  refused(
    'a map that is not there',
    rules({ kind: 'vmap', key: meta('mark'), map: { kind: 'named', name: 'absent' } }),
    'there is no map absent',
  ),
  refused(
    'a set of other keys',
    { sets: [set(['mark'], [])], ...rules(inSet(payload('ip', 'saddr'), 's')) },
    's is keyed by mark and looked up with ipv4_addr',
  ),
  refused(
    'a map of values for verdicts',
    {
      maps: [map({ dataTypes: ['mark'] })],
      ...rules({ kind: 'vmap', key: meta('mark'), map: { kind: 'named', name: 'm' } }),
    },
    'm holds mark where verdict are needed',
  ),
  refused(
    'a verdict for a chain that is not there',
    {
      maps: [
        map({
          elements: [
            { key: integer(1), data: { kind: 'verdict', verdict: { kind: 'jump', chain: 'absent' } }, origins: [] },
          ],
        }),
      ],
    },
    'there is no chain absent',
  ),
  refused(
    'an element of another type',
    { sets: [set(['ipv4_addr'], [addressOf('fe80::1')])] },
    'a value of kind address where type ipv4_addr is needed',
  ),
  refused(
    'an element of too few parts',
    { sets: [set(['mark', 'ipv4_addr'], [integer(1)])] },
    'a value of 1 parts where there are 2 types',
  ),
  refused(
    'an interval in a set without',
    { sets: [set(['inet_service'], [range(1, 9)])] },
    'an interval where only single values can be',
  ),
  refused(
    'a prefix in a set without',
    { sets: [set(['ipv4_addr'], [prefixed])] },
    'an interval where only single values can be',
  ),
  refused(
    'a wildcard in a set without intervals',
    { sets: [set(['ifname'], [interfaceName('eth*')])] },
    'a wildcard where only single values can be',
  ),
  refused(
    'intervals that overlap',
    { sets: [set(['inet_service'], [range(1, 9), range(5, 20)], { interval: true })] },
    'the elements 1-9 and 5-20 overlap',
  ),
  refused(
    'a prefix over an address',
    { sets: [set(['ipv4_addr'], [prefixed, addressOf('10.1.1.1')], { interval: true })] },
    'overlap',
  ),
  refused(
    'a key with two verdicts',
    {
      maps: [
        map({
          elements: [accept, drop].map(({ verdict }) => ({
            key: integer(1),
            data: { kind: 'verdict', verdict },
            origins: [],
          })),
        }),
      ],
    },
    'the elements 1 and 1 overlap',
  ),
  refused(
    'equal concatenations',
    {
      maps: [
        map({
          keyTypes: ['mark', 'mark'],
          elements: [accept, drop].map(({ verdict }) => ({
            key: concatenation(integer(1), integer(2)),
            data: { kind: 'verdict', verdict },
            origins: [],
          })),
        }),
      ],
    },
    'two elements have the key 1 . 2',
  ),
  refused(
    'a port that is none',
    { sets: [set(['inet_service'], [integer(70_000)])] },
    'the number 70000 does not fit type inet_service',
  ),
  refused('a key of numbers', { sets: [set(['integer'], [])] }, 'which no set can be declared with'),
  refused(
    'a key that is too long',
    { sets: [set(['ipv6_addr', 'ipv6_addr', 'ipv6_addr', 'ifname', 'mark'], [])] },
    'a key of 68 bytes, where 64 fit',
  ),
  refused(
    'a named map of addresses and ports',
    {
      maps: [
        map({
          keyTypes: ['ipv4_addr'],
          dataTypes: ['ipv4_addr', 'inet_service'],
          elements: [
            {
              key: addressOf('10.0.0.1'),
              data: { kind: 'value', value: concatenation(addressOf('10.0.0.2'), integer(80)) },
              origins: [],
            },
          ],
        }),
      ],
    },
    'a named map whose data is a concatenation',
  ),
  refused('a reserved word', { chains: [chain('fwd', undefined)] }, 'fwd is a word of the nft language', false),
  refused('a name that is no word', { chains: [chain('a b', undefined)] }, 'nft cannot read the name "a b"', false),
  refused('a name that is too long', { chains: [chain('x'.repeat(256), undefined)] }, 'longer than 255 characters'),
  refused(
    'a set and a map of one name',
    { sets: [set(['mark'], [], { name: 'm' })], maps: [map({})] },
    'two sets or maps named m',
  ),
  refused('two chains of one name', { chains: [chain('c', filter), chain('c', filter)] }, 'two chains named c', false),
  refused(
    'nat in the bridge family',
    { family: 'bridge', chains: [chain('c', baseChain('nat', 'prerouting', 0))] },
    'the bridge family has no chains of type nat',
  ),
  refused(
    'nat at forward',
    { chains: [chain('c', baseChain('nat', 'forward', 0))] },
    'chains of type nat cannot be at the hook forward',
  ),
  refused(
    'nat before conntrack',
    { chains: [chain('c', baseChain('nat', 'prerouting', -200))] },
    'a nat chain at priority -200',
  ),
  refused(
    'route chains elsewhere',
    { chains: [chain('c', baseChain('route', 'input', 0))] },
    'chains of type route cannot be at the hook input',
  ),
  refused(
    'ingress without a device',
    { chains: [chain('c', baseChain('filter', 'ingress', 0))] },
    'the hook ingress needs a device',
  ),
  refused(
    'a translation in a filter chain',
    { chains: [chain('c', early, [nat({})])] },
    'dnat in a chain of type filter',
  ),
  refused(
    'a translation behind a jump from a filter chain',
    { chains: [chain('c', early, [jump('d')]), chain('d', undefined, [nat({})])] },
    'dnat in a chain of type filter',
  ),
  refused('dnat in postrouting', inNat('postrouting', nat({})), 'dnat at the hook postrouting'),
  refused('snat in prerouting', inNat('prerouting', nat({ type: 'snat' })), 'snat at the hook prerouting'),
  refused(
    'masquerade in prerouting',
    inNat('prerouting', nat({ type: 'masquerade', family: undefined, address: undefined })),
    'masquerade at the hook prerouting',
  ),
  refused(
    'dnat without a family in inet',
    inNat('prerouting', nat({ family: undefined })),
    'dnat in inet without ip or ip6',
  ),
  refused('dnat to nothing', inNat('prerouting', nat({ address: undefined })), 'dnat to nothing'),
  refused(
    'a port without a protocol',
    inNat('prerouting', nat({ port: { kind: 'value', value: integer(80) } })),
    'only behind a match of the transport protocol',
  ),
  refused(
    'an address of the other family',
    inNat('prerouting', nat({ address: { kind: 'value', value: addressOf('fe80::1') } })),
    'where type ipv4_addr is needed',
  ),
  refused(
    'a shifted range',
    inNat(
      'prerouting',
      equals(meta('l4proto'), integer(6)),
      nat({ port: { kind: 'value', value: integer(80) }, shiftBase: 8000 }),
    ),
    'cannot shift a range of ports',
    false,
  ),
  refused(
    'bridge ports of iptables',
    rules(equals({ kind: 'physdev', key: 'in' }, interfaceName('eth0'))),
    'no match for bridge ports',
    false,
  ),
  refused(
    'reject in postrouting',
    {
      chains: [chain('c', baseChain('filter', 'postrouting', 0), [{ kind: 'reject', with: 'icmpx', code: undefined }])],
    },
    'reject at the hook postrouting',
  ),
  refused(
    'an abstract code in a table of one family',
    { family: 'ip', ...rules({ kind: 'reject', with: 'icmpx', code: 'no-route' }) },
    'reject with icmpx in a table of family ip',
  ),
  refused(
    'a code of the other family',
    rules({ kind: 'reject', with: 'icmp', code: 'policy-fail' }),
    'none of its codes',
  ),
  refused(
    'a route looked up in output',
    {
      chains: [
        chain('c', baseChain('filter', 'output', 0), [
          equals({ kind: 'fib', flags: ['saddr', 'iif'], result: 'oif' }, integer(0)),
        ]),
      ],
    },
    'a look into the routing tables at the hook output',
  ),
  refused(
    'two network protocols',
    rules(equals(payload('ip', 'saddr'), addressOf('10.0.0.1')), equals(payload('ip6', 'saddr'), addressOf('fe80::1'))),
    'two network protocols, 2 and 10',
  ),
  refused(
    'two transport protocols',
    rules(equals(payload('tcp', 'dport'), integer(1)), equals(payload('udp', 'dport'), integer(1))),
    'two transport protocols, 6 and 17',
  ),
  refused('something behind a verdict', rules(drop, counter), 'a statement (counter) behind one that ends the rule'),
  refused(
    'an original port without a protocol',
    rules(equals(ct('proto-dst', 'original'), integer(80))),
    'only behind a match of the transport protocol',
  ),
  refused(
    'an original address without a direction',
    rules(equals(ct('ip daddr'), addressOf('10.0.0.1'))),
    'ct ip daddr without a direction',
  ),
  refused(
    'a port of ct in a set in place',
    rules(
      equals(meta('l4proto'), integer(6)),
      anyOf(concat(ct('ip daddr', 'original'), ct('proto-dst', 'original')), [
        concatenation(addressOf('10.0.0.1'), integer(80)),
        concatenation(addressOf('10.0.0.1'), integer(81)),
      ]),
    ),
    'use a named set',
    false,
  ),
  refused('an empty set in place', rules(anyOf(meta('mark'), [])), 'an empty set in place'),
  refused('no bits', rules(hasBits(meta('mark'), 0)), 'no bits of a number', false),
  refused(
    'an interface name that nft would misread',
    rules(equals(meta('iifname'), interfaceName('@s'))),
    'for the name of a set',
  ),
  refused(
    'an interface name that is too long',
    rules(equals(meta('iifname'), interfaceName('x'.repeat(16)))),
    'no interface name',
  ),
  refused(
    'a log group with a level',
    rules({ kind: 'log', prefix: undefined, level: 'info', group: 1, flags: [] }),
    'a log group with a level or flags',
  ),
  refused(
    'an addition to a fixed set',
    {
      sets: [set(['ipv4_addr'], [])],
      ...rules({ kind: 'set-update', operation: 'add', set: 's', key: payload('ip', 'saddr'), timeout: undefined }),
    },
    's is not a set that rules can add to',
    false,
  ),
  refused(
    'an assignment of another type',
    rules({ kind: 'assign', target: meta('mark'), value: constant(addressOf('10.0.0.1')) }),
    'where type mark is needed',
    false,
  ),
  refused(
    'a limit of nothing',
    rules({ kind: 'limit', rate: 0, unit: 'second', burst: 5, over: false, of: 'packets' }),
    'a limit of 0',
  ),
];
