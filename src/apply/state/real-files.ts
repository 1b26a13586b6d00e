/** A state directory on the disk: temporary file, fsync, rename, fsync of the folder. Readable by its owner alone. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { StateError, type StateFiles } from './files.ts';

export function realFiles(root: string): StateFiles {
  const at = (path: string): string => join(root, path);
  return {
    read: (path) => {
      try {
        return readFileSync(at(path), 'utf8');
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw problem('read', at(path), error);
      }
    },
    write: (path, text) =>
      attempt('write', at(path), () => {
        const temporary = writeTemporary(at(path), text);
        orRemove(temporary, () => renameSync(temporary, at(path)));
        syncFolder(dirname(at(path)));
      }),
    create: (path, text) =>
      attempt('write', at(path), () => {
        const temporary = writeTemporary(at(path), text);
        try {
          linkSync(temporary, at(path));
        } catch (error) {
          if (codeOf(error) === 'EEXIST') return false;
          throw error;
        } finally {
          rmSync(temporary, { force: true });
        }
        syncFolder(dirname(at(path)));
        return true;
      }),
    append: (path, text) =>
      attempt('write', at(path), () => {
        makeFolder(dirname(at(path)));
        writeWhole(at(path), 'a', text);
        syncFolder(dirname(at(path)));
      }),
    list: (folder) => {
      try {
        return readdirSync(at(folder)).sort();
      } catch (error) {
        if (isAbsent(error)) return [];
        throw problem('read', at(folder), error);
      }
    },
    remove: (path) => attempt('remove', at(path), () => rmSync(at(path), { recursive: true, force: true })),
  };
}

function writeTemporary(path: string, text: string): string {
  makeFolder(dirname(path));
  const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`);
  orRemove(temporary, () => writeWhole(temporary, 'wx', text));
  return temporary;
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

function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
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

function attempt<T>(verb: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw problem(verb, path, error);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is not a folder',
};

function problem(verb: string, path: string, error: unknown): StateError {
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
