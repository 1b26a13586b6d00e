/**
 * A state directory on the disk: temporary file, fsync, rename, fsync of the folder. Readable by its owner alone, and used only
 * while nobody else can change it: what it holds is loaded with privilege.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolders } from '../../host/folders.ts';
import { StateError, type StateFiles } from './files.ts';

export function realFiles(root: string): StateFiles {
  const attempt = <T>(verb: string, path: string, action: (full: string) => T): T => {
    const full = join(root, path);
    try {
      requireOwn(root);
      return action(full);
    } catch (error) {
      throw problem(verb, full, error);
    }
  };
  return {
    read: (path) => attempt('read', path, (full) => unlessAbsent(() => readOwn(full))),
    write: (path, text, more) =>
      attempt('write', path, (full) => {
        const temporary = writeTemporary(full, text);
        orRemove(temporary, () => renameSync(temporary, full));
        if (more === undefined) syncFolder(dirname(full));
      }),
    create: (path, text) =>
      attempt('write', path, (full) => {
        const temporary = writeTemporary(full, text);
        try {
          linkSync(temporary, full);
        } catch (error) {
          if (codeOf(error) === 'EEXIST') return false;
          throw error;
        } finally {
          rmSync(temporary, { force: true });
        }
        syncFolder(dirname(full));
        return true;
      }),
    append: (path, text) =>
      attempt('write', path, (full) => {
        makeKeptFolders(dirname(full));
        const isNew = unlessAbsent(() => statSync(full)) === undefined;
        writeWhole(full, 'a', text);
        if (isNew) syncFolder(dirname(full));
      }),
    list: (folder) => attempt('read', folder, (full) => unlessAbsent(() => readdirSync(full).sort()) ?? []),
    remove: (path) => attempt('remove', path, (full) => rmSync(full, { recursive: true, force: true })),
  };
}

/** Without waiting where it is a pipe. What others may write is not loaded, in whatever folder it is. */
function readOwn(path: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(file);
    if (!found.isFile()) throw new StateError(`cannot read ${path}: it is no file`);
    requireOwner(`the file ${path}`, path, found);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function unlessAbsent<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function writeTemporary(path: string, text: string): string {
  makeKeptFolders(dirname(path));
  const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`);
  orRemove(temporary, () => writeWhole(temporary, 'wx', text));
  return temporary;
}

/** A folder that is made is on the disk only when the one above it is. */
function makeKeptFolders(folder: string): void {
  if (unlessAbsent(() => statSync(folder)) !== undefined) return;
  makeFolders(folder);
  syncFolder(dirname(folder));
}

function orRemove(temporary: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function writeWhole(path: string, flags: 'a' | 'wx', text: string): void {
  const file = openSync(path, flags, 0o600);
  try {
    const bytes = Buffer.from(text, 'utf8');
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Of the user of this process or of root, and for others to read at most: links included. A folder that is not there is fine. */
function requireOwn(root: string): void {
  for (const look of [lstatSync, statSync]) {
    const found = unlessAbsent(() => look(root));
    if (found === undefined) continue;
    if (!found.isSymbolicLink() && !found.isDirectory())
      throw new StateError(`the state directory ${root} is no folder`);
    requireOwner(`the state directory ${root}`, root, found);
  }
}

function requireOwner(what: string, path: string, found: Stats): void {
  if (found.uid !== (process.geteuid?.() ?? 0) && found.uid !== 0)
    throw new StateError(
      `${what} belongs to user ${found.uid}, who could change the rules that are loaded from it: give it to root, or name another one`,
    );
  if (!found.isSymbolicLink() && (found.mode & 0o022) !== 0)
    throw new StateError(
      `${what} may be written by others, who could change the rules that are loaded from it: run \`chmod go-w ${path}\``,
    );
}

/** A rename is on the disk only when its folder is. */
function syncFolder(folder: string): void {
  const file = openSync(folder, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is not a folder',
  ENOENT: 'there can be no folder',
  EEXIST: 'a part of the path is not a folder',
  ELOOP: 'its links lead in a circle',
};

function problem(verb: string, path: string, error: unknown): StateError {
  if (error instanceof StateError) return error;
  const code = codeOf(error);
  const reason = reasons[code] ?? (error instanceof Error ? error.message : String(error));
  return new StateError(`cannot ${verb} ${path}: ${reason}`, code === 'EACCES' || code === 'EPERM');
}

function isAbsent(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
