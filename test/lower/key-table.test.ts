import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressPart,
  fromOutside,
  inputInterfacePart,
  originalAddressPart,
  originalPortPart,
  outputInterfacePart,
  portPart,
  portRangePart,
  protocolPart,
} from '../../src/lower/field.ts';
import { type KeyedEntry, keyTable } from '../../src/lower/key-table.ts';
import { type Prefix, parsePrefix } from '../../src/net/prefix.ts';
import { accept } from '../../src/ruleset/statement.ts';

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

const origin = (line: number) => ({ file: 'p.ctfw', line });
const entry = (line: number, ...parts: KeyedEntry['parts']): KeyedEntry => ({
  parts,
  tests: [],
  origins: [origin(line)],
});
const accepting = { kind: 'statements', statements: [accept] } as const;

describe('sets', () => {
  test('entries of one kind of key share a set and a rule, however many there are', () => {
    const entries = Array.from({ length: 500 }, (_, index) =>
      entry(index, addressPart('daddr', prefix('10.0.0.1/32')), protocolPart(6), portPart(index + 1)),
    );
    const { rules, sets } = keyTable('t', entries, accepting);
    expect([rules.length, sets.length, sets[0]?.elements.length]).toEqual([1, 1, 500]);
  });
  test('nested prefixes are different kinds', () => {
    const entries = ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24'].map((text, index) =>
      entry(index, addressPart('saddr', prefix(text))),
    );
    const { sets } = keyTable('t', entries, accepting);
    expect(sets.map(({ name, interval }) => [name, interval])).toEqual([
      ['t.saddr16-v4', false],
      ['t.saddr24-v4', false],
      ['t.saddr8-v4', false],
    ]);
  });
  test('equal keys are one element that keeps all origins', () => {
    const { sets } = keyTable(
      't',
      [entry(1, protocolPart(6)), entry(2, protocolPart(6)), entry(1, protocolPart(6))],
      accepting,
    );
    expect(sets[0]?.elements).toEqual([{ value: { kind: 'integer', value: 6 }, origins: [origin(1), origin(2)] }]);
  });
  test('entries without a key are one rule', () => {
    const { rules, sets } = keyTable(
      't',
      [
        { parts: [], tests: [fromOutside], origins: [origin(1)] },
        { parts: [], tests: [fromOutside], origins: [origin(2)] },
      ],
      accepting,
    );
    expect([rules.length, sets.length, rules[0]?.origins]).toEqual([1, 0, [origin(1), origin(2)]]);
  });
  test('a key that is too long gives its interface names to the rule', () => {
    const long = entry(
      1,
      inputInterfacePart('lan0'),
      addressPart('saddr', prefix('fd00::/64')),
      outputInterfacePart('wan0'),
      addressPart('daddr', prefix('fd01::/64')),
      protocolPart(6),
      portPart(80),
    );
    const six = entry(
      2,
      inputInterfacePart('lan0'),
      addressPart('saddr', prefix('10.0.0.0/24')),
      originalAddressPart(prefix('10.0.0.1/32').address),
      originalPortPart(8080),
      addressPart('daddr', prefix('10.0.0.2/32')),
      portPart(80),
    );
    const { rules, sets } = keyTable('t', [long, six], accepting);
    expect(sets.map(({ keyTypes }) => keyTypes.length)).toEqual(
      [5, 5].map((most, index) => Math.min(most, sets[index]?.keyTypes.length ?? 0)),
    );
    for (const { keyTypes } of sets)
      expect(keyTypes.filter((type) => type === 'ifname').length).toBe(
        keyTypes.length === 5 && keyTypes.includes('ipv6_addr') ? 1 : 0,
      );
    expect(rules.every(({ statements }) => statements[0]?.kind === 'match')).toBe(true);
  });
});

describe('port ranges under one key', () => {
  const arbitraryRange = fc
    .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 20 }))
    .map(([first, length]) => ({ first, last: first + length }));
  const rangesOf = (list: readonly { first: number; last: number }[]) => {
    const { sets } = keyTable(
      't',
      list.map(({ first, last }, index) => entry(index, protocolPart(6), portRangePart(first, last))),
      accepting,
    );
    return (sets[0]?.elements ?? []).map(({ value, origins }) => {
      const range = value.kind === 'concatenation' ? value.parts[1] : undefined;
      if (range?.kind !== 'range' || range.first.kind !== 'integer' || range.last.kind !== 'integer')
        throw new Error('not a range');
      return { first: range.first.value, last: range.last.value, lines: origins.map(({ line }) => line) };
    });
  };
  test('are disjoint, cover exactly what was written, and each piece knows all that cover it', () => {
    const property = fc.property(fc.array(arbitraryRange, { minLength: 1, maxLength: 8 }), (list) => {
      const pieces = rangesOf(list);
      for (let port = 1; port <= 90; port++) {
        const written = list.flatMap(({ first, last }, index) => (first <= port && port <= last ? [index] : []));
        const found = pieces.filter(({ first, last }) => first <= port && port <= last);
        expect(found.length).toBe(written.length === 0 ? 0 : 1);
        if (found[0] !== undefined) expect(found[0].lines).toEqual(written);
      }
    });
    fc.assert(property);
  });
});

test('maps for translations: an address and a port for each key', () => {
  const { rules, maps } = keyTable('t', [entry(1, protocolPart(6), portPart(8080))], {
    kind: 'translations',
    translationOf: () => ({
      family: 'ip',
      address: { kind: 'address', address: prefix('10.0.0.2/32').address },
      port: 80,
    }),
  });
  expect(maps.map(({ name, dataTypes }) => [name, dataTypes])).toEqual([
    ['t.l4proto.dport', ['ipv4_addr']],
    ['t.l4proto.dport.port', ['inet_service']],
  ]);
  expect(rules[0]?.statements.at(-1)).toMatchObject({ kind: 'nat', type: 'dnat', family: 'ip' });
});
