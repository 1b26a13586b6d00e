import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePolicy } from '../../src/syntax/parse.ts';
import { printPolicy } from '../../src/syntax/print.ts';
import type { PolicyFile } from '../../src/syntax/tree.ts';
import { arbitraryPolicyFile } from '../support/arbitrary-policy-file.ts';
import { examplePolicy } from '../support/example-policy.ts';
import { scrambled } from '../support/scramble-layout.ts';
import { withoutSpans } from '../support/without-spans.ts';

function parse(text: string): PolicyFile {
  const { file, diagnostics } = parsePolicy({ name: 'test.ctfw', text });
  expect(diagnostics.map(({ code, message }) => `${code} ${message} in ${JSON.stringify(text)}`)).toEqual([]);
  return file;
}

const format = (text: string): string => printPolicy(parse(text));

describe('laws', () => {
  test('printing a tree and parsing the text gives the tree', () => {
    fc.assert(
      fc.property(arbitraryPolicyFile, (file) => {
        expect(withoutSpans(parse(printPolicy(file)))).toEqual(withoutSpans(file));
      }),
      { numRuns: 400 },
    );
  });

  test('the default layout is one that the formatter keeps', () => {
    fc.assert(
      fc.property(arbitraryPolicyFile, (file) => {
        const text = printPolicy(file);
        expect(format(text)).toBe(text);
      }),
      { numRuns: 400 },
    );
  });

  test('layout means nothing, formatting is idempotent and loses no comment', () => {
    const texts = arbitraryPolicyFile.map(printPolicy).chain((text) => fc.tuple(fc.constant(text), scrambled(text)));
    fc.assert(
      fc.property(texts, ([original, text]) => {
        const file = parse(text);
        expect(withoutSpans(file)).toEqual(withoutSpans(parse(original)));
        const formatted = printPolicy(file);
        const again = parse(formatted);
        expect(withoutSpans(again)).toEqual(withoutSpans(file));
        expect(again.comments.map((comment) => comment.text)).toEqual(file.comments.map((comment) => comment.text));
        expect(printPolicy(again)).toBe(formatted);
      }),
      { numRuns: 400 },
    );
  });
});

describe('the look', () => {
  test('the example is formatted already', () => {
    expect(format(examplePolicy)).toBe(examplePolicy);
  });

  test('columns of neighbours, blank lines and comments', () => {
    const text = `


# top


zone   a=any on   eth0   # right here
group longer-name = x,y
# in between
zone c = 10.0.0.0/8
link a->b
allow a->b 22/tcp
deny a, b -> c log "x"
deny a -> b   reject

deny a -> b
expect a->b 22/tcp   allowed
expect long -> b   blocked # sure
network a { subnet 10.1.0.0/16 }
network bcd {   icc off ; internal }
container x {
attach a{port veth0}   ; expose 80   # both
}   # closed
`;
    expect(format(text)).toBe(`# top

zone a            = any on eth0        # right here
group longer-name = x, y
# in between
zone c            = 10.0.0.0/8
link  a -> b
allow a -> b 22/tcp
deny  a, b -> c     log "x"
deny  a -> b        reject

deny a -> b
expect a    -> b 22/tcp  allowed
expect long -> b         blocked       # sure
network a   { subnet 10.1.0.0/16 }
network bcd { icc off; internal }
container x {
  attach a { port veth0 }
  expose 80/tcp                        # both
}                                      # closed
`);
  });

  test('lists and blocks stay in lines where they were, and their comments with them', () => {
    const text = `network n # header
# above
{ # brace
  icc off; # first
  subnet 10.0.0.0/8, # four

     # six
     fd00::/64

  # last
}
container db { attach n }
container web {
  attach n }
host h {}
host g {
}
host e { # nothing
}
`;
    expect(format(text)).toBe(`network n {                            # header
  # above
  # brace
  icc off                              # first
  subnet 10.0.0.0/8,                   # four
      # six
      fd00::/64

  # last
}
container db { attach n }
container web {
  attach n
}
host h {}
host g {}
host e {                               # nothing
}
`);
  });

  test('what does not fit in a line is broken', () => {
    const members = Array.from({ length: 30 }, (_, index) => `container-${index}`);
    const lines = format(
      `group all = ${members.join(',')}\ncontainer c { attach n; alias ${members.join(', ')} }`,
    ).split('\n');
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
    expect(lines[0]).toMatch(/^group all = container-0, .*,$/);
    expect(lines[1]).toMatch(/^ {4}container-\d+, /);
    expect(
      lines.filter((line) => line.startsWith('  alias') || line.startsWith('      container-')).length,
    ).toBeGreaterThan(1);
  });

  test('values are written in their canonical form', () => {
    const text = 'container c { attach n FD00:0::1 { mac 02:AB:ac:11:00:02 }; publish 80:80/tcp, [::1]:53:53/udp }';
    expect(format(text)).toBe(
      'container c { attach n fd00::1 { mac 02:ab:ac:11:00:02 }; publish 80:80, [::1]:53:53/udp }\n',
    );
  });

  test('nothing is nothing', () => {
    expect(format('')).toBe('');
    expect(format('\n\n')).toBe('');
    expect(format('# only\n\n\n# comments')).toBe('# only\n\n# comments\n');
  });
});

test('a tree whose places are those of another language gets the default layout', () => {
  const text = 'services:\n  web:\n    image: nginx\n';
  const source = { name: 'compose.yaml', text };
  const span = { file: source, start: 12, end: 30 };
  const name = { text: 'web', span };
  const file: PolicyFile = {
    kind: 'file',
    source,
    comments: [],
    span,
    statements: [
      {
        kind: 'container',
        name,
        items: [{ kind: 'attach', network: { text: 'front', span }, addresses: [], options: [], span }],
        span,
      },
      { kind: 'link', from: name, to: { text: 'db', span }, alias: undefined, span },
    ],
  };
  expect(printPolicy(file)).toBe('container web { attach front }\n\nlink web -> db\n');
});
