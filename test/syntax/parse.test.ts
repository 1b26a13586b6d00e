import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAddress } from '../../src/net/address.ts';
import { formatPrefix } from '../../src/net/prefix.ts';
import { diagnosticLimit } from '../../src/syntax/findings.ts';
import { forms } from '../../src/syntax/forms.ts';
import { parsePolicy } from '../../src/syntax/parse.ts';
import { printPolicy } from '../../src/syntax/print.ts';
import type { PublishItem } from '../../src/syntax/tree.ts';
import { arbitraryPolicyFile } from '../support/arbitrary-policy-file.ts';
import { examplePolicy } from '../support/example-policy.ts';
import { complaints, statementOf, statementsOf } from '../support/parse-policy.ts';
import { withoutSpans } from '../support/without-spans.ts';

describe('the example', () => {
  test('has no mistakes', () => {
    expect(
      statementsOf(examplePolicy)
        .map(({ kind }) => kind)
        .join(' '),
    ).toBe(
      'host zone zone network network container container container container group service link allow allow deny deny ' +
        'expect expect expect expect expect expect',
    );
  });

  test('keeps its comments', () => {
    const { file } = parsePolicy({ name: 'edge.ctfw', text: examplePolicy });
    expect(file.comments.map(({ text }) => text)).toEqual([
      '# edge.ctfw',
      '# next free address, kept in edge.ctfw.lock',
      '# only what db exposes',
    ]);
  });
});

describe('places', () => {
  test('of a statement go from its first word to its last', () => {
    const text = '  deny a -> b 22/tcp reject  # no\n\nnetwork n {\n subnet 10.0.0.0/8\n} ; zone z = any';
    const shown = statementsOf(text).map(({ span }) => text.slice(span.start, span.end));
    expect(shown).toEqual(['deny a -> b 22/tcp reject', 'network n {\n subnet 10.0.0.0/8\n}', 'zone z = any']);
  });

  test('of items, names and values are those of the words', () => {
    const text = 'container web { attach front 10.0.0.2 { port veth0; mac 02:42:ac:11:00:02 } }';
    const statement = statementOf(text);
    if (statement.kind !== 'container' || statement.items[0]?.kind !== 'attach') throw new Error('no attach');
    const [attach] = statement.items;
    const places = [attach.span, attach.network.span, attach.addresses[0]?.span, attach.options[1]?.span];
    expect(places.map((span) => text.slice(span?.start, span?.end))).toEqual([
      'attach front 10.0.0.2 { port veth0; mac 02:42:ac:11:00:02 }',
      'front',
      '10.0.0.2',
      'mac 02:42:ac:11:00:02',
    ]);
  });

  test('of every node of a random policy lie inside the file, and inside the node around them', () => {
    fc.assert(
      fc.property(arbitraryPolicyFile, (tree) => {
        const text = printPolicy(tree);
        const { file } = parsePolicy({ name: 'test.ctfw', text });
        expect(misplaced(file, 0, text.length)).toEqual([]);
      }),
    );
  });
});

/** Spans inside a node that do not lie within its bounds. */
function misplaced(node: unknown, start: number, end: number): unknown[] {
  if (Array.isArray(node)) return node.flatMap((part) => misplaced(part, start, end));
  if (typeof node !== 'object' || node === null) return [];
  const span = 'span' in node ? (node.span as { start: number; end: number }) : { start, end };
  const wrong = span.start < start || span.end > end || span.start >= span.end;
  const isEmptyFile = 'statements' in node && end === 0;
  const inner = Object.entries(node).flatMap(([key, part]) =>
    key === 'span' || key === 'source' || key === 'reject' ? [] : misplaced(part, span.start, span.end),
  );
  return wrong && !isEmptyFile ? [node, ...inner] : inner;
}

