/** Every compose file of the corpus, and of the fixtures, becomes a policy that compiles to rules that the kernel loads. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { emitJson } from '../../src/backends/nftables/emit-json.ts';
import { compile } from '../../src/compile.ts';
import { run } from '../../src/host/run.ts';
import { importCompose } from '../../src/import/compose/import-compose.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { printPolicy } from '../../src/syntax/print.ts';
import { fixturesFolder } from '../support/fixtures.ts';

const data = process.env.CTFW_CONFORMANCE_DIR;
const corpus = data === undefined ? [] : filesIn(join(data, 'compose'));
const own = readdirSync(join(fixturesFolder, 'compose'))
  .filter((name) => existsSync(join(fixturesFolder, 'compose', name, 'policy.ctfw')))
  .map((name) => join(fixturesFolder, 'compose', name, 'compose.yaml'));

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder).map((name) => join(folder, name));
}

const folder = mkdtempSync(join(tmpdir(), 'ctfw-compose-'));
afterAll(() => rmSync(folder, { recursive: true }));

for (const path of [...own, ...corpus]) {
  test(path.split('/').slice(-2).join('/'), async () => {
    const source = { name: 'compose.yaml', text: readFileSync(path, 'utf8') };
    const imported = importCompose(source, { environment: {}, projectName: 'project' });
    if (imported.file === undefined) throw new Error(imported.diagnostics.map(({ message }) => message).join('\n'));
    const policy = { name: 'policy.ctfw', text: printPolicy(imported.file) };
    const {
      compiled: [compiled],
      diagnostics,
    } = compile(policy, () => ({ error: 'nothing is included' }), emptyLock);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ message }) => message)).toEqual([]);
    const rules = compiled === undefined ? '' : emitJson(compiled.ruleset);
    const file = join(folder, 'rules.json');
    writeFileSync(file, rules);
    const loaded = await run('unshare', ['-n', 'nft', '-j', '-f', file]);
    expect(loaded).toEqual({ kind: 'exited', status: 0, stdout: '', stderr: '' });
  });
}
