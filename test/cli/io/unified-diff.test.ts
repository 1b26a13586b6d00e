import { applyPatch } from 'diff';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unifiedDiff } from '../../../src/cli/io/unified-diff.ts';

test('three lines around each change, and the name of the file', () => {
  const before = 'a\nb\nc\nd\ne\nf\ng\nh\n';
  expect(unifiedDiff('x.ctfw', before, before.replace('e', 'E'))).toBe(
    '--- x.ctfw\n+++ x.ctfw\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n',
  );
});

test('applying the difference gives the new text', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 }).map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, text, (before, after) => {
      fc.pre(before !== after);
      expect(applyPatch(before, unifiedDiff('x', before, after))).toBe(after);
    }),
  );
});

test('long texts that differ everywhere are shown as replaced, which applies as well', () => {
  const lines = (indent: string): string => Array.from({ length: 3000 }, (_, index) => `${indent}${index}\n`).join('');
  const before = `${lines('  ')}end without newline`;
  const shown = unifiedDiff('x', before, lines(''));
  expect(shown).toContain('@@ -1,3001 +1,3000 @@');
  expect(applyPatch(before, shown)).toBe(lines(''));
});
