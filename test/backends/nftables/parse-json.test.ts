import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseNftJson } from '../../../src/backends/nftables/parse-json.ts';
import { ct, masked, meta, payload } from '../../../src/ruleset/expression.ts';
import type { Table } from '../../../src/ruleset/ruleset.ts';
import { differs, equals, hasBits, lacksBits, type Statement } from '../../../src/ruleset/statement.ts';
import { integer, interfaceName, rangeValue } from '../../../src/ruleset/value.ts';
import { positionAt } from '../../../src/source/span.ts';
import { addressOf } from '../../support/sample-ruleset.ts';

const place = { family: 'inet', table: 't' };
const table = { table: { family: 'inet', name: 't' } };
const chain = { chain: { ...place, name: 'c' } };

/** The only table of a listing, and the codes of what was said about it. */
function read(...objects: readonly unknown[]): {
  readonly table: Table | undefined;
  readonly codes: readonly string[];
} {
  const { ruleset, diagnostics } = parseNftJson(JSON.stringify({ nftables: objects }), 'listing');
  return { table: ruleset.tables[0], codes: diagnostics.map(({ code }) => code) };
}

function statements(...expr: readonly unknown[]): readonly Statement[] {
  const { table: parsed } = read(table, chain, { rule: { ...place, chain: 'c', expr } });
  return parsed?.chains[0]?.rules[0]?.statements ?? [];
}

const match = (op: string | undefined, left: unknown, right: unknown): unknown => ({ match: { op, left, right } });
const state = { ct: { key: 'state' } };
const dport = { payload: { protocol: 'tcp', field: 'dport' } };

describe('comparisons', () => {
  const fib = { fib: { result: 'oif', flags: ['saddr', 'iif'] } };
  const route = { kind: 'fib', flags: ['saddr', 'iif'], result: 'oif' } as const;
  const cases: readonly (readonly [string, unknown, Statement])[] = [
    ['flags in a list are bits', match('in', state, ['established', 'related']), hasBits(ct('state'), 6)],
    ['one flag is a bit', match('in', state, 'new'), hasBits(ct('state'), 8)],
    ['without an operator, too', match(undefined, state, 'new'), hasBits(ct('state'), 8)],
    ['none of the bits', match('!', { ct: { key: 'status' } }, 'dnat'), lacksBits(ct('status'), 32)],
    ['exactly a flag', match('==', state, 'new'), equals(ct('state'), integer(8))],
    ['exactly several', match('!=', state, { '|': ['established', 'new'] }), differs(ct('state'), integer(10))],
    ['in, of other types, is equality', match('in', dport, 80), equals(payload('tcp', 'dport'), integer(80))],
    ['no route', match('==', fib, false), equals(route, integer(0))],
    ['a route', match('==', fib, true), differs(route, integer(0))],
    ['not no route', match('!=', fib, false), differs(route, integer(0))],
    [
      'names of protocols',
      match('==', { meta: { key: 'l4proto' } }, 'ipv6-icmp'),
      equals(meta('l4proto'), integer(58)),
    ],
    ['interfaces by index', match('==', { meta: { key: 'iif' } }, '7'), equals(meta('iif'), integer(7))],
    ['interfaces by name', match('==', { meta: { key: 'iif' } }, 'lo'), equals(meta('iif'), interfaceName('lo'))],
    [
      'numbers of a type that nft lost',
      match('==', { ct: { key: 'proto-dst', dir: 'original' } }, '0x50 [invalid type]'),
      equals(ct('proto-dst', 'original'), integer(80)),
    ],
    [
      'prefixes of marks',
      match('==', { meta: { key: 'mark' } }, { prefix: { addr: 0x100, len: 24 } }),
      equals(meta('mark'), rangeValue(integer(0x100), integer(0x1ff))),
    ],
    [
      'a masked address that is a prefix',
      match('==', { '&': [{ payload: { protocol: 'ip', field: 'saddr' } }, '255.0.255.0'] }, '10.0.1.0'),
      equals(masked(payload('ip', 'saddr'), addressOf('255.0.255.0')), addressOf('10.0.1.0')),
    ],
  ];
  test.each(cases)('%s', (_, json, expected) => {
    expect(statements(json)).toEqual([expected]);
  });

  test('two ports in one', () => {
    const ports = { payload: { base: 'th', offset: 0, len: 32 } };
    expect(statements(match('==', ports, 0x0007_0050))).toEqual([
      equals(payload('th', 'sport'), integer(7)),
      equals(payload('th', 'dport'), integer(80)),
    ]);
  });

  test('a range that ends before it starts is two comparisons', () => {
    const order = (operator: '>' | '<=', value: number): Statement => ({
      kind: 'match',
      left: payload('tcp', 'dport'),
      operator,
      right: { kind: 'value', value: integer(value) },
    });
    expect(statements(match('==', dport, { range: [90, 80] }))).toEqual([order('>', 89), order('<=', 80)]);
    expect(statements(match('!=', dport, { range: [90, 80] }))).toEqual([order('<=', 89), order('>', 80)]);
  });
});

