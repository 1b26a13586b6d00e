import { expect, test } from 'vitest';
import { concat, constant, ct, type Expression, masked, meta, payload } from '../../src/ruleset/expression.ts';
import type { NamedMap } from '../../src/ruleset/set.ts';
import { symbolsOf, typeOf } from '../../src/ruleset/type-of.ts';
import { integer } from '../../src/ruleset/value.ts';

const map: NamedMap = {
  kind: 'map',
  name: 'm',
  keyTypes: ['mark'],
  dataTypes: ['ipv4_addr', 'inet_service'],
  interval: false,
  counter: false,
  autoMerge: false,
  dynamic: false,
  timeout: undefined,
  elements: [],
};

const cases: readonly (readonly [Expression, readonly string[]])[] = [
  [payload('ip', 'saddr'), ['ipv4_addr']],
  [payload('ip6', 'nexthdr'), ['inet_proto']],
  [payload('th', 'dport'), ['inet_service']],
  [payload('ip', 'ttl'), ['integer']],
  [payload('ip', 'constructor'), ['integer']],
  [meta('oifname'), ['ifname']],
  [ct('ip6 daddr', 'original'), ['ipv6_addr']],
  [{ kind: 'fib', flags: ['daddr'], result: 'type' }, ['fib_addrtype']],
  [masked(payload('ip', 'saddr'), integer(1)), ['ipv4_addr']],
  [
    concat(meta('l4proto'), payload('ip', 'daddr'), payload('th', 'dport')),
    ['inet_proto', 'ipv4_addr', 'inet_service'],
  ],
  [{ kind: 'map', key: meta('mark'), map: { kind: 'named', name: 'm' } }, ['ipv4_addr', 'inet_service']],
  [{ kind: 'map', key: meta('mark'), map: { kind: 'named', name: 'absent' } }, ['integer']],
  [{ kind: 'exthdr', name: 'frag', field: undefined }, ['boolean']],
  [{ kind: 'numgen', mode: 'inc', modulus: 2, offset: 0 }, ['integer']],
  [constant(integer(1)), ['integer']],
];

test.each(cases)('%j', (expression, types) => {
  expect(typeOf(expression, new Map([[map.name, map]]))).toEqual(types);
});

test('numbers have the names of what is read, not only of its type', () => {
  expect(symbolsOf(payload('ip', 'dscp'))?.nameOf(46)).toBe('ef');
  expect(symbolsOf(masked(payload('tcp', 'flags'), integer(2)))?.nameOf(2)).toBe('syn');
  expect(symbolsOf(payload('ip', 'ttl'))).toBe(undefined);
});
