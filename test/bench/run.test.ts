import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const launcher = fileURLToPath(new URL('../../bench/run.mjs', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'ctfw-test-bench-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs the benchmarks on an executable that is this program. */
function bench(program: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const executable = join(scratch, 'ctfw.mjs');
  writeFileSync(executable, program);
  return spawnSync(process.execPath, [launcher, '--ctfw', executable, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', ...environment },
  });
}

test('an unknown benchmark is wrong usage', () => {
  const { status, stderr } = bench('', ['no-such-benchmark']);
  expect([status, stderr.split('\n')[0]]).toEqual([2, 'usage: npm run bench -- [--short] [--ctfw FILE] [NAME...]']);
});

test('start-up stands beside an empty Node.js', () => {
  const { status, stdout } = bench('', ['--short', 'startup']);
  expect([status, /^ {2}node -e 0 +[\d.]+ ms +1\.00 x$/m.test(stdout)]).toEqual([0, true]);
});

test('an executable that fails is a failure, with what it said', () => {
  const { status, stdout } = bench('console.error("no good"); process.exit(1)', ['--short', 'startup']);
  expect([status, /^failed: startup: [^\n]*status 1\nno good$/m.test(stdout)]).toEqual([1, true]);
});

test.each([
  ['fine elsewhere', {}, 0],
  ['a failure of continuous integration', { CI: 'true' }, 1],
] as const)('what cannot be run is named, and %s', (_, environment, code) => {
  const { status, stdout } = bench('', ['--short', 'connections'], { ...environment, PATH: scratch });
  expect([
    status,
    /^not run: connections: needs root, to make network namespaces, nft, .*python3$/m.test(stdout),
  ]).toEqual([code, true]);
});