describe('layout', () => {
  const reference = withoutSpans(
    statementsOf('network front {\n  subnet 10.0.0.0/8, fd00::/64\n  icc off\n}\nzone z = any\n'),
  );
  test.each([
    ['one line', 'network front { subnet 10.0.0.0/8, fd00::/64; icc off }\nzone z = any'],
    ['without blanks', 'network front{subnet 10.0.0.0/8,fd00::/64;icc off};zone z=any'],
    ['brace on the next line', 'network front\n\n{\nsubnet 10.0.0.0/8, fd00::/64\nicc off\n}\nzone z = any\n'],
    ['comment in front of the brace', 'network front # c\n{ subnet 10.0.0.0/8, fd00::/64; icc off }; zone z = any'],
    [
      'list over lines',
      'network front { subnet 10.0.0.0/8, # first\n\n  # second\n  fd00::/64\n icc off }\nzone z = any',
    ],
    ['CRLF and tabs', 'network front {\r\n\tsubnet 10.0.0.0/8, fd00::/64\r\n\ticc\toff\r\n}\r\nzone z = any\r\n'],
    ['byte order mark', '\ufeffnetwork front { subnet 10.0.0.0/8, fd00::/64; icc off }\nzone z = any\n'],
    ['semicolons', ';;network front {;; subnet 10.0.0.0/8, fd00::/64;;; icc off;};;\n;zone z = any;'],
  ])('%s', (_name, text) => {
    expect(withoutSpans(statementsOf(text))).toEqual(reference);
  });

  test('a file may be empty, or nothing but comments', () => {
    expect(statementsOf('')).toEqual([]);
    expect(statementsOf('# nothing\n\n \t\n# at all')).toEqual([]);
  });
});

describe('words of the language as names', () => {
  test.each([
    'container host { attach network; network host }',
    'container nat { attach attach { port port } }',
    'container any2 { network container:container }',
    'container to { network none }',
    'network network on on via via { on on via on }',
    'link from -> to as as',
    'allow allow -> deny log',
    'deny log -> reject',
    'deny log -> log log reject log "log"',
    'expect expect -> reaches reaches reaches',
    'expect leaves -> leaves leaves as 10.0.0.1',
    'expect allowed -> blocked, rejected rejected',
    'group group = zone, host, icmp, tcp',
    'service service = on, log, icmp on',
    'zone zone = any on on',
    'connect host 10.0.0.1 <-> network 10.0.0.2',
  ])('%s', (text) => {
    expect(
      printPolicy(parsePolicy({ name: 'test.ctfw', text }).file)
        .trim()
        .replace(/ +/g, ' '),
    ).toBe(text);
    expect(complaints(text)).toEqual([]);
  });

  test('services end where a clause or an outcome begins', () => {
    expect(withoutSpans(statementOf('deny a -> b icmp reject log "x"'))).toMatchObject({
      services: [{ kind: 'icmp', type: undefined }],
      reject: true,
      log: { value: 'x' },
    });
    expect(withoutSpans(statementOf('expect a -> b icmp echo-request allowed'))).toMatchObject({
      services: [{ kind: 'icmp', type: { text: 'echo-request' } }],
      outcome: { kind: 'allowed' },
    });
    expect(withoutSpans(statementOf('service s = icmp, icmp echo-reply, icmp'))).toMatchObject({
      items: [{ type: undefined }, { type: { text: 'echo-reply' } }, { type: undefined }],
    });
  });
});

