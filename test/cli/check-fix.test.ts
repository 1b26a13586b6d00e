/** `ctfw check --fix`: writes safe edits into the named files, and judges what is then there. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { run } from '../../src/cli/program.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ctfw-fix-'));
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const policy = 'network n { subnet 10.0.0.0/24 }\ncontainer a { attach n }\n';
const checkFix = (path: string): Promise<number> => run(['node', 'ctfw', 'check', '--fix', path], 'test');

test('a file is mended and nothing is left beside it', async () => {
  const path = join(folder, 'policy.ctfw');
  writeFileSync(path, `${policy}deny a => any 25/tcp\n`);
  expect(await checkFix(path)).toBe(0);
  expect(readFileSync(path, 'utf8')).toBe(`${policy}deny a -> any 25/tcp\n`);
  expect(readdirSync(folder)).toEqual(['policy.ctfw']);
});

test('what cannot be mended safely stays, and fails', async () => {
  const path = join(folder, 'policy.ctfw');
  writeFileSync(path, `${policy}deny aa => any 25/tcp\n`);
  expect(await checkFix(path)).toBe(1);
  expect(readFileSync(path, 'utf8')).toBe(`${policy}deny aa -> any 25/tcp\n`);
});

test('standard input is not mended', async () => {
  expect(await checkFix('-')).toBe(2);
});
