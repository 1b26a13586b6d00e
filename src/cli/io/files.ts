/** Reading and writing files for commands: `-` is standard input, writes are a temporary file and a rename. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { makeFolders } from '../../host/folders.ts';
import type { SourceFile } from '../../source/span.ts';
import { CommandError } from './exit-code.ts';

/** Policies are small; a file larger than this is no policy. In octets. */
const maximumBytes = 64 * 1024 * 1024;

/** Reads a text file, or standard input for `-`. Throws CommandError with a sentence when that is not possible. */
export function readSource(path: string): SourceFile {
  const name = path === '-' ? '<stdin>' : path;
  return { name, text: decode(name, readBytes(path, name)) };
}

function readBytes(path: string, name: string): Buffer {
  const file = path === '-' ? 0 : openForReading(path, name);
  try {
    return readAll(file, name);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`cannot read ${name}: ${reasonOf(error)}`);
  } finally {
    if (file !== 0) closeSync(file);
  }
}

function openForReading(path: string, name: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new CommandError(`cannot read ${name}: ${reasonOf(error)}`);
  }
}

/** Reads to the end, or until it is clear that there is none: devices and pipes do not say how much they hold. */
function readAll(file: number, name: string): Buffer {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(1 << 20);
    const read = readChunk(file, chunk);
    if (read === 0) return Buffer.concat(chunks);
    total += read;
    if (total > maximumBytes)
      throw new CommandError(`${name} is larger than ${maximumBytes / 1048576} MiB, which is more than any policy`);
    chunks.push(chunk.subarray(0, read));
  }
}

function readChunk(file: number, chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(file, chunk);
    } catch (error) {
      if (codeOf(error) === 'EOF') return 0;
      if (codeOf(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5); // a terminal or pipe with nothing to read yet
    }
  }
}

function decode(name: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new CommandError(`${name} is not UTF-8 text`);
  }
}

/** Reads an included file; the path is already relative to where the policy's own path is. */
export function readIncluded(path: string): SourceFile | { readonly error: string } {
  try {
    return readSource(path);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

export function fileExists(path: string): boolean {
  return existsSync(path);
}

/**
 * Writes a file so that readers see the old or the new contents, never half of them. What is no regular file (/dev/null, a
 * pipe) is written to and never replaced. Throws CommandError.
 */
export function writeAtomically(path: string, text: string): void {
  const target = existsSync(path) ? realpathSync(path) : resolve(path);
  const isSpecial = existsSync(target) && !statSync(target).isFile() && !statSync(target).isDirectory();
  const written = isSpecial ? target : join(dirname(target), `.${randomBytes(6).toString('hex')}.tmp`);
  try {
    writeWhole(written, isSpecial ? 'w' : 'wx', text);
    if (!isSpecial) renameSync(written, target);
  } catch (error) {
    if (!isSpecial && existsSync(written)) unlinkSync(written);
    throw new CommandError(`cannot write ${path}: ${reasonOf(error)}`);
  }
}

/**
 * Writes several files into a folder, which is made where it does not exist: each one whole, and none as long as one of
 * them cannot be written at all. Throws CommandError.
 */
export function writeFolder(folder: string, files: readonly { readonly name: string; readonly text: string }[]): void {
  try {
    makeFolders(folder, 0o777);
  } catch (error) {
    const code = codeOf(error);
    const why =
      code === 'EEXIST' || code === 'ENOTDIR' ? 'it is a file, and several files go into a folder' : reasonOf(error);
    throw new CommandError(`cannot write into ${folder}: ${why}`);
  }
  const waiting: { readonly written: string; readonly target: string }[] = [];
  try {
    for (const { name, text } of files) {
      const written = join(folder, `.${randomBytes(6).toString('hex')}.tmp`);
      waiting.push({ written, target: join(folder, name) });
      writeWhole(written, 'wx', text);
    }
    for (const { written, target } of waiting) renameSync(written, target);
  } catch (error) {
    for (const { written } of waiting) if (existsSync(written)) unlinkSync(written);
    throw new CommandError(`cannot write into ${folder}: ${reasonOf(error)}`);
  }
}

function writeWhole(path: string, flags: 'w' | 'wx', text: string): void {
  const file = openSync(path, flags, 0o644);
  try {
    const bytes = Buffer.from(text, 'utf8');
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    if (flags === 'wx') fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Writes everything to standard output before returning; a reader that went away ends the program quietly. */
export function writeOut(text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(1, bytes, written);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EAGAIN') continue;
      if (code === 'EPIPE') process.exit(0);
      throw new CommandError(`cannot write to standard output: ${reasonOf(error)}`);
    }
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

export function reasonOf(error: unknown): string {
  return reasons[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
}