describe('forms', () => {
  test('log and reject in either order', () => {
    const first = withoutSpans(statementOf('deny a -> b 22/tcp log "ssh" reject'));
    expect(first).toEqual(withoutSpans(statementOf('deny a -> b 22/tcp reject log "ssh"')));
  });

  test('options with and without on', () => {
    const items = (text: string): unknown => withoutSpans(statementOf(text));
    expect(items('host h { ip-forward; icc; protect host; transit; loopback-publish }')).toEqual(
      items('host h { ip-forward on; icc on; protect host on; transit on; loopback-publish on }'),
    );
    expect(items('network n { icc; internal; masquerade; unmanaged; spoofing allowed }')).toEqual(
      items('network n { icc on; internal on; masquerade on; unmanaged on; spoofing allowed on }'),
    );
    expect(items('network n { internal off; spoofing allowed off }')).toMatchObject({
      items: [
        { kind: 'internal', on: false },
        { kind: 'spoofing', allowed: false },
      ],
    });
  });

  test('networks on several hosts, in the header and as an item', () => {
    const on = [
      { host: { text: 'a' }, via: { text: 'eth0' } },
      { host: { text: 'b' }, via: undefined },
    ];
    expect(withoutSpans(statementOf('network x on a via eth0, b { vlan 100 }'))).toMatchObject({ on });
    expect(withoutSpans(statementOf('network x { on a via eth0, b }'))).toMatchObject({
      on: [],
      items: [{ placements: on }],
    });
  });

  test('publications', () => {
    const shown = (form: string): string => {
      const statement = statementOf(`container c { publish ${form} }`);
      const item = statement.kind === 'container' ? (statement.items[0] as PublishItem) : undefined;
      return (item?.publications ?? [])
        .map((publication) => {
          if (publication.kind === 'all') return 'all';
          const { hostAddress, hostPorts, containerPorts, protocol } = publication;
          const range = (ports: { first: number; last: number } | undefined): string =>
            ports ? `${ports.first}-${ports.last}` : 'free';
          return `${hostAddress ? formatAddress(hostAddress.value) : '*'} ${range(hostPorts?.value)} ${range(containerPorts.value)} ${protocol}`;
        })
        .join(', ');
    };
    expect(shown('80')).toBe('* free 80-80 tcp');
    expect(shown('8080:80')).toBe('* 8080-8080 80-80 tcp');
    expect(shown('8000-8010:9000-9010/udp')).toBe('* 8000-8010 9000-9010 udp');
    expect(shown('9000-9010/sctp')).toBe('* free 9000-9010 sctp');
    expect(shown('192.168.1.5:8443:443')).toBe('192.168.1.5 8443-8443 443-443 tcp');
    expect(shown('192.168.1.5::80')).toBe('192.168.1.5 free 80-80 tcp');
    expect(shown('[2001:db8::1]:8080:80')).toBe('2001:db8::1 8080-8080 80-80 tcp');
    expect(shown('[::]::80/udp')).toBe(':: free 80-80 udp');
    expect(shown('all')).toBe('all');
    expect(shown('80:80, 443:443 from office, 10.0.0.0/8, any')).toBe('* 80-80 80-80 tcp, * 443-443 443-443 tcp');
  });

  test('literals are the prefixes that hold just them', () => {
    const statement = statementOf('group g = 10.1.2.3, fd00::1, 10.0.0.0/8, fd00::/64');
    const members = statement.kind === 'group' ? statement.members : [];
    const shown = members.map((member) => (member.kind === 'literal' ? formatPrefix(member.prefix) : member.kind));
    expect(shown).toEqual(['10.1.2.3/32', 'fd00::1/128', '10.0.0.0/8', 'fd00::/64']);
  });

  test('a reached port takes the protocol of the flow', () => {
    expect(withoutSpans(statementOf('expect a -> b 53/udp reaches c 5353'))).toMatchObject({
      outcome: { service: { protocol: 'udp', ports: { first: 5353, last: 5353 } } },
    });
    expect(complaints('expect a -> b 53/udp, 53/tcp reaches c 5353')).toEqual(['CTFW1045 "5353"']);
  });

  test('exposed ports are TCP unless they say otherwise', () => {
    expect(withoutSpans(statementOf('container c { expose 80, 53/udp }'))).toMatchObject({
      items: [{ ports: [{ protocol: 'tcp' }, { protocol: 'udp' }] }],
    });
  });
});

