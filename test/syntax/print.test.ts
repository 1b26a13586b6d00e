import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePolicy } from '../../src/syntax/parse.ts';
import { printPolicy } from '../../src/syntax/print.ts';
import type { PolicyFile } from '../../src/syntax/tree.ts';
import { arbitraryPolicyFile } from '../support/arbitrary-policy-file.ts';
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
      { numRuns: 3000 },
    );
  });

  test('the default layout is one that the formatter keeps', () => {
    fc.assert(
      fc.property(arbitraryPolicyFile, (file) => {
        const text = printPolicy(file);
        expect(format(text)).toBe(text);
      }),
      { numRuns: 3000 },
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
      { numRuns: 3000 },
    );
  });
});
