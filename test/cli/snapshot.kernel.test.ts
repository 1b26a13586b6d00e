/** `ctfw snapshot` of a network namespace: what is written is as published, and `ctfw trace` answers by it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Program, programInFolder } from './in-process.ts';
import { schemaErrors } from './schema.ts';

vi.mock('../../src/cli/io/files.ts', async (original) => (await import('./capturing.ts')).capturing(original));

const name = `ctfw-test-${process.pid}`;
const inside = (...words: readonly string[]): string =>
  execFileSync('ip', ['netns', 'exec', name, ...words], { encoding: 'utf8' });

let program: Program;

beforeAll(() => {
  program = programInFolder();
  execFileSync('ip', ['netns', 'add', name]);
  inside('ip', 'link', 'set', 'lo', 'up');
  inside('ip', 'link', 'add', 'wan0', 'type', 'veth', 'peer', 'name', 'far0');
  inside('ip', 'link', 'set', 'wan0', 'up');
  inside('ip', 'link', 'set', 'far0', 'up');
  inside('ip', 'address', 'add', '203.0.113.10/24', 'dev', 'wan0');
  inside('ip', 'route', 'add', 'default', 'via', '203.0.113.1');
  inside(
    'nft',
    'add table inet t; add chain inet t in { type filter hook input priority 0; }; add rule inet t in tcp dport 23 drop',
  );
  inside('iptables-nft', '-A', 'INPUT', '-p', 'tcp', '--dport', '25', '-j', 'REJECT');
});
afterAll(() => {
  execFileSync('ip', ['netns', 'del', name]);
  program.remove();
});

test('a folder of files: the view as published, rules once, what is missing', async () => {
  const { status, stdout, stderr } = await program.run('snapshot', '--netns', name, '-o', 'snapshot');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const files = ['connections.json', 'host-view.json', 'listeners.json', 'nft.json', 'rules.v4', 'snapshot.json'];
  expect(readdirSync('snapshot').sort()).toEqual(files);
  expect(stdout.trim().split('\n').sort()).toEqual(files.map((file) => `snapshot/${file}`));
  const read = (file: string): string => readFileSync(join('snapshot', file), 'utf8');
  expect(schemaErrors('host-view', JSON.parse(read('host-view.json')))).toEqual([]);
  expect(read('nft.json')).not.toContain('"filter", "handle"');
  expect(JSON.parse(read('snapshot.json'))).toMatchObject({ formatVersion: '1.0', host: name, missing: [] });
});

test.each([
  ['tcp/23', 'blocked: a rule drops it (inet t in rule 1)'],
  ['tcp/25', 'rejected: a rule rejects it (iptables-nft ip filter INPUT rule 1)'],
  ['tcp/22', 'allowed: delivered to the host'],
])('trace answers by it: %s', async (service, answer) => {
  const rules = ['--host-view', 'snapshot/host-view.json', '--rules', 'snapshot/nft.json', 'snapshot/rules.v4'];
  const { status, stdout } = await program.run('trace', '198.51.100.7', '203.0.113.10', service, ...rules);
  expect(stdout).toContain(answer);
  expect(status).toBe(0);
});

test('an older snapshot is replaced as a whole; other folders are left alone', async () => {
  inside('iptables-nft', '-F');
  inside('nft', 'delete', 'table', 'ip', 'filter');
  expect(await program.run('snapshot', '--netns', name, '-o', 'snapshot')).toMatchObject({ status: 0 });
  expect(existsSync('snapshot/rules.v4')).toBe(false);
  mkdirSync('mine');
  writeFileSync('mine/precious', '');
  const refused = await program.run('snapshot', '--netns', name, '-o', 'mine');
  expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('holds other things') });
  expect(readdirSync('mine')).toEqual(['precious']);
  expect(readdirSync('.').filter((entry) => entry.endsWith('.tmp') || entry.endsWith('.old'))).toEqual([]);
});

test('a namespace that does not exist', async () => {
  const ran = await program.run('snapshot', '--netns', `${name}-absent`);
  expect(ran).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining('there is no network namespace'),
  });
  const strange = await program.run('snapshot', '--netns', '../x');
  expect(strange).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('is not the name of a network namespace'),
  });
});
