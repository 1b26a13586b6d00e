import { expect, test } from 'vitest';
import { emitJson, withMetainfo } from '../../../src/backends/nftables/emit-json.ts';
import { constant, meta, payload } from '../../../src/ruleset/expression.ts';
import type { Table } from '../../../src/ruleset/ruleset.ts';
import { RulesetError } from '../../../src/ruleset/ruleset-error.ts';
import { counter, differs, drop, equals, type Statement } from '../../../src/ruleset/statement.ts';
import { integer } from '../../../src/ruleset/value.ts';
import { baseChain, plainCollection, rule, sampleRuleset } from '../../support/sample-ruleset.ts';

const expected = `{"nftables": [
{"metainfo":{"ctfw":"test"}},
{"add":{"table":{"family":"inet","name":"ctfw"}}},
{"delete":{"table":{"family":"inet","name":"ctfw"}}},
{"add":{"table":{"family":"inet","name":"ctfw","comment":"made by hand"}}},
{"add":{"chain":{"family":"inet","table":"ctfw","name":"forward","type":"filter","hook":"forward","prio":-5,"policy":"drop"}}},
{"add":{"chain":{"family":"inet","table":"ctfw","name":"translate","type":"nat","hook":"prerouting","prio":-101,"policy":"accept"}}},
{"add":{"chain":{"family":"inet","table":"ctfw","name":"network"}}},
{"add":{"set":{"family":"inet","table":"ctfw","name":"allowed","type":["ipv4_addr","inet_proto","inet_service"],"flags":["interval"],"stmt":[{"counter":null}],"elem":[
  {"elem":{"val":{"concat":[{"prefix":{"addr":"10.0.0.0","len":8}},"tcp",{"range":[80,90]}]},"comment":"edge.ctfw:3, edge.ctfw:4"}},
  {"concat":["192.168.1.1","udp",53]}
]}}},
{"add":{"set":{"family":"inet","table":"ctfw","name":"recent","type":"ipv6_addr","flags":["timeout"],"timeout":60}}},
{"add":{"map":{"family":"inet","table":"ctfw","name":"targets","type":["inet_proto","ipv4_addr","inet_service"],"map":"ipv4_addr","elem":[
  [{"elem":{"val":{"concat":["tcp","203.0.113.1",8080]},"comment":"web; edge.ctfw:7"}},"10.1.0.2"]
]}}},
{"add":{"map":{"family":"inet","table":"ctfw","name":"by-network","type":"ifname","map":"verdict","elem":[
  ["br0",{"jump":{"target":"network"}}]
]}}},
{"add":{"rule":{"family":"inet","table":"ctfw","chain":"forward","comment":"edge.ctfw:1","expr":[{"match":{"op":"in","left":{"ct":{"key":"state"}},"right":["established","related"]}},{"counter":{"packets":0,"bytes":0}},{"accept":null}]}}},
{"add":{"rule":{"family":"inet","table":"ctfw","chain":"forward","comment":"edge.ctfw:2","expr":[{"match":{"op":"!","left":{"ct":{"key":"status"}},"right":"dnat"}},{"match":{"op":"==","left":{"meta":{"key":"mark"}},"right":16}},{"drop":null}]}}},
{"add":{"rule":{"family":"inet","table":"ctfw","chain":"forward","comment":"edge.ctfw:3","expr":[{"vmap":{"key":{"meta":{"key":"oifname"}},"data":"@by-network"}}]}}},
{"add":{"rule":{"family":"inet","table":"ctfw","chain":"translate","comment":"edge.ctfw:5","expr":[{"match":{"op":"==","left":{"fib":{"result":"type","flags":["daddr"]}},"right":"local"}},{"dnat":{"family":"ip","addr":{"map":{"key":{"concat":[{"meta":{"key":"l4proto"}},{"payload":{"protocol":"ip","field":"daddr"}},{"payload":{"protocol":"th","field":"dport"}}]},"data":"@targets"}}}}]}}},
{"add":{"rule":{"family":"inet","table":"ctfw","chain":"network","comment":"edge.ctfw:6","expr":[{"match":{"op":"==","left":{"concat":[{"payload":{"protocol":"ip","field":"saddr"}},{"meta":{"key":"l4proto"}},{"payload":{"protocol":"th","field":"dport"}}]},"right":"@allowed"}},{"mangle":{"key":{"meta":{"key":"mark"}},"value":{"|":[{"meta":{"key":"mark"}},4]}}}]}}},
{"add":{"rule":{"family":"inet","table":"ctfw","chain":"network","comment":"edge.ctfw:7","expr":[{"set":{"op":"update","elem":{"elem":{"val":{"payload":{"protocol":"ip6","field":"saddr"}},"timeout":30}},"set":"@recent"}},{"limit":{"rate":10,"burst":20,"per":"second"}},{"log":{"prefix":"denied: ","level":"info","flags":["tcp sequence","ip options"]}},{"reject":{"type":"icmpv6","expr":"admin-prohibited"}}]}}},
{"add":{"rule":{"family":"inet","table":"ctfw","chain":"network","comment":"edge.ctfw:8","expr":[{"mangle":{"key":{"ct":{"key":"mark"}},"value":1}},{"match":{"op":"==","left":{"meta":{"key":"l4proto"}},"right":"tcp"}},{"reject":{"type":"tcp reset"}}]}}}
]}
`;

