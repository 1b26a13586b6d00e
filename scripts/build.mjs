// Builds the bundles into dist/ (or the folder named on the command line): the library, `ctfw/testing` and the `ctfw` executable.
// A bundle starts several times faster than the module tree; commands are chunks of their own, so `--version` loads none.
import { chmod, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const folder = process.argv[2] ?? 'dist';
const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
const requireShim =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  minify: true,
  legalComments: 'none',
  define: { __CTFW_VERSION__: JSON.stringify(version) },
  logLevel: 'warning',
  banner: { js: requireShim },
};
await rm(join(folder, 'chunks'), { recursive: true, force: true });
await build({ ...common, entryPoints: { index: 'src/index.ts' }, outdir: folder });
// What tests have anyway is not bundled; nothing else imports it.
await build({
  ...common,
  entryPoints: { testing: 'src/testing/index.ts' },
  outdir: folder,
  external: ['fast-check', 'vitest'],
});
await build({
  ...common,
  // a thread of its own looks at the host while a policy is compiled
  entryPoints: { ctfw: 'src/cli/main.ts', 'look-thread': 'src/cli/apply/look-thread.ts' },
  outdir: folder,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
});
await chmod(join(folder, 'ctfw.js'), 0o755);
