/** The small daily commands as users meet them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeAtomically } from '../../src/cli/io/files.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'ctfw-daily-'));
const bundle = join(folder, 'dist', 'ctfw.js');
const policy = join(folder, 'shop.ctfw');

beforeAll(() => {
  const built = spawnSync(process.execPath, [join(root, 'scripts/build.mjs'), join(folder, 'dist')], { cwd: root });
  expect(built.status).toBe(0);
  writeFileSync(
    policy,
    `network front { subnet 172.20.0.0/16 }
container web { attach front 172.20.0.2; publish 8080:80; dns 127.0.0.53, 10.0.0.53 }
container db  { attach front 172.20.0.3; expose 5432/tcp }
container sidecar { network container:web }
container agent   { network host }
link web -> db as database
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

function ctfw(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bundle, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { status, stdout, stderr };
}

test('ports: one container, all, and as JSON', () => {
  expect(ctfw('ports', policy, 'web')).toEqual({ status: 0, stdout: '80/tcp -> 0.0.0.0:8080\n', stderr: '' });
  expect(ctfw('ports', policy).stdout).toBe('web  80/tcp -> 0.0.0.0:8080\n');
  expect(JSON.parse(ctfw('ports', policy, '--format', 'json').stdout)).toEqual({
    formatVersion: '1.0',
    ports: [{ container: 'web', containerPort: 80, protocol: 'tcp', address: '0.0.0.0', hostPort: 8080 }],
  });
  expect(ctfw('ports', policy, 'sidecar')).toMatchObject({
    status: 0,
    stdout: '',
    stderr: expect.stringContaining('"web"'),
  });
});

test('hosts: links and neighbours, and as JSON', () => {
  const { status, stdout } = ctfw('hosts', policy, 'web');
  expect(status).toBe(0);
  expect(stdout.endsWith('172.20.0.3\tdatabase db\n172.20.0.2\tweb\n')).toBe(true);
  expect(JSON.parse(ctfw('hosts', policy, 'db', '--format', 'json').stdout)).toMatchObject({
    formatVersion: '1.0',
    container: 'db',
    hosts: expect.arrayContaining([{ address: '172.20.0.2', names: ['web'] }]),
  });
});

test('resolv: what was left out is said on standard error', () => {
  expect(ctfw('resolv', policy, 'web')).toEqual({
    status: 0,
    stdout: 'nameserver 10.0.0.53\n',
    stderr: 'ctfw: 127.0.0.53 is left out: inside the container it is the container itself\n',
  });
});

test.each(['ports', 'hosts', 'resolv'])('%s: a container that is not there', (command) => {
  expect(ctfw(command, policy, 'wbe')).toEqual({
    status: 1,
    stdout: '',
    stderr: 'ctfw: the policy has no container "wbe"; did you mean web?\n',
  });
});

test.each(['hosts', 'resolv'])('%s: the files of the host are not known', (command) => {
  expect(ctfw(command, policy, 'agent')).toMatchObject({ status: 1, stdout: '' });
});

test('a policy with errors gives its errors and no lists', () => {
  const wrong = join(folder, 'wrong.ctfw');
  writeFileSync(wrong, 'container web { attach nowhere; publish 80:80 }\n');
  expect(ctfw('ports', wrong)).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('CTFW2003') });
});

test('fmt --diff changes nothing and fails where something would change', () => {
  const untidy = join(folder, 'untidy.ctfw');
  writeFileSync(untidy, 'zone a=10.0.0.0/8\n');
  const { status, stdout } = ctfw('fmt', '--diff', 'untidy.ctfw');
  expect(status).toBe(1);
  expect(stdout).toBe('--- untidy.ctfw\n+++ untidy.ctfw\n@@ -1,1 +1,1 @@\n-zone a=10.0.0.0/8\n+zone a = 10.0.0.0/8\n');
  expect(ctfw('fmt', '--check', 'untidy.ctfw').status).toBe(1);
  writeFileSync(untidy, 'zone a = 10.0.0.0/8\n');
  expect(ctfw('fmt', '--diff', 'untidy.ctfw')).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('completion knows three shells and no others', () => {
  expect(ctfw('completion', 'zsh').stdout.startsWith('#compdef ctfw\n')).toBe(true);
  expect(ctfw('completion', 'fish').stdout).toContain("-a ports -d 'list the published ports");
  expect(ctfw('completion', 'tcsh').status).toBe(2);
});

test('what is no regular file is written to, not replaced', () => {
  const pipe = join(folder, 'pipe');
  expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
  const lock = join(folder, 'shop.lock');
  const program = 'cat "$1" & "$2" "$3" compile "$4" --lock "$5" -t nft -o "$1"; wait';
  const { stdout } = spawnSync('sh', ['-c', program, 'sh', pipe, process.execPath, bundle, policy, lock], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  expect(stdout).toBe(ctfw('compile', policy, '--lock', lock, '-t', 'nft').stdout);
  expect(statSync(pipe).isFIFO()).toBe(true);
  expect(() => writeAtomically(folder, 'x')).toThrow('it is a folder');
});
