import { describe, expect, test } from 'vitest';
import { emitIptables } from '../../../src/backends/iptables/emit.ts';
import { normalizeIptables } from '../../../src/backends/iptables/normal/normalize.ts';
import { parseIptablesSave } from '../../../src/backends/iptables/parse.ts';
import { parseAddress } from '../../../src/net/address.ts';
import { concat, ct, type Expression, meta, payload } from '../../../src/ruleset/expression.ts';
import type { BaseChain, Chain, Rule, Ruleset, Table } from '../../../src/ruleset/ruleset.ts';
import type { NamedSet } from '../../../src/ruleset/set.ts';
import {
  accept,
  anyOf,
  counter,
  drop,
  equals,
  hasBits,
  inSet,
  jump,
  type Statement,
} from '../../../src/ruleset/statement.ts';
import { addressValue, integer, interfaceName, type Scalar } from '../../../src/ruleset/value.ts';
import { rulesetOf, tableOf, writeStatements } from './reading.ts';

function address(text: string): Scalar {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(text);
  return addressValue(parsed);
}

const rule = (...statements: readonly Statement[]): Rule => ({ statements, origins: [] });
const limit: Statement = { kind: 'limit', rate: 1, unit: 'second', burst: 5, over: false, of: 'packets' };
const log: Statement = { kind: 'log', prefix: 'x', level: undefined, group: undefined, flags: [] };
const port = (number: number): Statement => equals(payload('tcp', 'dport'), integer(number));
const source = equals(payload('ip', 'saddr'), address('10.0.0.1'));

describe('canonical forms', () => {
  test.each<readonly [title: string, statements: readonly Statement[], words: string]>([
    ['headers imply their protocol', [port(80), accept], '-p tcp -m tcp --dport 80 -j ACCEPT'],
    [
      'a reset implies TCP',
      [{ kind: 'reject', with: 'tcp-reset', code: undefined }],
      '-p tcp -j REJECT --reject-with tcp-reset',
    ],
    [
      'icmpx is the code of the family',
      [{ kind: 'reject', with: 'icmpx', code: 'host-unreachable' }],
      '-j REJECT --reject-with icmp-host-unreachable',
    ],
    ['nfproto of the family holds anyway', [equals(meta('nfproto'), integer(2)), accept], '-j ACCEPT'],
    ['the protocol field', [equals(payload('ip', 'protocol'), integer(17)), accept], '-p udp -j ACCEPT'],
    ['one state as a value', [equals(ct('state'), integer(8)), accept], '-m conntrack --ctstate NEW -j ACCEPT'],
    [
      'any of some flags',
      [hasBits(payload('tcp', 'flags'), 6), drop],
      '-p tcp -m tcp ! --tcp-flags SYN,RST NONE -j DROP',
    ],
    ['any of some mark bits', [hasBits(meta('mark'), 6), drop], '-m mark ! --mark 0x0/0x6 -j DROP'],
    ['a set of one', [anyOf(payload('ip', 'saddr'), [address('10.0.0.1')]), drop], '-s 10.0.0.1 -j DROP'],
    [
      'a set of one port',
      [anyOf(payload('udp', 'dport'), [integer(53)]), drop],
      '-p udp -m multiport --dports 53 -j DROP',
    ],
    [
      'a second address',
      [source, { ...source, operator: '!=' } as Statement, accept],
      '-s 10.0.0.1 -m iprange ! --src-range 10.0.0.1-10.0.0.1 -j ACCEPT',
    ],
    ['the same address twice', [source, source, accept], '-s 10.0.0.1 -j ACCEPT'],
    [
      'basics come first',
      [hasBits(ct('state'), 8), source, accept],
      '-s 10.0.0.1 -m conntrack --ctstate NEW -j ACCEPT',
    ],
    ['counters come last', [counter, source, accept], '-s 10.0.0.1 -j ACCEPT'],
    ['going on needs no target', [source, { kind: 'verdict', verdict: { kind: 'continue' } }], '-s 10.0.0.1'],
  ])('%s', (_title, statements, words) => {
    expect(writeStatements(statements)).toBe(words);
  });

  test('counters stand in front', () => {
    const { v4 } = emitIptables(rulesetOf(tableOf([rule(source, { kind: 'counter', packets: 3, bytes: 4 }, drop)])));
    expect(v4).toBe('*filter\n:FORWARD ACCEPT [0:0]\n:C - [0:0]\n[3:4] -A FORWARD -s 10.0.0.1 -j DROP\nCOMMIT\n');
  });

  test('comments hold text and policy lines', () => {
    const commented: Rule = {
      statements: [drop],
      comment: 'a "b"',
      origins: [
        { file: 'edge.ctfw', line: 3 },
        { file: 'edge.ctfw', line: 9 },
      ],
    };
    const { v4 } = emitIptables(rulesetOf(tableOf([commented])));
    expect(v4).toContain('-A FORWARD -m comment --comment "a \\"b\\"; edge.ctfw:3, edge.ctfw:9" -j DROP\n');
    expect(normalizeIptables(rulesetOf(tableOf([commented]))).tables[0]?.chains[0]?.rules).toEqual([commented]);
  });

  test('a comment that is too long keeps whole places', () => {
    const origins = Array.from({ length: 50 }, (_unused, index) => ({ file: 'edge.ctfw', line: 1000 + index }));
    const [normal] = normalizeIptables(
      rulesetOf(tableOf([{ statements: [], origins, comment: 'x'.repeat(300) }])),
    ).tables;
    const [first] = normal?.chains[0]?.rules ?? [];
    expect(first?.comment).toBe('x'.repeat(127));
    expect(first?.origins).toEqual(origins.slice(0, 7));
  });
});

