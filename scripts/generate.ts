/** `npm run generate` writes everything that is made from the program itself; with --check it writes nothing and fails on drift. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { artifacts, drift } from './generate/artifacts.ts';

const root = resolve(import.meta.dirname, '..');
const wanted = await artifacts(root);
const found = drift(root, wanted);
if (process.argv.includes('--check')) {
  for (const { path, reason } of found) console.error(`${path}: ${reason}`);
  if (found.length > 0) {
    console.error('npm run generate brings them up to date');
    process.exitCode = 1;
  }
} else {
  for (const [path, text] of wanted) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const left = drift(root, wanted);
  for (const { path } of left) console.error(`${path}: nothing makes this file any more; delete it`);
  if (left.length > 0) process.exitCode = 1;
}
