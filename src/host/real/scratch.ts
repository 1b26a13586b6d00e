/** Files that live as long as one command: nft opens what it loads, and standard input of a child of Node is a socket, which cannot be opened. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Hands the path of a file with this text, readable by its owner alone, to a function, and removes it afterwards. */
export async function withScratchFile<T>(text: string, use: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'ctfw-'));
  const path = join(folder, 'rules');
  try {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
    return await use(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