describe('what cannot be said', () => {
  const map: Expression = {
    kind: 'map',
    key: meta('mark'),
    map: { kind: 'named', name: 'targets' },
  };
  test.each<readonly [title: string, statements: readonly Statement[], problem: string]>([
    ['a named set', [inSet(payload('ip', 'saddr'), 'blocked'), drop], 'CTFW8150 iptables has no sets, here blocked'],
    [
      'a verdict map',
      [{ kind: 'vmap', key: meta('iifname'), map: { kind: 'named', name: 'ways' } }],
      'CTFW8150 iptables has no verdict maps, here ways',
    ],
    ['a map', [{ kind: 'assign', target: meta('mark'), value: map }], 'CTFW8150 iptables has no maps'],
    [
      'a set that rules fill',
      [{ kind: 'set-update', operation: 'add', set: 'seen', key: payload('ip', 'saddr'), timeout: undefined }],
      'CTFW8150 iptables has no sets, here seen',
    ],
    [
      'several addresses',
      [anyOf(payload('ip', 'saddr'), [address('10.0.0.1'), address('10.0.0.2')]), drop],
      'CTFW8150 iptables has no such list of values',
    ],
    [
      'too many ports',
      [
        anyOf(
          payload('tcp', 'dport'),
          Array.from({ length: 16 }, (_unused, index) => integer(index)),
        ),
        drop,
      ],
      'CTFW8150 iptables has no such list of values',
    ],
    [
      'a concatenation',
      [
        equals(concat(payload('ip', 'saddr'), payload('tcp', 'dport')), {
          kind: 'concatenation',
          parts: [address('10.0.0.1'), integer(80)],
        }),
        drop,
      ],
      'CTFW8152 iptables cannot say this comparison',
    ],
    [
      'ports of any protocol',
      [equals(payload('th', 'dport'), integer(80)), drop],
      'CTFW8152 iptables cannot say this comparison',
    ],
    [
      'ports of a protocol that is excluded',
      [{ ...equals(meta('l4proto'), integer(6)), operator: '!=' } as Statement, port(80), drop],
      'CTFW8152 iptables cannot say this comparison',
    ],
    [
      'a header of another family',
      [equals(payload('ip6', 'saddr'), address('fd00::1')), drop],
      'CTFW8152 iptables cannot say this comparison',
    ],
    [
      'two interfaces',
      [equals(meta('iifname'), interfaceName('a')), equals(meta('iifname'), interfaceName('b*')), drop],
      'CTFW8152 iptables cannot say this comparison',
    ],
    [
      'an interface that ends in +',
      [equals(meta('iifname'), interfaceName('a+')), drop],
      'CTFW8152 iptables cannot say this comparison',
    ],
    ['an inverted limit', [{ ...limit, over: true } as Statement, drop], 'CTFW8152 iptables cannot say this limit'],
    [
      'a limit before an address',
      [limit, source, drop],
      'CTFW8153 addresses, interfaces and the protocol are compared before this, not after it',
    ],
    ['two actions', [source, log, drop], 'CTFW8153 a rule acts only once, at its end'],
    ['a comparison behind an action', [log, source], 'CTFW8153 a rule acts only once, at its end'],
    [
      'ports without a protocol',
      [
        {
          kind: 'nat',
          type: 'dnat',
          family: 'ip',
          address: { kind: 'value', value: address('10.0.0.1') },
          port: { kind: 'value', value: integer(80) },
          shiftBase: undefined,
          flags: [],
        },
      ],
      'CTFW8152 iptables cannot say this nat',
    ],
    ['a long log prefix', [{ ...log, prefix: 'x'.repeat(30) } as Statement], 'CTFW8152 iptables cannot say this log'],
    [
      'a log prefix of two lines',
      [{ ...log, prefix: 'x\n-A FORWARD -j ACCEPT' } as Statement],
      'CTFW8152 iptables cannot say this log',
    ],
    [
      'unknown text of two lines',
      [{ kind: 'unknown', text: '-m x\n-j ACCEPT', effect: 'match' }],
      'CTFW8152 iptables cannot say this unknown',
    ],
  ])('%s', (_title, statements, problem) => {
    expect(writeStatements(statements)).toBe(problem);
  });

  test('unknown statements of nftables', () => {
    const table = tableOf(
      [rule({ kind: 'unknown', text: '-m recent --set', effect: 'match' }, drop)],
      'ip',
      'nftables',
    );
    expect(emitIptables(rulesetOf(table)).diagnostics.map(({ code }) => code)).toEqual(['CTFW8152']);
  });

  test('nothing at all is written, and every problem is named with its place', () => {
    const first: Rule = {
      statements: [inSet(payload('ip', 'saddr'), 'a'), drop],
      origins: [{ file: 'p.ctfw', line: 7 }],
    };
    const written = emitIptables(rulesetOf(tableOf([first, rule(accept), rule(limit, source, drop)])));
    expect([written.v4, written.v6, written.bridge]).toEqual(['', '', undefined]);
    expect(written.diagnostics.map((diagnostic) => [diagnostic.code, diagnostic.span.file.name])).toEqual([
      ['CTFW8150', 'ip filter FORWARD rule 1 (p.ctfw:7)'],
      ['CTFW8153', 'ip filter FORWARD rule 3'],
    ]);
  });

  const set: NamedSet = {
    kind: 'set',
    name: 'blocked',
    keyTypes: ['ipv4_addr'],
    interval: false,
    counter: false,
    autoMerge: false,
    dynamic: false,
    timeout: undefined,
    elements: [],
  };
  const own: BaseChain = { type: 'filter', hook: 'forward', priority: 5, policy: 'accept', devices: [] };
  test.each<readonly [title: string, table: Table, codes: readonly string[]]>([
    ['an inet table', { ...tableOf([]), family: 'inet' }, ['CTFW8151']],
    ['a table of another name', { ...tableOf([]), name: 'ctfw', chains: [] }, ['CTFW8151']],
    ['a set', { ...tableOf([]), sets: [set] }, ['CTFW8150']],
    ['a hook of its own', { ...tableOf([]), chains: [{ name: 'mine', base: own, rules: [] }] }, ['CTFW8151']],
    ['another priority', { ...tableOf([]), chains: [{ name: 'FORWARD', base: own, rules: [] }] }, ['CTFW8151']],
    ['a name with a blank', { ...tableOf([]), chains: [{ name: 'a b', base: undefined, rules: [] }] }, ['CTFW8154']],
    ['a long name', { ...tableOf([]), chains: [{ name: 'x'.repeat(29), base: undefined, rules: [] }] }, ['CTFW8154']],
    [
      'the name of a target',
      { ...tableOf([]), chains: [{ name: 'ACCEPT', base: undefined, rules: [] }] },
      ['CTFW8154'],
    ],
  ])('%s', (_title, table, codes) => {
    expect(emitIptables(rulesetOf(table)).diagnostics.map(({ code }) => code)).toEqual(codes);
  });
});

