import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maximumExpansion } from '../../../src/import/compose/yaml-convert.ts';
import { maximumDepth, maximumLength, readYaml } from '../../../src/import/compose/yaml-tree.ts';
import type { DocumentNode } from '../../../src/import/reading/node.ts';
import { positionAt } from '../../../src/source/span.ts';

function read(text: string): { value: unknown; codes: readonly string[] } {
  const { root, diagnostics } = readYaml({ name: 'compose.yaml', text });
  return {
    value: root === undefined ? undefined : plain(root),
    codes: diagnostics.map(({ code, span }) => `${code} ${positionAt(span.file, span.start).line}`),
  };
}

function plain(node: DocumentNode): unknown {
  if (node.kind === 'scalar') return node.isNull ? null : node.text;
  if (node.kind === 'sequence') return node.items.map(plain);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key.text, plain(value)]));
}

test('scalars keep the text that is written', () => {
  expect(read('[22:22, 8080, 0x50, 1e3, 0.50, true, yes, "null", null, ~, "", , 08]'.replace(', ,', ','))).toEqual({
    value: ['22:22', '8080', '0x50', '1e3', '0.50', 'true', 'yes', 'null', null, null, '', '08'],
    codes: [],
  });
});

test('a directive for an older version does not change what is read', () => {
  expect(read('%YAML 1.1\n---\na: [22:22, yes, 010]').value).toEqual({ a: ['22:22', 'yes', '010'] });
});

test('anchors, aliases and merge keys', () => {
  const text =
    'base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\none: {<<: *b, y: 9}\ntwo: {<<: [*m, *b]}\nlist: [*b]\nquoted: {"<<": q}';
  expect(read(text).value).toEqual({
    base: { x: '1', y: '2' },
    more: { y: '3', z: '4' },
    one: { y: '9', x: '1' },
    two: { y: '3', z: '4', x: '1' },
    list: [{ x: '1', y: '2' }],
    quoted: { '<<': 'q' },
  });
});

test('an alias means the last anchor before it', () => {
  expect(read('a: &x 1\nb: *x\nc: &x 2\nd: *x').value).toEqual({ a: '1', b: '1', c: '2', d: '2' });
});

test('the tags of compose', () => {
  expect(read('a: !reset [1]\nb: !override [2]\nc: !reset null\nd: !!str 5').value).toEqual({
    a: null,
    b: ['2'],
    c: null,
    d: '5',
  });
});

test.each([
  ['a: [1', 'CTFW6001 1'],
  ['a:\n\tb: 2', 'CTFW6001 2'],
  ['a: *nothing', 'CTFW6001 1'],
  ['a: &a [*a]', 'CTFW6001 1'],
  ['a: &a\n  <<: *a', 'CTFW6001 2'],
  ['a: 1\n<<: 5', 'CTFW6001 2'],
  ['a: !weird 1', 'CTFW6001 1'],
  ['? [a, b]\n: 1', 'CTFW6001 1'],
  ['a: 1\n---\nb: 2', 'CTFW6002 2'],
  ['a: 1\nb: 2\na: 3', 'CTFW6003 3'],
  ['a:\n  x: 1\n  x: 1', 'CTFW6003 3'],
])('%j is refused', (text, code) => {
  expect(read(text)).toEqual({ value: undefined, codes: [code] });
});

test('places are those of the text, carriage returns included', () => {
  const file = { name: 'compose.yaml', text: 'a: 1\r\nb:\r\n  - "x"\r\n' };
  const { root } = readYaml(file);
  const item =
    root?.kind === 'mapping' && root.entries[1]?.value.kind === 'sequence' ? root.entries[1].value.items[0] : undefined;
  expect(item === undefined ? undefined : file.text.slice(item.span.start, item.span.end)).toBe('"x"');
});

describe('hostile files', () => {
  const levels = Array.from(
    { length: 30 },
    (_, index) => `l${index + 1}: &l${index + 1} [${`*l${index},`.repeat(10)}]`,
  );
  const merges = Array.from(
    { length: 30 },
    (_, index) => `m${index + 1}: &m${index + 1} {k${index}: 1, <<: [*m${index}, *m${index}]}`,
  );
  const keys = Array.from({ length: 2000 }, (_, index) => `k${index}: 1`).join(', ');
  test.each([
    ['billion laughs', `l0: &l0 [x]\n${levels.join('\n')}`],
    [
      'one large mapping merged many times',
      `b: &b {${keys}}\n${Array.from({ length: 2000 }, (_, index) => `s${index}: {<<: *b}`).join('\n')}`,
    ],
    [
      'one large list aliased many times',
      `b: &b [${keys}]\n${Array.from({ length: 2000 }, (_, index) => `s${index}: *b`).join('\n')}`,
    ],
    ['nested lists', '['.repeat(200_000)],
    ['nested mappings', '{a: '.repeat(100_000)],
    ['nested items', '- '.repeat(100_000)],
    ['one level too deep', `${'['.repeat(maximumDepth + 1)}${']'.repeat(maximumDepth + 1)}`],
    ['too long', ' '.repeat(maximumLength + 1)],
  ])('%s', (_, text) => {
    expect(read(text).codes.map((code) => code.slice(0, 8))).toEqual(['CTFW6004']);
  });

  test('merging the same mapping twice adds nothing', () => {
    expect(read(`m0: &m0 {a: 1}\n${merges.join('\n')}`).codes).toEqual([]);
  });

  test('the deepest nesting that is read', () => {
    expect(read(`${'['.repeat(maximumDepth)}${']'.repeat(maximumDepth)}`).codes).toEqual([]);
  });

  test('a large file without aliases is read', () => {
    const items = maximumExpansion / 5;
    expect(read(`a: [${'1,'.repeat(items)}]`).codes).toEqual([]);
  });
});

test('never throws', () => {
  const pieces = fc.constantFrom(
    'a',
    ': ',
    '- ',
    '\n',
    '  ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '&x ',
    '*x',
    '<<',
    '"',
    "'",
    '|',
    '>',
    '#',
    '!t ',
    '---\n',
    '? ',
    '\t',
    '\r\n',
    '%',
    '\u{feff}',
    '\0',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')),
      ),
      (text) => {
        const { root, diagnostics } = readYaml({ name: 'compose.yaml', text });
        if (diagnostics.length > 0) expect(root).toBe(undefined);
        for (const { span } of diagnostics) expect(span.start <= span.end && span.end <= text.length).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});
