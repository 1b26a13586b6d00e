/** Runs one command of the machine, without a shell, and gives what came of it as a value. */
import { spawn } from 'node:child_process';

export interface RunOptions {
  /** What the command reads; its standard input is empty otherwise. */
  readonly input?: string;
  /** Milliseconds after which the command is killed; default 30 000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Octets of output (both streams together) after which the command is killed; default 64 MiB. */
  readonly maximumOutput?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Told once the command runs. */
  readonly onStart?: (pid: number) => void;
  /** Told whenever the command has written something. */
  readonly onOutput?: () => void;
}

export type RunResult =
  /** The command ended by itself; `status` 0 is success. */
  | { readonly kind: 'exited'; readonly status: number; readonly stdout: string; readonly stderr: string }
  /** There is no such command, or it may not be run. */
  | { readonly kind: 'not-started'; readonly message: string }
  /** The command was ended before it was done. */
  | { readonly kind: 'stopped'; readonly why: Stop; readonly stdout: string; readonly stderr: string };

export type Stop = 'timeout' | 'aborted' | 'too-much-output' | 'signal';

/**
 * Runs `command` with exactly these arguments. Never rejects. The environment is the caller's with `LC_ALL=C`, so that messages
 * can be read, and `environment` on top.
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve) => {
    if (options.signal?.aborted === true) {
      resolve({ kind: 'stopped', why: 'aborted', stdout: '', stderr: '' });
      return;
    }
    const child = spawn(command, [...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C', ...options.environment },
    });
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const text = (name: 'stdout' | 'stderr'): string => Buffer.concat(output[name]).toString('utf8');
    let stop: Stop | undefined;
    const end = (why: Stop): void => {
      stop ??= why;
      child.kill('SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
    };
    let size = 0;
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk: Buffer) => {
        output[name].push(chunk);
        options.onOutput?.();
        size += chunk.length;
        if (size > (options.maximumOutput ?? 64 * 1024 * 1024)) end('too-much-output');
      });
    }
    const timer = setTimeout(() => end('timeout'), options.timeoutMs ?? 30_000);
    const abort = (): void => end('aborted');
    options.signal?.addEventListener('abort', abort, { once: true });
    const finish = (result: RunResult): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', abort);
      resolve(result);
    };
    child.on('spawn', () => {
      if (child.pid !== undefined) options.onStart?.(child.pid);
    });
    child.on('error', (error) => finish({ kind: 'not-started', message: whyNotStarted(error) }));
    child.on('close', (status) => {
      const said = { stdout: text('stdout'), stderr: text('stderr') };
      if (stop !== undefined) finish({ kind: 'stopped', why: stop, ...said });
      else if (status === null) finish({ kind: 'stopped', why: 'signal', ...said });
      else finish({ kind: 'exited', status, ...said });
    });
    child.stdin.on('error', () => {}); // a command that ends without reading its input is no failure of ours
    child.stdin.end(options.input ?? '');
  });
}

function whyNotStarted(error: NodeJS.ErrnoException): string {
  return error.code === 'ENOENT' ? 'it is not installed, or not in the PATH' : error.message;
}
