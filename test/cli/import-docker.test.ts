/** `ctfw import docker` as users meet it: a policy on standard output, messages on standard error, exit codes. */
import { copyFileSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { container, network, published } from '../import/docker/support.ts';
import { type Program, programInFolder } from './in-process.ts';

vi.mock('../../src/cli/io/files.ts', async (original) => (await import('./capturing.ts')).capturing(original));

const fixtures = resolve(import.meta.dirname, '../../fixtures/docker');
let program: Program;

beforeAll(() => {
  program = programInFolder();
  for (const name of ['shop', 'refused'])
    copyFileSync(join(fixtures, name, 'inspect.json'), join(program.folder, `${name}.json`));
});
afterAll(() => program.remove());

test('what an engine runs becomes a policy that compiles', async () => {
  const { status, stdout, stderr } = await program.run('import', 'docker', 'shop.json');
  expect(status).toBe(0);
  expect(stdout).toBe(
    `# Made from shop.json by ctfw import docker.\n\n${readFileSync(join(fixtures, 'shop/policy.ctfw'), 'utf8')}`,
  );
  expect(stderr).toContain('hint[CTFW6039]');
  expect(stderr).toContain('shop.json: ignored, not about networks: Created (4 containers)');
  program.write('shop.ctfw', stdout);
  expect((await program.run('compile', 'shop.ctfw')).status).toBe(0);
  expect((await program.run('fmt', '--check', 'shop.ctfw')).status).toBe(0);
});

test('-o writes the policy', async () => {
  const { status, stdout } = await program.run('import', 'docker', 'shop.json', '-o', 'out.ctfw');
  expect([status, stdout]).toEqual([0, '']);
  expect(readFileSync(join(program.folder, 'out.ctfw'), 'utf8')).toContain('container shop-web-1');
});

test('errors give no policy, and their places are in the document', async () => {
  const { status, stdout, stderr } = await program.run('import', 'docker', 'refused.json', '--format', 'json');
  expect([status, stdout]).toEqual([1, '']);
  const { diagnostics } = JSON.parse(stderr);
  expect(diagnostics[0]).toMatchObject({ code: 'CTFW6011', file: 'refused.json', range: { start: { line: 19 } } });
});

test('what a policy cannot hold together is said at its place in the document', async () => {
  const other = container('db', { NetworkSettings: { Networks: { front: { IPAddress: '10.1.0.2' } } } });
  const text = JSON.stringify([published({}), other, network('front')], undefined, 1);
  program.write('twice.json', text);
  const { status, stdout, stderr } = await program.run('import', 'docker', 'twice.json');
  expect([status, stdout]).toEqual([1, '']);
  const line = text.slice(0, text.lastIndexOf('"front": {')).split('\n').length;
  expect(stderr).toContain('error[CTFW3002]');
  expect(stderr).toContain(`twice.json:${line}:`);
});

test('a name of a file cannot end the comment that it stands in', async () => {
  const name = 'a\ndeny any -> any\n.json';
  program.write(name, JSON.stringify([network('front')]));
  const { stdout } = await program.run('import', 'docker', name);
  expect(stdout.split('\n')[0]).toBe('# Made from a\\u{a}deny any -> any\\u{a}.json by ctfw import docker.');
});

test('a missing file is a usage error', async () => {
  expect((await program.run('import', 'docker', 'no.json')).status).toBe(2);
});
