/** Files for one command: elsewhere where the first place has no room, and a failure where there is none at all. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { withScratchFile } from '../../../src/host/real/scratch.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

async function seen(): Promise<{ readonly path: string; readonly text: string; readonly mode: number }> {
  const result = await withScratchFile('rules', async (path) => ({
    ...{ path, text: readFileSync(path, 'utf8') },
    mode: statSync(path).mode & 0o777,
  }));
  if ('kind' in result) throw new Error(result.message);
  return result;
}

test('a file that its owner alone can read, and that is gone afterwards', async () => {
  const { path, text, mode } = await seen();
  expect([text, mode]).toEqual(['rules', 0o600]);
  expect(existsSync(path)).toBe(false);
});

test('where the folder for temporary files cannot be written, another is taken', async () => {
  vi.stubEnv('TMPDIR', '/proc/no-such-folder');
  const { path, text } = await seen();
  expect(text).toBe('rules');
  expect(path).toMatch(/^\/(run|dev\/shm)\//);
  expect(existsSync(path)).toBe(false);
});