describe('one mistake is one message', () => {
  test.each([
    ['an unknown statement, its block included', 'netwrok n { subnet 1.2.3/8; foo { bar } }', ['CTFW1010 "netwrok"']],
    ['a header without a name keeps its block', 'network { subnet 1.2.3/8 }', ['CTFW1012 "{"', 'CTFW1030 "1.2.3"']],
    ['two words too many in a header', 'network a b c { icc off }', ['CTFW1013 "b"']],
    ['a missing block', 'network n\nzone z = any', ['CTFW1018 ""']],
    ['a missing arrow', 'allow office edge 22/tcp, 300/tcp', ['CTFW1012 "edge"']],
    ['a missing subject', 'allow -> b', ['CTFW1012 "->"']],
    ['a missing second subject', 'allow a -> , b', ['CTFW1012 ","']],
    ['a word in the place of a prefix', 'zone office = on lan0', ['CTFW1030 "on"']],
    ['a missing comma', 'group g = a b', ['CTFW1013 "b"']],
    ['a comma too many', 'group g = a,\nservice dns = 53/udp', ['CTFW1013 "dns"']],
    ['a missing outcome', 'expect a -> b 22/tcp', ['CTFW1012 ""']],
    ['a mistyped outcome', 'expect a -> b alowed', ['CTFW1012 ""']],
    ['two statements in a line', 'container a { attach x } container b { attach y }', ['CTFW1013 "container"']],
    ['a text without an end', 'deny a -> b log "smtp; zone = {\nzone z = any', ['CTFW1004 "\\"smtp; zone = {"']],
    ['a wrong arrow', 'allow a => b 70000/tcp', ['CTFW1005 "=>"', 'CTFW1041 "70000"']],
    ['an invisible character in a name', 'allow a\u202eb -> c 22', ['CTFW1002 "\u202e"']],
    ['a block too deep', 'host h { interface i { address 10.0.0.1/24 { x { y } } } }', ['CTFW1013 "{"']],
    ['an item in the wrong block', 'host h { zone z = 1.2.3 }', ['CTFW1011 "zone"']],
    ['an unknown item with a block', 'container c { volume v { a; b }; expose 80 }', ['CTFW1010 "volume"']],
    ['a comma for a semicolon', 'network n { icc off, internal }', ['CTFW1013 ","']],
  ])('%s', (_name, text, expected) => {
    expect(complaints(text)).toEqual(expected);
  });

  test('a forgotten closing brace: the next statement is not swallowed', () => {
    const text = 'container web {\n  attach front\n\ncontainer db { attach back }\nzone z = any\n';
    expect(complaints(text)).toEqual(['CTFW1014 "{"']);
    const { file } = parsePolicy({ name: 'test.ctfw', text });
    expect(file.statements.map(({ kind }) => kind)).toEqual(['container', 'container', 'zone']);
  });

  test('a forgotten closing brace of an inner block', () => {
    const text =
      'host edge {\n  interface lan0 {\n    address 10.0.0.1/24\n  route default via 10.0.0.2\n}\nzone z = any\n';
    expect(complaints(text)).toEqual(['CTFW1014 "{"']);
    const { file } = parsePolicy({ name: 'test.ctfw', text });
    expect(withoutSpans(file.statements[0])).toMatchObject({ items: [{ kind: 'interface' }, { kind: 'route' }] });
  });

  test('a forgotten brace at the end of the file', () => {
    expect(complaints('container web {\n  attach front\n  expose 80\n')).toEqual(['CTFW1014 "{"']);
  });

  test('a brace too many closes a block too early', () => {
    const text =
      'host edge { interface l { address 10.0.0.1/24 } }\n  ip-forward on\n  transit off\n}\nzone z = 1.2.3\n';
    expect(complaints(text)).toEqual(['CTFW1015 "}"', 'CTFW1030 "1.2.3"']);
  });

  test('a forgotten opening brace', () => {
    expect(complaints('host edge\n  ip-forward on\n}\nzone z = any\n')).toEqual(['CTFW1015 "}"']);
  });

  test('all mistakes of a file in one run, in order', () => {
    const text = [
      'network front { subnet 256.1.1.0/24; icc maybe }',
      'container web { attach front 10.0.0.300; expose http; publish 80:80:80:80 }',
      'allow web ->',
      'foo',
      'zone z = 10.0.0.1/8',
    ].join('\n');
    expect(complaints(text)).toEqual([
      'CTFW1031 "256"',
      'CTFW1052 "maybe"',
      'CTFW1031 "300"',
      'CTFW1040 "http"',
      'CTFW1047 "80:80:80:80"',
      'CTFW1012 ""',
      'CTFW1010 "foo"',
      'CTFW1037 "10.0.0.1/8"',
    ]);
  });

  test('statements with a mistake are left out when less of them would mean more', () => {
    const { file } = parsePolicy({
      name: 'test.ctfw',
      text: 'allow a -> b 22/tcp, 70000/tcp\nallow a -> b, 1.2.3 22/tcp\n',
    });
    expect(file.statements).toEqual([]);
    const publish = parsePolicy({ name: 'test.ctfw', text: 'container c { publish 80:80 from 1.2.3 }' });
    expect(withoutSpans(publish.file.statements[0])).toMatchObject({ items: [] });
  });
});

