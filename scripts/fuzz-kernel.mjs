/** Bundles the kernel fuzzer (test/conformance/fuzz/main.ts) and runs it: `node scripts/fuzz-kernel.mjs --seconds N --seed N [--all]`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const folder = mkdtempSync(join(tmpdir(), 'ctfw-fuzz-'));
try {
  const outfile = join(folder, 'main.mjs');
  const entryPoints = [join(import.meta.dirname, '../test/conformance/fuzz/main.ts')];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' });
  const { main } = await import(pathToFileURL(outfile).href);
  process.exitCode = await main(process.argv.slice(2));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
