/** The program run inside the test, a hundred times as fast as a process of its own; see capturing.ts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { run } from '../../src/cli/program.ts';
import { output } from './capturing.ts';

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly folder: string;
  readonly write: (name: string, text: string) => void;
  readonly run: (...words: readonly string[]) => Promise<Ran>;
  readonly remove: () => void;
}

/** A folder to work in, which is where the program runs. */
export function programInFolder(): Program {
  const before = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'ctfw-program-'));
  process.chdir(folder);
  return {
    folder,
    write: (name, text) => writeFileSync(join(folder, name), text),
    run: async (...words) => {
      output.stdout = '';
      let stderr = '';
      const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
        stderr += text;
        return true;
      });
      vi.stubEnv('NO_COLOR', '1');
      try {
        const status = await run(['node', 'ctfw', ...words], '0.0.0');
        return { status, stdout: output.stdout, stderr };
      } finally {
        spy.mockRestore();
        process.stdout.removeAllListeners('error');
        vi.unstubAllEnvs();
      }
    },
    remove: () => {
      process.chdir(before);
      rmSync(folder, { recursive: true });
    },
  };
}
