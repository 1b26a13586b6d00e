/** What is imported from each inspected engine compiles to rules that the kernel loads. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { emitJson } from '../../src/backends/nftables/emit-json.ts';
import { compile } from '../../src/compile.ts';
import { run } from '../../src/host/run.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { fixturesFolder } from '../support/fixtures.ts';

const scenarios = join(fixturesFolder, 'docker');
const names = readdirSync(scenarios).filter((name) => readdirSync(join(scenarios, name)).includes('policy.ctfw'));
const folder = mkdtempSync(join(tmpdir(), 'ctfw-docker-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each(names)('%s', async (name) => {
  const policy = { name: 'policy.ctfw', text: readFileSync(join(scenarios, name, 'policy.ctfw'), 'utf8') };
  const {
    compiled: [compiled],
  } = compile(policy, () => ({ error: 'nothing is included' }), emptyLock);
  const file = join(folder, 'rules.json');
  writeFileSync(file, compiled === undefined ? '' : emitJson(compiled.ruleset));
  const loaded = await run('unshare', ['-n', 'nft', '-j', '-f', file]);
  expect(loaded).toEqual({ kind: 'exited', status: 0, stdout: '', stderr: '' });
});
