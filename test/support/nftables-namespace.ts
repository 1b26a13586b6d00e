/** Runs nft in a network namespace that exists only for one command, and gives what it says. Kernel tests only. */
import { execFile } from 'node:child_process';

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a shell script in a fresh network namespace; `input` is its standard input. */
export function inNamespace(script: string, input: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = execFile('unshare', ['-n', 'sh', '-c', script], { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve({ status: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
    child.stdin?.end(input);
  });
}