test('a ruleset is one document of commands', () => {
  expect(emitJson(sampleRuleset, { metainfo: { ctfw: 'test' } })).toBe(expected);
});

const table: Table = { family: 'inet', name: 'ctfw', engine: 'nftables', chains: [], sets: [], maps: [] };

/** The commands of a document behind its head. */
function commands(document: string): readonly unknown[] {
  const parsed: { readonly nftables: readonly unknown[] } = JSON.parse(document);
  return parsed.nftables.slice(1);
}

test('in place, base chains that stay are not deleted, and all else is', () => {
  const existing: Table = {
    ...table,
    chains: [
      { name: 'stays', base: baseChain('filter', 'input', -5), rules: [rule(1, drop)] },
      { name: 'moves', base: baseChain('filter', 'input', -6), rules: [] },
      { name: 'regular', base: undefined, rules: [] },
    ],
    sets: [{ ...plainCollection, kind: 'set', name: 's', keyTypes: ['mark'], elements: [] }],
    maps: [{ ...plainCollection, kind: 'map', name: 'm', keyTypes: ['mark'], dataTypes: 'verdict', elements: [] }],
  };
  const wanted: Table = {
    ...table,
    chains: [
      { name: 'stays', base: baseChain('filter', 'input', -5, 'drop'), rules: [] },
      { name: 'moves', base: baseChain('filter', 'input', -7), rules: [] },
    ],
  };
  const place = { family: 'inet', table: 'ctfw' };
  expect(commands(emitJson({ tables: [wanted] }, { inPlace: [existing] }))).toEqual([
    { flush: { table: { family: 'inet', name: 'ctfw' } } },
    { delete: { map: { ...place, name: 'm' } } },
    { delete: { set: { ...place, name: 's' } } },
    { delete: { chain: { ...place, name: 'moves' } } },
    { delete: { chain: { ...place, name: 'regular' } } },
    { add: { table: { family: 'inet', name: 'ctfw' } } },
    { add: { chain: { ...place, name: 'stays', type: 'filter', hook: 'input', prio: -5, policy: 'drop' } } },
    { add: { chain: { ...place, name: 'moves', type: 'filter', hook: 'input', prio: -7, policy: 'accept' } } },
  ]);
});

test('tables that are to go are added first, so that deleting them never fails', () => {
  expect(commands(emitJson({ tables: [] }, { remove: [{ family: 'bridge', name: 'ctfw' }] }))).toEqual([
    { add: { table: { family: 'bridge', name: 'ctfw' } } },
    { delete: { table: { family: 'bridge', name: 'ctfw' } } },
  ]);
});

/** The `expr` of the only rule of a document. */
function written(...statements: readonly Statement[]): unknown {
  const chain = { name: 'c', base: undefined, rules: [rule(1, ...statements)] };
  const last = commands(emitJson({ tables: [{ ...table, chains: [chain] }] })).at(-1);
  return (last as { readonly add: { readonly rule: { readonly expr: unknown } } }).add.rule.expr;
}

const port = (field: string): ReturnType<typeof payload> => payload('udp', field);
const compared = (op: string, field: string, right: unknown): unknown => ({
  match: { op, left: { payload: { protocol: 'udp', field } }, right },
});