describe('what the model lacks is kept as it is', () => {
  const cases: readonly (readonly [string, unknown, 'match' | 'effect' | 'none'])[] = [
    ['named counters only count', { counter: 'hits' }, 'none'],
    ['named limits', { limit: 'slow' }, 'match'],
    ['quotas', { quota: { val: 1, val_unit: 'mbytes' } }, 'match'],
    ['matches of iptables', { xt: { type: 'match', name: 'u32' } }, 'match'],
    ['comments of iptables', { xt: { type: 'match', name: 'comment' } }, 'none'],
    ['targets of iptables', { xt: { type: 'target', name: 'DNAT' } }, 'effect'],
    ['whatever iptables hides', { xt: null }, 'effect'],
    [
      'clamping',
      { mangle: { key: { 'tcp option': { name: 'maxseg', field: 'size' } }, value: { rt: { key: 'mtu' } } } },
      'none',
    ],
    ['other changes', { mangle: { key: { meta: { key: 'mark' } }, value: { rt: { key: 'mtu' } } } }, 'effect'],
    ['packets that are handed on', { fwd: { dev: 'eth0' } }, 'effect'],
    ['unknown names', match('==', dport, 'no-such-service'), 'match'],
    ['sets that are not there', match('==', dport, '@absent'), 'match'],
    ['maps that are not there', { vmap: { key: dport, data: '@absent' } }, 'effect'],
    ['chains that are not there', { jump: { target: 'absent' } }, 'effect'],
    ['limits inside of elements', { set: { op: 'add', elem: dport, set: '@absent', stmt: [{ limit: {} }] } }, 'match'],
    ['numbers that are not exact', match('==', { ct: { key: 'bytes' } }, 2 ** 60), 'match'],
    ['names with a real star', match('==', { meta: { key: 'iifname' } }, 'eth\\*'), 'match'],
    ['times of day, which depend on the zone', match('==', { meta: { key: 'hour' } }, '01:00'), 'match'],
    ['more than one key', { accept: null, drop: null }, 'effect'],
    ['no object', 'accept', 'effect'],
  ];
  test.each(cases)('%s', (_, json, effect) => {
    expect(statements(json)).toEqual([{ kind: 'unknown', text: JSON.stringify(json), effect }]);
  });
});

test('a set that cannot be read makes what looks into it unknown, and is named', () => {
  const set = { set: { ...place, name: 's', type: 'mark', elem: ['what?'] } };
  const lookup = match('==', { meta: { key: 'mark' } }, '@s');
  const { table: parsed, codes } = read(table, set, chain, { rule: { ...place, chain: 'c', expr: [lookup] } });
  expect(codes).toEqual(['CTFW8005']);
  expect(parsed?.sets).toEqual([]);
  expect(parsed?.chains[0]?.rules[0]?.statements).toEqual([
    { kind: 'unknown', text: JSON.stringify(lookup), effect: 'match' },
  ]);
});

test('objects beside tables, chains, rules, sets and maps are mentioned once a kind', () => {
  const counter = (name: string): unknown => ({ counter: { ...place, name, packets: 0, bytes: 0 } });
  expect(read(table, counter('a'), counter('b'), { flowtable: { ...place, name: 'f' } }).codes).toEqual([
    'CTFW8006',
    'CTFW8006',
  ]);
});

