import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../../src/diagnostics/render.ts';
import type { Span } from '../../src/source/span.ts';

function at(text: string, part: string, name = 'edge.ctfw'): Span {
  const start = text.indexOf(part);
  return { file: { name, text }, start, end: start + part.length };
}

function diagnostic(span: Span, more: Partial<Diagnostic> = {}): Diagnostic {
  return { code: 'CTFW1012', severity: 'error', message: 'something is wrong', span, related: [], ...more };
}

const plain = (...diagnostics: Diagnostic[]): string => renderDiagnostics(diagnostics, { color: false });

/** The line of the source and the one with the marks below it. */
const excerpt = (span: Span): string[] => plain(diagnostic(span)).split('\n').slice(3, 5);

describe('renderDiagnostics', () => {
  test('message, place, line, marks, related places, help', () => {
    const text = `${'\n'.repeat(8)}port 80\n\nport 80 again\n`;
    const file = { name: 'edge.ctfw', text };
    const first = { file, start: 13, end: 15 };
    const second = { file, start: 22, end: 24 };
    expect(
      plain(
        diagnostic(second, { related: [{ span: first, message: 'first published here' }], help: 'publish it once' }),
      ),
    ).toBe(
      `error[CTFW1012]: something is wrong
  --> edge.ctfw:11:6
   |
11 | port 80 again
   |      ^^
  ::: edge.ctfw:9:6
   |
 9 | port 80
   |      -- first published here
   = help: publish it once
`,
    );
  });

  test('an empty line between two diagnostics, nothing for none', () => {
    const span = at('abc\n', 'b');
    expect(plain(diagnostic(span), diagnostic(span, { severity: 'warning' })).split('\n\n')[1]).toMatch(
      /^warning\[CTFW1012\]/,
    );
    expect(plain()).toBe('');
  });

  test('tabs, wide characters and marks on letters keep the marks under the place', () => {
    expect(excerpt(at('\tx\tbad', 'bad'))).toEqual(['1 |     x   bad', '  |         ^^^']);
    expect(excerpt(at('zone 東京 = bad', 'bad'))).toEqual(['1 | zone 東京 = bad', '  |             ^^^']);
    expect(excerpt(at('zone 東京 = x', '東京'))).toEqual(['1 | zone 東京 = x', '  |      ^^^^']);
    expect(excerpt(at('e\u0301e\u0301 bad', 'bad'))).toEqual(['1 | e\u0301e\u0301 bad', '  |    ^^^']);
    expect(excerpt(at('🦊 bad', 'bad'))).toEqual(['1 | 🦊 bad', '  |    ^^^']);
  });

  test('what a terminal would obey is shown as an escape', () => {
    expect(excerpt(at('a\u001b[31m bad', 'bad'))).toEqual(['1 | a\\u{1b}[31m bad', '  |             ^^^']);
    expect(excerpt(at('a\u202eb', '\u202e'))).toEqual(['1 | a\\u{202e}b', '  |  ^^^^^^^^']);
    expect(plain(diagnostic(at('x', 'x', 'a\u001b]0;b\n.ctfw'), { message: 'a\u0007\nb', help: '\u009b' }))).toBe(
      'error[CTFW1012]: a\\u{7}\\u{a}b\n --> a\\u{1b}]0;b\\u{a}.ctfw:1:1\n  |\n1 | x\n  | ^\n  = help: \\u{9b}\n',
    );
  });

  test('the end of a line and of a file can be pointed at', () => {
    const file = { name: 'x', text: 'ab\r\ncd' };
    expect(excerpt({ file, start: 2, end: 2 })).toEqual(['1 | ab', '  |   ^']);
    expect(excerpt({ file, start: 6, end: 6 })).toEqual(['2 | cd', '  |   ^']);
    expect(excerpt({ file: { name: 'x', text: '' }, start: 0, end: 0 })).toEqual(['1 |', '  | ^']);
  });

  test('a place of several lines is marked to the end of its first', () => {
    const file = { name: 'x', text: 'a {\n  b\n}\n' };
    expect(excerpt({ file, start: 2, end: 9 })).toEqual(['1 | a {', '  |   ^']);
  });

  test('the byte order mark takes no room', () => {
    expect(excerpt({ file: { name: 'x', text: '\ufeffbad' }, start: 1, end: 4 })).toEqual(['1 | bad', '  | ^^^']);
  });

  test('long lines are cut around the place', () => {
    const text = `${'a'.repeat(5000)}bad${'b'.repeat(5000)}`;
    const [line = '', marks = ''] = excerpt(at(text, 'bad'));
    expect(line).toBe(`1 | ...${'a'.repeat(40)}bad${'b'.repeat(77)}...`);
    expect(marks).toBe(`  | ${' '.repeat(43)}^^^`);
    const [start = ''] = excerpt({ file: { name: 'x', text }, start: 0, end: 9000 });
    expect(start).toBe(`1 | ${'a'.repeat(120)}...`);
  });

  test('a thousand places in one very long line are rendered', () => {
    const file = { name: 'x', text: 'ab '.repeat(300_000) };
    const many = Array.from({ length: 1000 }, (_, index) =>
      diagnostic({ file, start: index * 900, end: index * 900 + 2 }),
    );
    expect(plain(...many).match(/\^\^$/gm)).toHaveLength(1000);
  });

  test('colour is added only when asked for, and changes nothing but colour', () => {
    const one = diagnostic(at('abc', 'b'), { help: 'x', related: [{ span: at('abc', 'c'), message: 'y' }] });
    const colored = renderDiagnostics([one], { color: true });
    expect(colored).toContain('\u001b[');
    expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(plain(one));
  });

  test('no text brings a control character into the output, wherever the place is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.nat(), fc.nat(), (text, from, length) => {
        const start = from % (text.length + 1);
        const span = { file: { name: text, text }, start, end: Math.min(text.length, start + (length % 20)) };
        const rendered = plain(diagnostic(span, { message: text, help: text }));
        expect(rendered.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(rendered.split('\n')).toHaveLength(7);
      }),
      { numRuns: 1000 },
    );
  });
});
