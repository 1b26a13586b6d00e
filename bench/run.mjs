// `npm run bench [-- --short] [-- NAME...]`: bundles the benchmarks in memory (Node 20 cannot strip types) and runs them.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const bundle = await build({
  entryPoints: [`${root}bench/main.ts`],
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
});
const { main } = await import(
  `data:text/javascript;base64,${Buffer.from(bundle.outputFiles[0].contents).toString('base64')}`
);
process.exitCode = await main(process.argv.slice(2), root);
