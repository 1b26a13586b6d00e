import { describe, expect, test } from 'vitest';
import type { SourceFile } from '../../src/source/span.ts';
import { assemble, includedPath, type ReadFile } from '../../src/syntax/include.ts';
import { brief } from '../support/parse-policy.ts';

/** Reads from a table of files by their paths. */
function reader(files: Readonly<Record<string, string>>): ReadFile {
  return (path) => {
    const text = files[path];
    return text === undefined ? { error: 'no such file' } : { name: path, text };
  };
}

function assembled(files: Readonly<Record<string, string>>): {
  names: string[];
  diagnostics: string[];
  related: string[];
} {
  const root: SourceFile = { name: 'policy.ctfw', text: files['policy.ctfw'] ?? '' };
  const { files: parsed, diagnostics } = assemble(root, reader(files));
  return {
    names: parsed.map(({ source }) => source.name),
    diagnostics: diagnostics.map((diagnostic) => `${diagnostic.span.file.name}: ${brief(diagnostic)}`),
    related: diagnostics.flatMap(({ related }) => related.map(({ span, message }) => `${span.file.name}: ${message}`)),
  };
}

describe('assemble', () => {
  test('follows includes relative to the including file, each file once', () => {
    const { names, diagnostics } = assembled({
      'policy.ctfw': 'include "zones.ctfw"\ninclude "sub/apps.ctfw"\ninclude "zones.ctfw"\n',
      'zones.ctfw': 'zone office = 10.0.0.0/8\n',
      'sub/apps.ctfw': 'include "more.ctfw"\ninclude "../zones.ctfw"\n',
      'sub/more.ctfw': '',
    });
    expect(names).toEqual(['policy.ctfw', 'zones.ctfw', 'sub/apps.ctfw', 'sub/more.ctfw']);
    expect(diagnostics).toEqual([]);
  });

  test('complains of what cannot be read, and of the mistakes of every file', () => {
    const { diagnostics } = assembled({
      'policy.ctfw': 'include "a.ctfw"\ninclude "missing.ctfw"\n',
      'a.ctfw': 'zone a = 1.2.3\n',
    });
    expect(diagnostics).toEqual(['a.ctfw: CTFW1030 "1.2.3"', 'policy.ctfw: CTFW1060 "\\"missing.ctfw\\""']);
  });

  test('complains of circles at the include that closes them', () => {
    expect(assembled({ 'policy.ctfw': 'include "policy.ctfw"\n' })).toMatchObject({
      names: ['policy.ctfw'],
      diagnostics: ['policy.ctfw: CTFW1061 "\\"policy.ctfw\\""'],
    });
    const circle = assembled({
      'policy.ctfw': 'include "a.ctfw"\n',
      'a.ctfw': 'include "b.ctfw"\n',
      'b.ctfw': 'include "a.ctfw"\n',
    });
    expect(circle.names).toEqual(['policy.ctfw', 'a.ctfw', 'b.ctfw']);
    expect(circle.diagnostics).toEqual(['b.ctfw: CTFW1061 "\\"a.ctfw\\""']);
    expect(circle.related).toEqual(['a.ctfw: `b.ctfw` is included here']);
  });

  test('follows long chains', () => {
    const files: Record<string, string> = { 'policy.ctfw': 'include "0"\n' };
    for (let index = 0; index < 3000; index++) files[`${index}`] = `include "${index + 1}"\n`;
    files['3000'] = '';
    const { names, diagnostics } = assembled(files);
    expect(names).toHaveLength(3002);
    expect(diagnostics).toEqual([]);
  });

  test('lets the reader say that two paths are one file', () => {
    const root = { name: 'policy.ctfw', text: 'include "a.ctfw"\ninclude "link.ctfw"\n' };
    const { files } = assemble(root, () => ({ name: '/real/a.ctfw', text: '' }));
    expect(files.map(({ source }) => source.name)).toEqual(['policy.ctfw', '/real/a.ctfw']);
  });
});

test('includedPath', () => {
  expect(includedPath('b.ctfw', { name: 'a.ctfw', text: '' })).toBe('b.ctfw');
  expect(includedPath('../b.ctfw', { name: 'x/y/a.ctfw', text: '' })).toBe('x/b.ctfw');
  expect(includedPath('/etc/b.ctfw', { name: 'x/a.ctfw', text: '' })).toBe('/etc/b.ctfw');
});
