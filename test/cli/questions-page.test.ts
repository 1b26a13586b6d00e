/** docs/questions.md shows what the program prints: every command of the page is run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Program, programInFolder } from './in-process.ts';

vi.mock('../../src/cli/io/files.ts', async (original) => (await import('./capturing.ts')).capturing(original));

const page = readFileSync(join(import.meta.dirname, '../../docs/questions.md'), 'utf8');
const policies = [...page.matchAll(/^```ctfw\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');
const commands = [...page.matchAll(/^```console\n\$ ctfw (.*)\n([\s\S]*?)^```$/gm)].map(
  (match) => [match[1] ?? '', match[2] ?? ''] as const,
);

let program: Program;

beforeAll(() => {
  program = programInFolder();
  program.write('shop.ctfw', policies[0] ?? '');
  program.write('new.ctfw', policies[1] ?? '');
});
afterAll(() => program.remove());

test('there are commands to run', () => {
  expect(policies).toHaveLength(2);
  expect(commands.length).toBeGreaterThan(6);
});

test.each(commands)('ctfw %s', async (words, output) => {
  const { stdout } = await program.run(...words.split(' '));
  expect(stdout).toBe(output);
});
