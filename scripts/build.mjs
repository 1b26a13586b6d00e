// Builds the two bundles: the library entry and the `ctfw` executable (a bundle starts ten times faster than the module tree).
import { chmod, readFile } from 'node:fs/promises';
import { build } from 'esbuild';

const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: false,
  legalComments: 'none',
  define: { __CTFW_VERSION__: JSON.stringify(version) },
  logLevel: 'warning',
};
const requireShim =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";
await build({ ...common, entryPoints: ['src/index.ts'], outfile: 'dist/index.js', banner: { js: requireShim } });
await build({
  ...common,
  minify: true,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/ctfw.js',
  banner: { js: `#!/usr/bin/env node\n${requireShim}` },
});
await chmod('dist/ctfw.js', 0o755);
