import { expect, test } from 'vitest';
import { display, visible } from '../../src/diagnostics/display.ts';

test('visible text is left alone, everything else is escaped', () => {
  expect(visible('größer 東京 🦊 e\u0301 "x" \\')).toBe('größer 東京 🦊 e\u0301 "x" \\');
  expect(visible('\0\t\n\u001b\u007f\u009b')).toBe('\\u{0}\\u{9}\\u{a}\\u{1b}\\u{7f}\\u{9b}');
  expect(visible('\u200b\u200d\u202e\u2066\ufeff\u2028\u00a0\u3164')).toBe(
    '\\u{200b}\\u{200d}\\u{202e}\\u{2066}\\u{feff}\\u{2028}\\u{a0}\\u{3164}',
  );
  expect(visible('\ud800')).toBe('\\u{d800}');
});

test('columns are those of a terminal', () => {
  expect(display('a\tb').columns).toEqual([0, 1, 4, 5]);
  expect(display('東x').columns).toEqual([0, 2, 3]);
  expect(display('🦊x').columns).toEqual([0, 0, 2, 3]);
  expect(display('e\u0301x').columns).toEqual([0, 1, 1, 2]);
  expect(display('\u001bx')).toEqual({ text: '\\u{1b}x', columns: [0, 6, 7] });
});
