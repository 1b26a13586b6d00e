import { describe, expect, test } from 'vitest';
import type { Diagnostic, Severity } from '../../src/diagnostics/diagnostic.ts';
import { applyIgnores } from '../../src/syntax/ignore.ts';
import { parsePolicy } from '../../src/syntax/parse.ts';
import { brief } from '../support/parse-policy.ts';

/** What is left of a warning at the word `HERE` of a policy. */
function left(text: string, severity: Severity = 'warning', code: Diagnostic['code'] = 'CTFW3001'): string[] {
  const { file } = parsePolicy({ name: 'test.ctfw', text });
  const start = text.indexOf('HERE');
  const span = { file: file.source, start, end: start + 4 };
  const diagnostics = start === -1 ? [] : [{ code, severity, message: 'x', span, related: [] }];
  return applyIgnores([file], diagnostics).map(brief);
}

describe('applyIgnores', () => {
  test('drops warnings and hints of the line below the comment', () => {
    expect(left('# ctfw-ignore CTFW3001\nlink HERE -> b\n')).toEqual([]);
    expect(left('# ctfw-ignore CTFW3001\nlink HERE -> b\n', 'hint')).toEqual([]);
    expect(left('container c {\n  # ctfw-ignore: CTFW3001 as agreed with the operators\n  attach HERE\n}\n')).toEqual(
      [],
    );
    expect(left('#ctfw-ignore CTFW3002, CTFW3001\nlink HERE -> b\n')).toEqual(['CTFW1062 "CTFW3002"']);
  });

  test('further comments may stand between, and a comment behind a statement is about its own line', () => {
    expect(left('# ctfw-ignore CTFW3001\n# because\n# of that\nlink HERE -> b\n')).toEqual([]);
    expect(left('link HERE -> b # ctfw-ignore CTFW3001\n')).toEqual([]);
    expect(left('link a -> b # ctfw-ignore CTFW3001\nlink HERE -> b\n')).toEqual([
      'CTFW3001 "HERE"',
      'CTFW1062 "CTFW3001"',
    ]);
    expect(left('# ctfw-ignore CTFW3001\nlink a -> b # other\nlink HERE -> b\n')).toEqual([
      'CTFW3001 "HERE"',
      'CTFW1062 "CTFW3001"',
    ]);
  });

  test('never drops errors, and says nothing of unused suppressions while there are some', () => {
    expect(left('# ctfw-ignore CTFW3001\nlink HERE -> b\n', 'error')).toEqual(['CTFW3001 "HERE"']);
    expect(left('# ctfw-ignore CTFW3009\nlink HERE -> b\n', 'error')).toEqual(['CTFW3001 "HERE"']);
  });

  test('drops only the codes that are named', () => {
    expect(left('# ctfw-ignore CTFW3002\nlink HERE -> b\n')).toEqual(['CTFW3001 "HERE"', 'CTFW1062 "CTFW3002"']);
    expect(left('# ctfw-ignored CTFW3001\nlink HERE -> b\n')).toEqual(['CTFW3001 "HERE"']);
  });

  test('warns of suppressions without use or without a code', () => {
    expect(left('# ctfw-ignore CTFW3001\nlink a -> b\n')).toEqual(['CTFW1062 "CTFW3001"']);
    expect(left('# ctfw-ignore all\nlink a -> b\n')).toEqual(['CTFW1063 "# ctfw-ignore all"']);
    expect(left('# ctfw-ignore CTFW3001')).toEqual(['CTFW1062 "CTFW3001"']);
  });

  test('two suppressions of one warning are both used', () => {
    expect(left('# ctfw-ignore CTFW3001\n# ctfw-ignore CTFW3001\nlink HERE -> b # ctfw-ignore CTFW3001\n')).toEqual([]);
  });
});
