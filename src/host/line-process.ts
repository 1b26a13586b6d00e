/** A command that keeps running and talks in lines: what is written to it and what it says back. */
import { spawn } from 'node:child_process';

export interface LineProcess {
  readonly pid: number | undefined;
  /** Writes one line; what is written to a process that has ended is lost (its end is told by `ended`). */
  readonly write: (line: string) => void;
  /** Ends its standard input. */
  readonly endInput: () => void;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Settles when the process and its output have ended; never rejects. */
  readonly ended: Promise<LineProcessEnd>;
  /** Whether the process keeps the caller's event loop alive. */
  readonly holdEventLoop: (hold: boolean) => void;
}

export interface LineProcessEnd {
  /** Exit status; undefined when it was killed or never started. */
  readonly status: number | undefined;
  /** Everything that it wrote to standard error, or why it could not be started (the last 64 KiB of it). */
  readonly complaint: string;
}

export interface LineProcessOptions {
  readonly onLine: (line: string) => void;
  /** True: in a session of its own, so that it may outlive the caller and gets no signals of the caller's terminal. */
  readonly detached?: boolean;
}

const keptComplaint = 64 * 1024;

/** Starts a command, without a shell. Failing to start is told by `ended`, too. */
export function startLineProcess(command: string, args: readonly string[], options: LineProcessOptions): LineProcess {
  const child = spawn(command, [...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: options.detached ?? false,
    env: { ...process.env, LC_ALL: 'C' },
  });
  let complaint = '';
  let parts: string[] = [];
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => {
    const lines = chunk.split('\n');
    for (const piece of lines.slice(0, -1)) {
      options.onLine([...parts, piece].join(''));
      parts = [];
    }
    parts.push(lines.at(-1) ?? '');
  });
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (chunk: string) => {
    complaint = (complaint + chunk).slice(-keptComplaint);
  });
  child.stdin.on('error', () => {}); // it has ended: `ended` tells
  const ended = new Promise<LineProcessEnd>((resolve) => {
    child.on('error', (error) => resolve({ status: undefined, complaint: error.message }));
    child.on('close', (status) => resolve({ status: status ?? undefined, complaint }));
  });
  return {
    pid: child.pid,
    write: (line) => void child.stdin.write(`${line}\n`),
    endInput: () => void child.stdin.end(),
    kill: (signal) => void child.kill(signal),
    ended,
    holdEventLoop: (hold) => {
      for (const part of [child, child.stdin, child.stdout, child.stderr]) setReferenced(part, hold);
    },
  };
}

/** Pipes of a child are sockets, which the types do not say. */
function setReferenced(part: object, hold: boolean): void {
  const name = hold ? 'ref' : 'unref';
  const method = (part as { readonly ref?: () => unknown; readonly unref?: () => unknown })[name];
  method?.call(part);
}