describe('own chains', () => {
  const base: BaseChain = { type: 'filter', hook: 'forward', priority: 0, policy: 'accept', devices: [] };
  const tableWith = (...chains: readonly Chain[]): Ruleset =>
    rulesetOf({ family: 'ip', name: 'filter', engine: 'iptables-nft', chains, sets: [], maps: [] });
  const forward = (...rules: readonly Rule[]): Chain => ({ name: 'FORWARD', base, rules });
  const chain = (name: string, ...rules: readonly Rule[]): Chain => ({ name, base: undefined, rules });
  const wanted = tableWith(forward(rule(jump('CTFW-F'))), chain('CTFW-F', rule(source, drop)));
  const present = (text: string): Ruleset =>
    parseIptablesSave(text, 'host', { family: 'ip', engine: 'iptables-nft' }).ruleset;
  const write = (ruleset: Ruleset, host?: string): string =>
    emitIptables(ruleset, { ownChains: 'CTFW-', ...(host === undefined ? {} : { present: present(host) }) }).v4;

  test('are declared and filled, and jumped to first', () => {
    expect(write(wanted)).toBe(
      '*filter\n:CTFW-F - [0:0]\n-I FORWARD -j CTFW-F\n-A CTFW-F -s 10.0.0.1 -j DROP\nCOMMIT\n',
    );
  });

  test('a jump that is in place stays', () => {
    const host = '*filter\n:FORWARD DROP [0:0]\n:CTFW-F - [0:0]\n-A FORWARD -j CTFW-F\n-A FORWARD -j DROP\nCOMMIT\n';
    expect(write(wanted, host)).toBe('*filter\n:CTFW-F - [0:0]\n-A CTFW-F -s 10.0.0.1 -j DROP\nCOMMIT\n');
  });

  test('a jump that others have moved, or that is there twice, is put right', () => {
    const start = '*filter\n:FORWARD DROP [0:0]\n:CTFW-F - [0:0]\n';
    const again =
      '*filter\n:CTFW-F - [0:0]\n-D FORWARD -j CTFW-F\n-I FORWARD -j CTFW-F\n-A CTFW-F -s 10.0.0.1 -j DROP\nCOMMIT\n';
    expect(write(wanted, `${start}-A FORWARD -j DROP\n-A FORWARD -j CTFW-F\nCOMMIT\n`)).toBe(again);
    expect(write(wanted, `${start}-A FORWARD -j CTFW-F\n-A FORWARD -j CTFW-F\nCOMMIT\n`)).toBe(
      again.replace('-D FORWARD -j CTFW-F\n', '-D FORWARD -j CTFW-F\n-D FORWARD -j CTFW-F\n'),
    );
  });

  test('chains that are no longer wanted go, and nothing else', () => {
    const host =
      '*filter\n:FORWARD DROP [0:0]\n:CTFW-OLD - [0:0]\n:DOCKER - [0:0]\n-A FORWARD -i br0 -j CTFW-OLD\n-A DOCKER -j DROP\nCOMMIT\n';
    expect(write(wanted, host)).toBe(
      '*filter\n:CTFW-F - [0:0]\n:CTFW-OLD - [0:0]\n-D FORWARD -i br0 -j CTFW-OLD\n-I FORWARD -j CTFW-F\n-A CTFW-F -s 10.0.0.1 -j DROP\n-X CTFW-OLD\nCOMMIT\n',
    );
    expect(write(rulesetOf(), host)).toBe(
      '*filter\n:CTFW-OLD - [0:0]\n-D FORWARD -i br0 -j CTFW-OLD\n-X CTFW-OLD\nCOMMIT\n',
    );
  });

  test('a host without our chains is left alone when nothing is wanted', () => {
    expect(write(rulesetOf(), '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -j DROP\nCOMMIT\n')).toBe('');
  });

  test.each<readonly [title: string, ruleset: Ruleset]>([
    ['a chain of others', tableWith(chain('DOCKER-USER'))],
    ['a rule in a built-in chain', tableWith(forward(rule(source, drop)))],
    ['a jump to a chain of others', tableWith(forward(rule(jump('DOCKER'))))],
  ])('%s is refused', (_title, ruleset) => {
    const written = emitIptables(ruleset, { ownChains: 'CTFW-' });
    expect([written.v4, written.diagnostics.map(({ code }) => code)]).toEqual(['', ['CTFW8155']]);
  });
});
