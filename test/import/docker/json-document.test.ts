import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maximumDepth, maximumLength, readJsonDocuments } from '../../../src/import/docker/json-document.ts';
import type { DocumentNode } from '../../../src/import/reading/node.ts';
import { positionAt } from '../../../src/source/span.ts';

function read(text: string): ReturnType<typeof readJsonDocuments> {
  return readJsonDocuments({ name: 'x.json', text });
}

function codes(text: string): readonly string[] {
  return read(text).diagnostics.map(({ code, span }) => {
    const { line, column } = positionAt(span.file, span.start);
    return `${code} ${line}:${column}`;
  });
}

/** What a tree stands for, as JSON.parse gives it. */
function plainValue(node: DocumentNode): unknown {
  switch (node.kind) {
    case 'mapping':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key.text, plainValue(value)]));
    case 'sequence':
      return node.items.map(plainValue);
    case 'scalar':
      if (node.isNull) return null;
      return node.type === 'text' ? node.text : JSON.parse(node.text);
  }
}

test('what JSON.parse reads is read the same, with every value at its place', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (compact, indent) => {
      const text = JSON.stringify(JSON.parse(compact), undefined, indent);
      const { roots, diagnostics } = read(text);
      expect(diagnostics).toEqual([]);
      expect(roots.length).toBe(1);
      const check = (node: DocumentNode): void => {
        const { span } = node;
        expect(plainValue(node)).toEqual(JSON.parse(span.file.text.slice(span.start, span.end)));
        if (node.kind === 'sequence') node.items.forEach(check);
        if (node.kind === 'mapping') for (const { key, value } of node.entries) [key, value].forEach(check);
      };
      for (const root of roots) check(root);
    }),
    { numRuns: 300 },
  );
});

test('what JSON.parse refuses is refused, unless it is several documents', () => {
  fc.assert(
    fc.property(
      fc
        .array(fc.constantFrom(...'{}[]",:\\ \n0123-+.eEtrufalsn\u0001x'), { maxLength: 12 })
        .map((list) => list.join('')),
      (text) => {
        const { diagnostics, roots } = read(text);
        let parsed: { readonly value: unknown } | undefined;
        try {
          parsed = { value: JSON.parse(text) };
        } catch {
          parsed = undefined;
        }
        if (parsed !== undefined) expect(roots.map(plainValue)).toEqual([parsed.value]);
        else expect(diagnostics.length > 0 || roots.length !== 1).toBe(true);
      },
    ),
    { numRuns: 5000 },
  );
});

test('documents stand one behind the other', () => {
  expect(read('[1]\n[2] {"a":3}\n').roots.map(plainValue)).toEqual([[1], [2], { a: 3 }]);
  expect(read('').roots).toEqual([]);
  expect(read('\ufeff[1]').roots.map(plainValue)).toEqual([[1]]);
});

test.each([
  ['{"a": 1,}', 'CTFW6033 1:9'],
  ['[1 2]', 'CTFW6033 1:4'],
  ['{"a" 1}', 'CTFW6033 1:6'],
  ['{a: 1}', 'CTFW6033 1:2'],
  ['["a\nb"]', 'CTFW6033 1:4'],
  ['["\\x"]', 'CTFW6033 1:3'],
  ['[01]', 'CTFW6033 1:2'],
  ['[1', 'CTFW6033 1:3'],
  ['["a', 'CTFW6033 1:4'],
  ['Error: No such object: web', 'CTFW6033 1:1'],
  ['[\n {"Id": "a",\n  "Id": "b"}]', 'CTFW6003 3:3'],
])('%j is refused where it goes wrong', (text, code) => {
  expect(codes(text)).toEqual([code]);
  expect(read(text).roots).toEqual([]);
});

test('deep and long texts are refused before anything else is done with them', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  expect(codes(nested(maximumDepth))).toEqual([]);
  expect(codes(nested(maximumDepth + 1))).toEqual([`CTFW6004 1:${maximumDepth + 1}`]);
  expect(codes('['.repeat(1_000_000))).toEqual([`CTFW6004 1:${maximumDepth + 1}`]);
  expect(codes(' '.repeat(maximumLength + 1))).toEqual(['CTFW6004 1:1']);
});

test('`__proto__` is a key like any other', () => {
  const [root] = read('{"__proto__": {"a": 1}}').roots;
  expect(root?.kind === 'mapping' && root.entries.map(({ key }) => key.text)).toEqual(['__proto__']);
});
