/** The examples of docs/trace-and-verify.md are what the program prints now. */
import { copyFileSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Program, programInFolder } from './in-process.ts';

vi.mock('../../src/cli/io/files.ts', async (original) => (await import('./capturing.ts')).capturing(original));

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/trace-and-verify.md'), 'utf8');
const examples = [...page.matchAll(/^```console\n\$ ctfw (.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
  command: match[1] ?? '',
  output: match[2] ?? '',
}));

let program: Program;

beforeAll(() => {
  program = programInFolder();
  for (const name of ['edge.ctfw', 'edge.ctfw.lock'])
    copyFileSync(join(root, 'examples', name), join(program.folder, name));
});
afterAll(() => program.remove());

test('there are examples of both commands', () => {
  expect(examples.map(({ command }) => command.split(' ')[0])).toEqual(expect.arrayContaining(['trace', 'verify']));
});

test.each(examples)('$command', async ({ command, output }) => {
  const { stdout } = await program.run(...command.split(' '));
  expect(general(stdout)).toBe(general(output));
});

/** Without what changes with every change of the rules: their numbers and texts, and how many packets are tried. */
function general(text: string): string {
  return text
    .replace(/^( +(?:inet|bridge) ctfw \S+) rule .*$/gm, '$1')
    .replace(/ rule \d+\)/g, ')')
    .replace(/\d+ packets/g, 'packets');
}
