import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseIptablesSave } from '../../../src/backends/iptables/parse.ts';
import type { BaseChain } from '../../../src/ruleset/ruleset.ts';
import { accept, drop, jump } from '../../../src/ruleset/statement.ts';
import { listingOf, readRules } from './reading.ts';

const read = (text: string, family: 'ip' | 'ip6' = 'ip') =>
  parseIptablesSave(text, 'rules.v4', { family, engine: 'iptables-legacy' });

const codes = (text: string): readonly string[] => read(text).diagnostics.map((diagnostic) => diagnostic.code);

function base(table: string, chain: string, policy = 'ACCEPT'): BaseChain | undefined {
  return read(`*${table}\n:${chain} ${policy} [0:0]\nCOMMIT\n`).ruleset.tables[0]?.chains[0]?.base;
}

describe('built-in chains', () => {
  test.each([
    ['raw', 'PREROUTING', 'filter', 'prerouting', -300],
    ['raw', 'OUTPUT', 'filter', 'output', -300],
    ['mangle', 'PREROUTING', 'filter', 'prerouting', -150],
    ['mangle', 'INPUT', 'filter', 'input', -150],
    ['mangle', 'FORWARD', 'filter', 'forward', -150],
    ['mangle', 'OUTPUT', 'route', 'output', -150],
    ['mangle', 'POSTROUTING', 'filter', 'postrouting', -150],
    ['nat', 'PREROUTING', 'nat', 'prerouting', -100],
    ['nat', 'INPUT', 'nat', 'input', 100],
    ['nat', 'OUTPUT', 'nat', 'output', -100],
    ['nat', 'POSTROUTING', 'nat', 'postrouting', 100],
    ['filter', 'INPUT', 'filter', 'input', 0],
    ['filter', 'FORWARD', 'filter', 'forward', 0],
    ['filter', 'OUTPUT', 'filter', 'output', 0],
    ['security', 'INPUT', 'filter', 'input', 50],
    ['security', 'FORWARD', 'filter', 'forward', 50],
    ['security', 'OUTPUT', 'filter', 'output', 50],
  ])('%s %s', (table, chain, type, hook, priority) => {
    expect(base(table, chain)).toEqual({ type, hook, priority, policy: 'accept', devices: [] });
    expect(base(table, chain, 'DROP')?.policy).toBe('drop');
  });

  test('a name is built in only where the table has it', () => {
    expect(base('nat', 'FORWARD')).toBe(undefined);
    expect(base('filter', 'DOCKER')).toBe(undefined);
  });
});

test('tables keep their order, names, family and engine', () => {
  const { ruleset } = read('*nat\nCOMMIT\n*filter\nCOMMIT\n', 'ip6');
  expect(ruleset.tables.map((table) => [table.family, table.name, table.engine])).toEqual([
    ['ip6', 'nat', 'iptables-legacy'],
    ['ip6', 'filter', 'iptables-legacy'],
  ]);
});

test('counters stay, just before the action', () => {
  const [rule] = read('*filter\n:INPUT ACCEPT [1:2]\n[3:4] -A INPUT -s 1.1.1.1 -j DROP\nCOMMIT\n').ruleset.tables[0]
    ?.chains[0]?.rules ?? [undefined];
  expect(rule?.statements.slice(1)).toEqual([{ kind: 'counter', packets: 3, bytes: 4 }, drop]);
});

describe('comments', () => {
  test('are the rule’s', () => {
    expect(readRules('-m comment --comment "a \\"b\\" \\\\ c" -j ACCEPT')).toEqual([
      { statements: [accept], origins: [], comment: 'a "b" \\ c' },
    ]);
  });

  test('name the policy lines that a rule comes from', () => {
    expect(readRules('-m comment --comment "web: 8080; edge.ctfw:12, more.ctfw:3" -j ACCEPT')).toEqual([
      {
        statements: [accept],
        origins: [
          { file: 'edge.ctfw', line: 12 },
          { file: 'more.ctfw', line: 3 },
        ],
        comment: 'web: 8080',
      },
    ]);
  });

  test.each(['edge.ctfw:012', 'edge.ctfw:1, edge.ctfw:1', '; edge.ctfw:1'])(
    'that we would write otherwise are all text: %s',
    (comment) => {
      expect(readRules(`-m comment --comment "${comment}"`)).toEqual([{ statements: [], origins: [], comment }]);
    },
  );

  test('a quoted exclamation mark is text', () => {
    expect(readRules('-m comment --comment "!" -j ACCEPT')[0]?.comment).toBe('!');
  });
});

describe('lists of addresses', () => {
  test('make a rule for each pair', () => {
    const rules = readRules('-s 1.1.1.1,2.2.2.0/24 -d 3.3.3.3,4.4.4.4 -j ACCEPT');
    expect(rules.map((rule) => rule.statements.length)).toEqual([3, 3, 3, 3]);
  });

  test('do not multiply without bound', () => {
    const many = Array.from({ length: 3000 }, () => '1.1.1.1').join(',');
    expect(readRules(`-s ${many} -d ${many} -j ACCEPT`)).toHaveLength(3000);
  });
});

test('a rule for the other family is not for this one', () => {
  expect(readRules('-6 -j ACCEPT')).toEqual([]);
  expect(readRules('-4 -j ACCEPT')).toHaveLength(1);
});