test('a set that rules add to is dynamic, and its contents are of no account', () => {
  const set = { set: { ...place, name: 's', type: 'ipv4_addr', timeout: 60, flags: ['timeout'], elem: ['10.0.0.1'] } };
  const update = { set: { op: 'add', elem: { payload: { protocol: 'ip', field: 'saddr' } }, set: '@s' } };
  const { table: parsed } = read(table, set, chain, { rule: { ...place, chain: 'c', expr: [update] } });
  expect(parsed?.sets[0]).toMatchObject({ dynamic: true, timeout: 60, elements: [] });
});

test('elements keep their comments; their counts and ages are of a moment', () => {
  const elem = [
    { elem: { val: 7, comment: 'edge.ctfw:3', counter: { packets: 5, bytes: 9 }, timeout: 5, expires: 2 } },
  ];
  const set = { set: { ...place, name: 's', type: 'mark', stmt: [{ counter: null }], elem } };
  expect(read(table, set).table?.sets[0]?.elements).toEqual([
    { value: integer(7), origins: [{ file: 'edge.ctfw', line: 3 }] },
  ]);
});

test('tables of iptables-nft are told by their names', () => {
  const base = {
    family: 'ip',
    table: 'nat',
    name: 'OUTPUT',
    type: 'nat',
    hook: 'output',
    prio: -100,
    policy: 'accept',
  };
  expect(read({ table: { family: 'ip', name: 'nat' } }, { chain: base }).table?.engine).toBe('iptables-nft');
  expect(read({ table: { family: 'ip', name: 'nat' } }, { chain: { ...base, name: 'out' } }).table?.engine).toBe(
    'nftables',
  );
});

test('priorities may have names', () => {
  const base = (prio: unknown): unknown => ({ chain: { ...place, name: `c`, type: 'filter', hook: 'input', prio } });
  const priority = (prio: unknown): unknown => read(table, base(prio)).table?.chains[0]?.base?.priority;
  expect(['filter', 'raw', 'srcnat + 5', 'dstnat - 1', 7].map(priority)).toEqual([0, -300, 105, -101, 7]);
});

describe('documents of commands', () => {
  const add = (thing: unknown): unknown => ({ add: thing });
  const verdict = (name: 'accept' | 'drop'): unknown => ({ rule: { ...place, chain: 'c', expr: [{ [name]: null }] } });
  const kinds = (parsed: Table | undefined): readonly unknown[] =>
    (parsed?.chains[0]?.rules ?? []).map(({ statements: [first] }) => first?.kind === 'verdict' && first.verdict.kind);

  test('rules are added and inserted', () => {
    const { table: parsed, codes } = read(add(table), add(chain), add(verdict('accept')), { insert: verdict('drop') });
    expect(codes).toEqual([]);
    expect(kinds(parsed)).toEqual(['drop', 'accept']);
  });

  test('what is flushed or deleted is gone', () => {
    const fill = [add(table), add(chain), add(verdict('accept'))];
    expect(kinds(read(...fill, { flush: table }, add(verdict('drop'))).table)).toEqual(['drop']);
    expect(kinds(read(...fill, { flush: { chain: { ...place, name: 'c' } } }).table)).toEqual([]);
    expect(read(...fill, { delete: table }, add(table)).table?.chains).toEqual([]);
    expect(read(...fill, { flush: { ruleset: null } }).table).toBe(undefined);
  });

  test('elements are added to their sets', () => {
    const set = { set: { ...place, name: 's', type: 'mark', elem: [1] } };
    const parsed = read(add(table), add(set), add({ element: { ...place, name: 's', elem: [2] } })).table;
    expect(parsed?.sets[0]?.elements.map(({ value }) => value)).toEqual([integer(1), integer(2)]);
  });

  test('what depends on the host is said', () => {
    const unclear = [
      { replace: { rule: { ...place, chain: 'c', handle: 5, expr: [] } } },
      { delete: { rule: { ...place, chain: 'c', handle: 5 } } },
      { rename: { chain: { ...place, name: 'c', newname: 'd' } } },
      { add: { rule: { ...place, chain: 'c', index: 1, expr: [] } } },
    ];
    for (const command of unclear) expect(read(add(table), add(chain), command).codes).toEqual(['CTFW8004']);
  });
});

