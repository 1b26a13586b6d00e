/** Files that live as long as one command: nft opens what it loads, and standard input of a child of Node is a socket, which cannot be opened. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Failure } from '../contract/host.ts';

/** Where such a file may be: taking rules back must not fail because a disk is full, and the later ones are in memory. */
const places = (): readonly string[] => [tmpdir(), '/run', '/dev/shm'];

/** Hands the path of a file with this text, readable by its owner alone, to a function, and removes it afterwards. */
export async function withScratchFile<T>(text: string, use: (path: string) => Promise<T>): Promise<T | Failure> {
  let problem = '';
  for (const place of places()) {
    const made = makeFile(place, text);
    if ('problem' in made) {
      problem ||= made.problem;
      continue;
    }
    try {
      return await use(join(made.folder, name));
    } finally {
      rmSync(made.folder, { recursive: true, force: true });
    }
  }
  return { kind: 'refused', message: `the rules cannot be written into a file for nft: ${problem}` };
}

const name = 'rules';

function makeFile(place: string, text: string): { readonly folder: string } | { readonly problem: string } {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(place, 'ctfw-'));
    writeFileSync(join(folder, name), text, { mode: 0o600, flag: 'wx' });
    return { folder };
  } catch (error) {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