describe('any text', () => {
  const pieces = fc.constantFrom(
    ...[
      'host',
      'network',
      'container',
      'x',
      'allow',
      'expect',
      'publish',
      '->',
      '<->',
      '{',
      '}',
      ';',
      '\n',
      ',',
      '=',
      '"',
      '#',
    ],
    ...[
      '10.0.0.0/8',
      '80:80',
      ' ',
      '\t',
      '\r',
      '\0',
      '\u202e',
      '[',
      '300.1.1.1',
      'icmp',
      'log',
      'on',
      'é',
      '\ud800',
      '🦊',
    ],
  );
  const soup = fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join(' '));
  const glued = fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join(''));

  test('gives a tree and diagnostics in order, at places inside the text', () => {
    fc.assert(
      fc.property(fc.oneof(soup, glued, fc.string({ unit: 'binary', maxLength: 200 })), (text) => {
        const { file, diagnostics } = parsePolicy({ name: 'test.ctfw', text });
        const starts = diagnostics.map(({ span }) => span.start);
        expect(starts).toEqual([...starts].sort((left, right) => left - right));
        expect(
          diagnostics.filter(({ span }) => span.start < 0 || span.end > text.length || span.end < span.start),
        ).toEqual([]);
        expect(misplaced(file, 0, text.length)).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  test('is policy only where there is nothing to complain about: what parses is printed and parsed again', () => {
    fc.assert(
      fc.property(soup, (text) => {
        const { file, diagnostics } = parsePolicy({ name: 'test.ctfw', text });
        fc.pre(diagnostics.length === 0);
        expect(withoutSpans(statementsOf(printPolicy(file)))).toEqual(withoutSpans(file.statements));
      }),
    );
  });

  test('one word less in a statement is one message at most', () => {
    fc.assert(
      fc.property(arbitraryPolicyFile, fc.nat(), (tree, at) => {
        const lines = printPolicy(tree)
          .split('\n')
          .filter((line) => /^(zone|group|link|connect|include) /.test(line));
        const damaged = lines.map((line) => {
          const words = line.split(/ +/);
          // `link expect -> web` without its first word is an `expect` with nothing on its left and no outcome: two mistakes.
          const isAnother = (words[1] ?? '') in forms.file;
          const dropped = isAnother ? 1 + (at % (words.length - 1)) : at % words.length;
          return words.toSpliced(dropped, 1).join(' ');
        });
        fc.pre(damaged.length > 0);
        expect(complaints(damaged.join('\n')).length).toBeLessThanOrEqual(damaged.length);
      }),
    );
  });
});

describe('limits', () => {
  test('more mistakes than anybody reads are cut off, and that is said', () => {
    for (const line of ['allow a b', 'foo', 'zone z = 1.2.3', '\0', 'network n { bridge; icc x; foo }']) {
      const found = parsePolicy({ name: 'test.ctfw', text: `${line}\n`.repeat(diagnosticLimit + 500) }).diagnostics;
      expect(found).toHaveLength(diagnosticLimit + 1);
      expect(found.at(-1)?.code).toBe('CTFW1009');
    }
    const inOneBlock = `network n {\n${'bridge\n'.repeat(diagnosticLimit + 500)}}`;
    expect(parsePolicy({ name: 'test.ctfw', text: inOneBlock }).diagnostics.at(-1)?.code).toBe('CTFW1009');
    const badItems = `network n {\n${'icc x\n'.repeat(diagnosticLimit + 500)}}`;
    expect(parsePolicy({ name: 'test.ctfw', text: badItems }).diagnostics.at(-1)?.code).toBe('CTFW1009');
  });

  test('a line without end is refused, the others are read', () => {
    const text = `zone a = any\ngroup g = ${'a, '.repeat(400_000)}b\nzone c = 1.2.3\n`;
    expect(parsePolicy({ name: 'test.ctfw', text }).diagnostics.map(({ code }) => code)).toEqual([
      'CTFW1007',
      'CTFW1030',
    ]);
  });

  test('a file without end is refused', () => {
    const text = 'zone a = any\n'.repeat(1_300_000);
    expect(parsePolicy({ name: 'test.ctfw', text }).diagnostics.map(({ code }) => code)).toEqual(['CTFW1008']);
  });

  test.each([
    ['braces that open', '{'.repeat(100_000)],
    ['braces that close', '}'.repeat(100_000)],
    ['blocks in blocks', 'host a {\n'.repeat(50_000)],
    ['quotes', '"'.repeat(100_000)],
    ['commas', ','.repeat(100_000)],
    ['arrows', `allow ${'a -> '.repeat(50_000)}`],
    ['lists that break off', `allow ${'a b, '.repeat(50_000)} -> c`],
    ['colons', `container c { publish ${':'.repeat(100_000)} }`],
  ])('many %s are answered', (_name, text) => {
    const { diagnostics } = parsePolicy({ name: 'test.ctfw', text });
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(diagnostics.length).toBeLessThanOrEqual(diagnosticLimit + 1);
  });
});
