#!/usr/bin/env node
/** The `ctfw` executable. `--version` is answered before anything else is loaded. */
declare const __CTFW_VERSION__: string;

const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  process.stdout.write(`${__CTFW_VERSION__}\n`);
} else {
  const { run } = await import('./program.ts');
  process.exitCode = await run(process.argv, __CTFW_VERSION__);
}
