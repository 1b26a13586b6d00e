import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatComment,
  maximumCommentLength,
  normalizeComment,
  parseComment,
  plainText,
} from '../../../src/backends/nftables/comment.ts';

const origin = (file: string, line: number): { readonly file: string; readonly line: number } => ({ file, line });

test('text and origins are joined and read back', () => {
  const commented = { comment: 'published', origins: [origin('edge.ctfw', 3), origin('b.ctfw', 12)] };
  expect(formatComment(commented)).toBe('published; edge.ctfw:3, b.ctfw:12');
  expect(parseComment('published; edge.ctfw:3, b.ctfw:12')).toEqual(commented);
});

test('either part may be missing', () => {
  expect(formatComment({ origins: [origin('edge.ctfw', 3)] })).toBe('edge.ctfw:3');
  expect(parseComment('edge.ctfw:3')).toEqual({ origins: [origin('edge.ctfw', 3)] });
  expect(formatComment({ origins: [], comment: 'text' })).toBe('text');
  expect(parseComment('text')).toEqual({ origins: [], comment: 'text' });
  expect(formatComment({ origins: [] })).toBe(undefined);
  expect(formatComment({ origins: [], comment: '  ' })).toBe(undefined);
});

test('an origin is written once', () => {
  expect(formatComment({ origins: [origin('a', 1), origin('a', 1)] })).toBe('a:1');
});

test('comments of others are text', () => {
  expect(parseComment('!fw3: accept; see ticket 12')).toEqual({ origins: [], comment: '!fw3: accept; see ticket 12' });
});

test('quotes, backslashes, controls and other scripts are replaced', () => {
  expect(plainText('a"b\\c\n\u001b[31mé😀`')).toBe("a'b/c??[31m??'");
  expect(formatComment({ origins: [origin('a, b; c"\n.ctfw', 1)] })).toBe("a_ b_ c'?.ctfw:1");
});

test('origins that do not fit are left out whole', () => {
  const origins = Array.from({ length: 20 }, (_, index) => origin('policies/edge.ctfw', 100 + index));
  const text = formatComment({ origins, comment: 'text' }) ?? '';
  expect(text).toBe(
    'text; policies/edge.ctfw:100, policies/edge.ctfw:101, policies/edge.ctfw:102, policies/edge.ctfw:103, ...',
  );
  expect(parseComment(text)).toEqual({ comment: 'text', origins: origins.slice(0, 4) });
});

test('of a long file name the end is kept, of a long text the start', () => {
  const text = formatComment({ origins: [origin(`${'x'.repeat(300)}/edge.ctfw`, 7)], comment: 'y'.repeat(300) }) ?? '';
  expect(text).toMatch(/^y{61,}\.\.\.; \.\.\.x+\/edge\.ctfw:7$/);
  expect(text.length).toBeLessThanOrEqual(maximumCommentLength);
});

const commented = fc.record(
  {
    origins: fc.array(fc.record({ file: fc.string({ unit: 'binary', maxLength: 80 }), line: fc.nat(100_000) }), {
      maxLength: 12,
    }),
    comment: fc.string({ unit: 'binary', maxLength: 200 }),
  },
  { requiredKeys: ['origins'] },
);

test('what is written is printable, fits, and has one canonical form', () => {
  fc.assert(
    fc.property(commented, (value) => {
      const text = formatComment(value);
      if (text !== undefined) expect(text).toMatch(/^[ !#-[\]-~]{1,128}$/);
      const canonical = normalizeComment(value);
      expect(normalizeComment(canonical)).toEqual(canonical);
    }),
  );
});
