/** Applying suggested edits: each once, none into another, until nothing is left to mend. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { check } from '../../src/compile.ts';
import { applyEdits, applySafeEdits } from '../../src/diagnostics/apply-edits.ts';
import type { Diagnostic, SuggestedEdit } from '../../src/diagnostics/diagnostic.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import type { SourceFile } from '../../src/source/span.ts';

const file: SourceFile = { name: 'policy.ctfw', text: '0123456789' };
const edit = (start: number, end: number, replacement: string, safe = true, source = file): SuggestedEdit => ({
  span: { file: source, start, end },
  replacement,
  safe,
});

/** What is wrong with a text for a rule that turns every `from` into `to`. */
function replacing(from: string, to: string, safe = true): (source: SourceFile) => readonly Diagnostic[] {
  return (source) =>
    [...source.text.matchAll(new RegExp(from, 'g'))].map(({ index }) => ({
      code: 'CTFW1005',
      severity: 'error',
      message: '',
      span: { file: source, start: index, end: index + from.length },
      related: [],
      edit: edit(index, index + from.length, to, safe, source),
    }));
}

test('edits are applied in whatever order they come', () => {
  expect(applyEdits(file, [edit(6, 8, 'B'), edit(1, 3, 'A'), edit(10, 10, '!')])).toEqual({
    text: '0A345B89!',
    applied: 3,
  });
});

test('of overlapping and touching edits the first is applied', () => {
  expect(applyEdits(file, [edit(2, 5, 'A'), edit(4, 7, 'B'), edit(5, 6, 'C'), edit(7, 8, 'D')])).toEqual({
    text: '01A56D89',
    applied: 2,
  });
});

test('the same edit twice, also an insertion, is applied once', () => {
  expect(applyEdits(file, [edit(0, 0, 'x'), edit(0, 0, 'x'), edit(3, 4, ''), edit(3, 4, '')])).toEqual({
    text: 'x012456789',
    applied: 2,
  });
});

test('edits of other files and behind the end are left out', () => {
  const other = { name: 'other.ctfw', text: file.text };
  expect(applyEdits(file, [edit(1, 2, 'x', true, other), edit(8, 11, 'y')])).toEqual({ text: file.text, applied: 0 });
});

test('every part of the text that no applied edit covers stays as it is', () => {
  const offset = fc.integer({ min: 0, max: 10 });
  const edits = fc.array(fc.tuple(offset, offset).map(([a, b]) => edit(Math.min(a, b), Math.max(a, b), '<>')));
  fc.assert(
    fc.property(edits, (all) => {
      const { text, applied } = applyEdits(file, all);
      const kept = text.split('<>');
      expect(kept.length).toBe(applied + 1);
      let position = 0;
      for (const piece of kept) {
        position = file.text.indexOf(piece, position);
        expect(position).toBeGreaterThanOrEqual(0);
        position += piece.length;
      }
    }),
  );
});

test('what touches is mended in the next round', () => {
  expect(applySafeEdits({ ...file, text: 'aaa' }, replacing('a', 'b'))).toEqual({ text: 'bbb', applied: 3 });
});

test('edits that are not safe are never applied', () => {
  expect(applySafeEdits({ ...file, text: 'aaa' }, replacing('a', 'b', false))).toEqual({ text: 'aaa', applied: 0 });
});

test('edits that undo each other end', () => {
  const flip = (source: SourceFile): readonly Diagnostic[] =>
    source.text === 'a' ? replacing('a', 'b')(source) : replacing('b', 'a')(source);
  expect(applySafeEdits({ ...file, text: 'a' }, flip)).toEqual({ text: 'b', applied: 1 });
});

test('edits that never end are given up after some rounds', () => {
  const { text, applied } = applySafeEdits({ ...file, text: 'a' }, replacing('a', 'aa'));
  expect(applied).toBeLessThan(2000);
  expect(text.length).toBe(applied + 1);
});

test('arrows of other languages are mended, and the policy means what was meant', () => {
  const text =
    'network n { subnet 10.0.0.0/24 }\ncontainer a { attach n }\ndeny a => any 25/tcp\ndeny a \u2192 any 26/tcp\n';
  const diagnose = (source: SourceFile): readonly Diagnostic[] =>
    check(source, () => ({ error: 'none' }), emptyLock).diagnostics;
  const mended = applySafeEdits({ ...file, text }, diagnose);
  expect(mended).toEqual({ text: text.replace('=>', '->').replace('\u2192', '->'), applied: 2 });
  expect(diagnose({ ...file, text: mended.text })).toEqual([]);
});
