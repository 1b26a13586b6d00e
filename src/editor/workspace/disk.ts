/** Files that are not open in the editor. */
import { readdirSync, readFileSync, statSync } from 'node:fs';

/** Policies and lock files are small; more than this is not read. */
const maximumBytes = 16 * 1024 * 1024;

export interface Disk {
  /** Something that changes when the file does; undefined when there is no such file. Devices and folders are no files. */
  readonly stamp: (path: string) => string | undefined;
  readonly read: (path: string) => string | { readonly error: string };
  /** The paths of the policies in a folder. */
  readonly policiesIn: (folder: string) => readonly string[];
}

export const realDisk: Disk = {
  stamp(path) {
    try {
      const { size, mtimeMs, ino } = statSync(path);
      return `${size} ${mtimeMs} ${ino}`;
    } catch {
      return undefined;
    }
  },
  read(path) {
    try {
      const stats = statSync(path);
      if (!stats.isFile()) return { error: 'it is no file' };
      if (stats.size > maximumBytes) return { error: 'it is larger than any policy' };
      return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
    } catch (error) {
      return { error: reasonOf(error) };
    }
  },
  policiesIn(folder) {
    try {
      return readdirSync(folder)
        .filter((name) => name.endsWith('.ctfw'))
        .map((name) => `${folder.replace(/\/$/, '')}/${name}`);
    } catch {
      return [];
    }
  },
};

function reasonOf(error: unknown): string {
  if (error instanceof TypeError) return 'it is not UTF-8 text';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'permission denied';
  return error instanceof Error ? error.message : String(error);
}