test('commands of iptables-restore', () => {
  const { ruleset, diagnostics } = read(
    '*filter\n:INPUT ACCEPT\n-N A\n-P INPUT DROP\n-A INPUT -j ACCEPT\n-I INPUT -j A\n-I INPUT 1 -j DROP\n-N B\n-X B\n-A A -j DROP\n-F A\nCOMMIT\n',
  );
  expect(diagnostics).toEqual([]);
  expect(ruleset.tables[0]?.chains).toEqual([
    {
      name: 'INPUT',
      base: { type: 'filter', hook: 'input', priority: 0, policy: 'drop', devices: [] },
      rules: [drop, jump('A'), accept].map((statement) => ({ statements: [statement], origins: [] })),
    },
    { name: 'A', base: undefined, rules: [] },
  ]);
});

test('a chain may be declared behind a jump to it', () => {
  const { ruleset } = read('*filter\n:INPUT ACCEPT\n-A INPUT -j LATER\n:LATER -\nCOMMIT\n');
  expect(ruleset.tables[0]?.chains[0]?.rules[0]?.statements).toEqual([jump('LATER')]);
});

describe('diagnostics', () => {
  test.each([
    ['garbage outside of a table', 'hello\n', ['CTFW8101']],
    ['garbage in a table', '*filter\nhello\nCOMMIT\n', ['CTFW8101']],
    ['an insertion elsewhere than first', '*filter\n:INPUT ACCEPT\n-I INPUT 3 -j ACCEPT\nCOMMIT\n', ['CTFW8101']],
    ['a policy that is none', '*filter\n:INPUT MAYBE [0:0]\nCOMMIT\n', ['CTFW8101']],
    ['a table that does not exist', '*filtre\n:INPUT ACCEPT\nCOMMIT\n', ['CTFW8102']],
    ['a rule in an undeclared chain', '*filter\n-A NOWHERE -j ACCEPT\nCOMMIT\n', ['CTFW8103']],
    ['a jump to an undeclared chain', listingOf('-j NOWHERE'), ['CTFW8103']],
    ['a word that fits nothing', listingOf('hello -j ACCEPT'), ['CTFW8104']],
    ['an address that is none', listingOf('-s 300.1.1.1 -j ACCEPT'), ['CTFW8104']],
    ['an unmodelled match, once', `${listingOf('-m recent --set')}${listingOf('-m recent --set')}`, ['CTFW8105']],
    ['a missing COMMIT', '*filter\n:INPUT ACCEPT\n', ['CTFW8106']],
  ])('%s', (_title, text, expected) => {
    expect(codes(text)).toEqual(expected);
  });

  test('point to the line', () => {
    const [diagnostic] = read('*filter\r\n# comment\r\n-A NOWHERE -j ACCEPT\r\nCOMMIT\r\n').diagnostics;
    expect(diagnostic?.span.file.text.slice(diagnostic.span.start, diagnostic.span.end)).toBe('-A NOWHERE -j ACCEPT');
    expect(diagnostic?.message).toBe('there is no chain NOWHERE in table filter');
  });
});

describe('any input', () => {
  const words = [
    '-A',
    'INPUT',
    '-m',
    'tcp',
    '--dport',
    '80',
    '!',
    '-j',
    '-p',
    '"',
    '\\',
    '-s',
    ',',
    ':',
    '[1:2]',
    '-g',
  ];
  const line = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...words)).map((chosen) => chosen.join(' ')),
    fc.constantFrom('*filter', ':INPUT ACCEPT [0:0]', 'COMMIT', '-A INPUT -j ACCEPT'),
  );

  test('reads without throwing', () => {
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const { ruleset } = read(['*filter', ':INPUT ACCEPT', ...lines].join('\n'));
        expect(ruleset.tables[0]?.name).toBe('filter');
      }),
    );
  });

  test('keeps every appended rule', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.constantFrom(...words.filter((word) => word !== ','))), { minLength: 1 }),
        (rules) => {
          const lines = rules.map((rule) => `-A INPUT ${rule.join(' ')}`);
          const { ruleset } = read(['*filter', ':INPUT ACCEPT', ...lines, 'COMMIT'].join('\n'));
          expect(ruleset.tables[0]?.chains[0]?.rules).toHaveLength(rules.length);
        },
      ),
    );
  });

  test('a hundred thousand rules', () => {
    const rule = '-A INPUT -s 10.0.0.1/32 -i eth0 -p tcp -m conntrack --ctstate NEW -m tcp --dport 80 -j ACCEPT';
    const text = `*filter\n:INPUT DROP [0:0]\n${`${rule}\n`.repeat(100_000)}COMMIT\n`;
    expect(read(text).ruleset.tables[0]?.chains[0]?.rules).toHaveLength(100_000);
  });

  test('a hundred thousand insertions', () => {
    const text = `*filter\n:INPUT DROP [0:0]\n${'-I INPUT -j ACCEPT\n'.repeat(100_000)}COMMIT\n`;
    expect(read(text).ruleset.tables[0]?.chains[0]?.rules).toHaveLength(100_000);
  });

  test.each([
    '-m tcp --dport 80 ',
    '-m tcp --nothing ',
    '-m nothing --at all ',
    '-s 1.1.1.1 ',
    '! ',
    '--dport 80 ',
    '-p tcp --dport 80 ',
    '-m conntrack --ctstate NEW ',
  ])('a line with %s fifty thousand times', (words) => {
    const text = listingOf(`${words.repeat(50_000)}-j ACCEPT`);
    expect(read(text).ruleset.tables[0]?.chains[0]?.rules).toHaveLength(1);
  });
});