describe('what is malformed is said, with its place', () => {
  const said = (text: string): readonly unknown[] =>
    parseNftJson(text, 'broken').diagnostics.map(({ code, span }) => [code, positionAt(span.file, span.start)]);

  test('text that is not JSON', () => {
    expect(said('{"nftables": [\n  {"table": nonsense}]}')).toEqual([['CTFW8001', { line: 2, column: 13 }]]);
    expect(said('{"nftables": [')).toEqual([['CTFW8001', { line: 1, column: 15 }]]);
    expect(said('')).toEqual([['CTFW8001', { line: 1, column: 1 }]]);
  });

  test('JSON that is something else', () => {
    for (const text of ['{}', '[]', '3', 'null', '{"nftables": {}}'])
      expect(said(text)).toEqual([['CTFW8002', { line: 1, column: 1 }]]);
  });

  test('objects that cannot be placed', () => {
    const text = `{"metainfo": ["x", {"nftables": [1]}],
 "nftables": [
  {"table": {"family": "ip", "name": "a,]}\\""}},
  {"rule": {"family": "ip", "table": "b", "chain": "c", "expr": []}},
  7,
  {"chain": {"family": "ip", "table": "a,]}\\"", "name": "c", "type": "filter", "hook": "nowhere", "prio": 0}}
 ]}`;
    expect(said(text)).toEqual([
      ['CTFW8003', { line: 4, column: 3 }],
      ['CTFW8003', { line: 5, column: 3 }],
      ['CTFW8003', { line: 6, column: 3 }],
    ]);
  });

  test('no more than a hundred times', () => {
    expect(said(JSON.stringify({ nftables: new Array(500).fill({}) }))).toHaveLength(100);
  });
});

test('deep nesting is neither followed nor kept', () => {
  const deep = `${'{"&":['.repeat(50_000)}1${',2]}'.repeat(50_000)}`;
  const text = `{"nftables":[${JSON.stringify(table)},${JSON.stringify(chain)},{"rule":{"family":"inet","table":"t","chain":"c","expr":[{"match":{"op":"==","left":${deep},"right":1}}]}}]}`;
  const parsed = parseNftJson(text, 'deep').ruleset.tables[0]?.chains[0]?.rules[0]?.statements;
  expect(parsed).toEqual([{ kind: 'unknown', text: '"nested too deeply"', effect: 'match' }]);
});

test('nothing that anyone gives makes it throw', () => {
  const words = fc.constantFrom(
    'match',
    'left',
    'right',
    'op',
    'payload',
    'protocol',
    'field',
    'tcp',
    'dport',
    'set',
    'elem',
    'val',
    'map',
    'vmap',
    'concat',
    'range',
    'prefix',
    'addr',
    'len',
    'meta',
    'key',
    'ct',
    'dir',
    '@s',
    'mark',
    'fib',
    'result',
    'flags',
    'dnat',
    'port',
    'limit',
    'rate',
    'log',
    'reject',
    'type',
    'expr',
    '__proto__',
    'constructor',
    'jhash',
    'mod',
    'xt',
    '&',
    '|',
  );
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom<unknown>(null, true, 0, 80, -1, 1.5, 2 ** 60, '10.0.0.1', '==', 'in', '!'),
      words,
      fc.dictionary(words, tie('json'), { maxKeys: 3 }),
      fc.array(tie('json'), { maxLength: 3 }),
    ),
  }));
  fc.assert(
    fc.property(json, json, (set, expr) => {
      const objects = [
        table,
        chain,
        { set: { ...place, name: 's', type: 'mark', elem: set } },
        { rule: { ...place, chain: 'c', expr: [expr] } },
        set,
        { add: set },
        { add: expr },
      ];
      const { ruleset } = parseNftJson(JSON.stringify({ nftables: objects }), 'random');
      expect(ruleset.tables.length).toBeLessThanOrEqual(3);
    }),
    { numRuns: 500 },
  );
});
