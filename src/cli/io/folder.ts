/** A folder of files that is there as a whole or not at all. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { makeFolders } from '../../host/folders.ts';
import { CommandError } from './exit-code.ts';
import { reasonOf } from './files.ts';

/**
 * Writes files into a folder: a temporary folder beside it, then one rename. An older folder is replaced only where it holds
 * `mark`, the file by which such folders are known. Throws CommandError.
 */
export function replaceFolder(path: string, files: ReadonlyMap<string, string>, mark: string): void {
  const target = resolve(path);
  const isThere = existsSync(target);
  if (isThere && !statSync(target).isDirectory()) throw new CommandError(`cannot write ${path}: it is a file`);
  if (isThere && readdirSync(target).length > 0 && !existsSync(join(target, mark)))
    throw new CommandError(`${path} exists and holds other things; name a folder that does not exist yet`);
  const made = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  const old = `${made}.old`;
  try {
    makeFolders(made);
    for (const [name, text] of files) writeFileSync(join(made, name), text, { flag: 'wx', mode: 0o600, flush: true });
    if (isThere) renameSync(target, old);
    renameSync(made, target);
  } catch (error) {
    if (!existsSync(target) && existsSync(old)) renameSync(old, target);
    throw new CommandError(`cannot write ${path}: ${reasonOf(error)}`);
  } finally {
    for (const left of [made, old]) rmSync(left, { recursive: true, force: true });
  }
}
