/** Findings about policies: what is told, and that leaving a told statement out changes no packet. */
import { describe, expect, test } from 'vitest';
import { compareRules, completedView, findingsOf, mergedView } from '../../../src/verifier/verifier.ts';
import { compiledPolicy } from '../../support/compiled.ts';
import { emitted } from '../support.ts';

const head = `host edge {
  interface lan0 { address 192.168.1.5/24 }
  interface wan0 { address 203.0.113.10/24 }
  route default via 203.0.113.1
  protect host
}
zone office   = 192.168.1.0/24 on lan0
zone internet = any on wan0
network front { bridge docker0; subnet 172.17.0.0/16; icc off }
container web { attach front 172.17.0.2; expose 80/tcp; publish 8080:80 }
container db { attach front 172.17.0.3; expose 5432/tcp }
`;

const told = (statements: string) =>
  findingsOf(compiledPolicy(head + statements).meaning).findings.map((finding) => {
    const { span } = finding;
    const why = finding.kind === 'never-matters' ? finding.because : finding.kind;
    const by = finding.by.map((other) => other.file.text.slice(other.start, other.end));
    return [span.file.text.slice(span.start, span.end), why, ...by].join(' | ');
  });

describe('statements that decide about no packet', () => {
  test.each<[what: string, statements: string, found: string[]]>([
    ['none', 'allow office -> db 5432/tcp\n', []],
    [
      'an allow that two others cover together',
      'allow office -> db 5432-5440/tcp\nallow office -> db 5432-5436/tcp\nallow office -> db 5437-5440/tcp\n',
      [
        'allow office -> db 5432-5440/tcp | covered | allow office -> db 5432-5436/tcp | allow office -> db 5437-5440/tcp',
      ],
    ],
    [
      'an allow that a deny beats',
      'allow office -> db 5432/tcp\ndeny any -> db 1-6000/tcp\n',
      ['allow office -> db 5432/tcp | denied | deny any -> db 1-6000/tcp'],
    ],
    ['a deny of what is blocked anyway', 'deny internet -> db 22/tcp\n', ['deny internet -> db 22/tcp | covered']],
    ['a reject of what is blocked anyway is told to the sender', 'deny internet -> db 22/tcp reject\n', []],
    [
      'expectations about ports and addresses that nothing else speaks of',
      'expect internet -> edge 9999/tcp blocked\nexpect 10.9.8.0/24 -> web 81/udp blocked\n',
      [],
    ],
    ['a deny of a published port', 'deny internet -> edge 8080/tcp\n', []],
    [
      'a publication that nobody may use',
      'deny any -> web 80/tcp\n',
      ['8080:80 | unreachable-publication | deny any -> web 80/tcp'],
    ],
  ])('%s', (_, statements, found) => {
    // Each of two that cover each other would do alone: those that something else covers are told.
    expect(told(statements).filter((line) => found.length === 0 || found.includes(line))).toEqual(found);
  });

  test('without one that is told, no packet is treated otherwise', () => {
    const statements = [
      'allow office -> db 5432/tcp',
      'allow any -> db 5432/tcp',
      'deny internet -> db 1-100/tcp',
      'deny any -> edge 22/tcp reject',
      'allow office -> edge 22/tcp',
    ];
    const all = compiledPolicy(`${head}${statements.join('\n')}\n`);
    const idle = findingsOf(all.meaning).findings.map(({ span }) => span.file.text.slice(span.start, span.end));
    expect(idle).toContain('allow office -> db 5432/tcp');
    for (const statement of statements) {
      const less = compiledPolicy(`${head}${statements.filter((other) => other !== statement).join('\n')}\n`);
      const { view } = mergedView(completedView(all.meaning), completedView(less.meaning));
      const { changes } = compareRules(view, [emitted(all)], [emitted(less)], {
        policies: [all.meaning, less.meaning],
      });
      expect([statement, changes.length === 0]).toEqual([statement, idle.includes(statement)]);
    }
  });
});

test('what is open to the outside, and whether an expectation speaks of it', () => {
  const openings = (statements: string) =>
    findingsOf(compiledPolicy(head + statements).meaning).openings.map(
      ({ span, covered }) => `${span.file.text.slice(span.start, span.end)} ${covered}`,
    );
  expect(openings('allow office -> edge 22/tcp\nallow web -> db 5432/tcp\n')).toEqual([
    'allow office -> edge 22/tcp false',
    '8080:80 false',
  ]);
  expect(openings('expect internet -> edge 8080/tcp reaches web 80/tcp\n')).toEqual(['8080:80 true']);
});

test('machines of a LAN are outside: what lets them in wants an expectation, and one from them is about it', () => {
  const lan =
    'network lan { physical br0 on lan0; subnet 192.168.1.0/24; gateway 192.168.1.1 }\ncontainer cam { attach lan 192.168.1.100 }\n';
  const openings = (statements: string) =>
    findingsOf(compiledPolicy(head + lan + statements).meaning).openings.map(
      ({ span, covered }) => `${span.file.text.slice(span.start, span.end)} ${covered}`,
    );
  expect(openings('allow office -> edge 22/tcp\nexpect internet -> edge 8080/tcp allowed\n')).toEqual([
    'allow office -> edge 22/tcp false',
    '8080:80 true',
  ]);
  expect(openings('allow office -> edge 22/tcp\nexpect office -> edge 22/tcp allowed\n')).toEqual([
    'allow office -> edge 22/tcp true',
    '8080:80 false',
  ]);
});
