/**
 * Walks fixtures/invalid: each folder CODE-slug holds a policy.ctfw (and what it includes) and the diagnostics.txt that it
 * gives. UPDATE_FIXTURES=1 writes the latter anew.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderDiagnostics } from '../src/diagnostics/render.ts';
import { checkSyntax } from './support/check-policy.ts';

const root = join(import.meta.dirname, '../fixtures/invalid');
const folders = readdirSync(root).sort();

describe.each(folders)('%s', (folder) => {
  const path = join(root, folder);
  const text = readFileSync(join(path, 'policy.ctfw'), 'utf8');
  const diagnostics = checkSyntax(text, (name) => {
    const file = join(path, name);
    return existsSync(file) ? { name, text: readFileSync(file, 'utf8') } : { error: 'no such file' };
  });

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
