import { describe, expect, test } from 'vitest';
import { asListed } from '../../../src/backends/nftables/listed.ts';
import { constant, ct, type Expression, masked, meta, payload, withBits } from '../../../src/ruleset/expression.ts';
import type { Ruleset, TableFamily } from '../../../src/ruleset/ruleset.ts';
import { accept, counter, equals, hasBits, type Statement } from '../../../src/ruleset/statement.ts';
import { integer } from '../../../src/ruleset/value.ts';
import { addressOf } from '../../support/sample-ruleset.ts';

function rulesetOf(statements: readonly Statement[], family: TableFamily = 'inet'): Ruleset {
  const chains = [{ name: 'c', base: undefined, rules: [{ statements, origins: [] }] }];
  return { tables: [{ family, name: 't', engine: 'nftables', chains, sets: [], maps: [] }] };
}

const tcp = equals(meta('l4proto'), integer(6));
const ipv4 = equals(meta('nfproto'), integer(2));
const from = equals(payload('ip', 'saddr'), addressOf('10.0.0.1'));
const web = equals(payload('tcp', 'dport'), integer(80));
const anyWeb = equals(payload('th', 'dport'), integer(80));
const fresh = hasBits(ct('state'), 8);
const setMark = (value: Expression): Statement => ({ kind: 'assign', target: meta('mark'), value });
const constantMark = (value: number): Expression => constant(integer(value));

interface Pair {
  readonly name: string;
  readonly left: readonly Statement[];
  readonly right: readonly Statement[];
  readonly family?: TableFamily;
}

const pair = (
  name: string,
  left: readonly Statement[],
  right: readonly Statement[],
  family: TableFamily = 'inet',
): Pair => ({ name, left, right, family });

describe('rules that the kernel lists alike are alike', () => {
  const pairs: readonly Pair[] = [
    pair('the protocol of a port', [tcp, web], [web]),
    pair('the family of an address', [ipv4, from, web], [from, web]),
    pair('a port of a known protocol', [tcp, anyWeb], [web]),
    pair('matches between the protocol and the port', [tcp, fresh, web], [fresh, web]),
    pair('the order of header fields', [from, fresh, web], [web, fresh, from]),
    pair('the protocol field of the header', [equals(payload('ip', 'protocol'), integer(6)), web], [tcp, web], 'ip'),
    pair('the type of a frame', [equals(payload('ether', 'type'), integer(0x0800)), from], [from], 'bridge'),
    pair('the family in tables of one', [ipv4, from], [from], 'ip'),
    pair('counts', [{ kind: 'counter', packets: 5, bytes: 9 }], [counter]),
    pair(
      'operations on marks',
      [setMark(withBits(meta('mark'), integer(4)))],
      [
        setMark({
          kind: 'bitwise',
          operation: 'xor',
          left: masked(meta('mark'), integer(0xffff_fffb)),
          right: constantMark(4),
        }),
      ],
    ),
  ];
  test.each(pairs)('$name', ({ left, right, family }) => {
    expect(asListed(rulesetOf(left, family))).toEqual(asListed(rulesetOf(right, family)));
  });
});

describe('rules that do something else are not', () => {
  const pairs: readonly Pair[] = [
    pair('what a counter sees', [tcp, counter, accept], [counter, tcp, accept]),
    pair('another protocol', [tcp, anyWeb], [equals(meta('l4proto'), integer(17)), anyWeb]),
    pair('any protocol', [anyWeb], [web]),
    pair('another port', [web], [equals(payload('tcp', 'dport'), integer(81))]),
    pair('other bits', [setMark(withBits(meta('mark'), integer(4)))], [setMark(constantMark(4))]),
    pair('a match less', [tcp, fresh], [tcp]),
  ];
  test.each(pairs)('$name', ({ left, right }) => {
    expect(asListed(rulesetOf(left))).not.toEqual(asListed(rulesetOf(right)));
  });
});

test('tables are in the order of their names, without comments', () => {
  const tables = [...rulesetOf([], 'ip').tables, ...rulesetOf([], 'bridge').tables];
  const listed = asListed({ tables: tables.map((table) => ({ ...table, comment: 'lost' })) });
  expect(listed.tables.map(({ family, comment }) => [family, comment])).toEqual([
    ['bridge', undefined],
    ['ip', undefined],
  ]);
});
