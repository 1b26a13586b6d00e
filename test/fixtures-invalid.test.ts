/**
 * Walks fixtures/invalid: each folder CODE-slug holds a policy.ctfw (and what it includes) and the diagnostics.txt that it
 * gives. Fixtures of the syntax are not about names, so theirs are judged by the syntax alone. UPDATE_FIXTURES=1 writes the
 * expected texts anew.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../src/compile.ts';
import { renderDiagnostics } from '../src/diagnostics/render.ts';
import { emptyLock } from '../src/lock/lock.ts';
import type { ReadFile } from '../src/syntax/include.ts';
import { checkSyntax } from './support/check-policy.ts';

const root = join(import.meta.dirname, '../fixtures/invalid');
const folders = readdirSync(root).sort();

describe.each(folders)('%s', (folder) => {
  const path = join(root, folder);
  const text = readFileSync(join(path, 'policy.ctfw'), 'utf8');
  const read: ReadFile = (name) => {
    const file = join(path, name);
    return existsSync(file) ? { name, text: readFileSync(file, 'utf8') } : { error: 'no such file' };
  };
  const diagnostics = folder.startsWith('CTFW1')
    ? checkSyntax(text, read)
    : compile({ name: 'policy.ctfw', text }, read, emptyLock).diagnostics;

  test('gives the code of its name', () => {
    const codes = diagnostics.map(({ code }) => code);
    expect(codes).toContain(folder.slice(0, 'CTFW0000'.length));
  });

  test('is rendered as in diagnostics.txt', () => {
    const rendered = renderDiagnostics(diagnostics, { color: false });
    const expected = join(path, 'diagnostics.txt');
    if (process.env.UPDATE_FIXTURES === '1') writeFileSync(expected, rendered);
    expect(rendered).toBe(readFileSync(expected, 'utf8'));
  });
});
