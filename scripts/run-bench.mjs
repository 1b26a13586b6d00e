/** Bundles a benchmark of bench/ and runs its `main`: `node scripts/run-bench.mjs [NAME]` (default: simulate). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const folder = mkdtempSync(join(tmpdir(), 'ctfw-bench-'));
try {
  const outfile = join(folder, 'bench.mjs');
  const entryPoints = [join(import.meta.dirname, `../bench/${process.argv[2] ?? 'simulate'}.ts`)];
  await build({
    entryPoints,
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    keepNames: true,
  });
  const { main } = await import(pathToFileURL(outfile).href);
  main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