test('neighbouring fields are not compared in a way that nft would join', () => {
  expect(written(differs(port('sport'), integer(5)), differs(port('dport'), integer(7)))).toEqual([
    compared('!=', 'sport', 5),
    compared('!=', 'dport', { range: [7, 7] }),
  ]);
  expect(written(equals(port('sport'), integer(5)), equals(port('dport'), integer(7)))).toEqual([
    compared('==', 'sport', 5),
    compared('==', 'dport', 7),
  ]);
  expect(written(equals(port('sport'), integer(5)), counter, equals(port('dport'), integer(7)))).toEqual([
    compared('==', 'sport', 5),
    { counter: { packets: 0, bytes: 0 } },
    compared('==', 'dport', { range: [7, 7] }),
  ]);
});

test('comparisons of order are written so that nft lists them as they are', () => {
  const order = (operator: '<' | '>='): Statement => ({
    kind: 'match',
    left: port('sport'),
    operator,
    right: { kind: 'value', value: integer(8) },
  });
  expect(written(order('<'), order('>='))).toEqual([compared('<=', 'sport', 7), compared('>', 'sport', 7)]);
});

test('the protocol that a reject answers is matched right before it', () => {
  expect(written(counter, { kind: 'reject', with: 'icmp', code: 'host-prohibited' })).toEqual([
    { counter: { packets: 0, bytes: 0 } },
    { match: { op: '==', left: { meta: { key: 'nfproto' } }, right: 'ipv4' } },
    { reject: { type: 'icmp', expr: 'host-prohibited' } },
  ]);
  expect(
    written(equals(payload('tcp', 'dport'), integer(1)), { kind: 'reject', with: 'tcp-reset', code: undefined }),
  ).toEqual([
    { match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: 1 } },
    { reject: { type: 'tcp reset' } },
  ]);
});

test('a look for a route asks whether there is one', () => {
  const route = { kind: 'fib', flags: ['saddr', 'iif'], result: 'oif' } as const;
  const left = { fib: { result: 'oif', flags: ['saddr', 'iif'] } };
  expect(written(equals(route, integer(0)))).toEqual([{ match: { op: '==', left, right: false } }]);
  expect(written(differs(route, integer(0)))).toEqual([{ match: { op: '==', left, right: true } }]);
});

test('rules without statements are left out', () => {
  const chain = { name: 'c', base: undefined, rules: [rule(1)] };
  expect(JSON.stringify(commands(emitJson({ tables: [{ ...table, chains: [chain] }] })))).not.toContain('"rule"');
});

test('what was read but not understood is written as it was', () => {
  expect(written({ kind: 'unknown', text: '{"xt":{"type":"match","name":"u32"}}', effect: 'match' })).toEqual([
    { xt: { type: 'match', name: 'u32' } },
  ]);
});

test('what nftables cannot say is our own fault', () => {
  const unsayable: readonly Statement[] = [
    { kind: 'unknown', text: '-m u32', effect: 'match' },
    {
      kind: 'match',
      left: { kind: 'physdev', key: 'in' },
      operator: '==',
      right: { kind: 'value', value: integer(1) },
    },
    {
      kind: 'nat',
      type: 'dnat',
      family: 'ip',
      address: undefined,
      port: { kind: 'value', value: integer(1) },
      shiftBase: 5,
      flags: [],
    },
  ];
  for (const statement of unsayable) expect(() => written(statement)).toThrow(RulesetError);
});

test('log prefixes keep to what nft can read back', () => {
  const log: Statement = {
    kind: 'log',
    prefix: `$x "a\\b\n${'y'.repeat(200)}`,
    level: undefined,
    group: undefined,
    flags: [],
  };
  expect(written(log)).toEqual([{ log: { prefix: `?x 'a/b?${'y'.repeat(119)}` } }]);
});

test('constants are named by what they are assigned to', () => {
  expect(written({ kind: 'assign', target: meta('pkttype'), value: constant(integer(0)) })).toEqual([
    { mangle: { key: { meta: { key: 'pkttype' } }, value: 'host' } },
  ]);
});

test('a document gets a head afterwards, as if it had been emitted with it', () => {
  expect(withMetainfo(emitJson(sampleRuleset), { ctfw: 'test' })).toBe(
    emitJson(sampleRuleset, { metainfo: { ctfw: 'test' } }),
  );
  expect(() => withMetainfo(emitJson(sampleRuleset, { metainfo: { ctfw: 'test' } }), {})).toThrow(RangeError);
});
