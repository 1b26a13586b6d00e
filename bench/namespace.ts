/** Network namespaces without a name, each held by a process that ends when this one does, however it ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BenchmarkFailure } from './benchmark.ts';
import { succeed } from './process.ts';

export interface Namespace {
  /** Process that holds it: `ip link set X netns PID`. */
  readonly holder: number;
  /** Command and arguments that run `command` in it. */
  readonly inside: (command: string, ...args: string[]) => readonly [string, string[]];
  /** Runs a command that must succeed in it; gives its standard output. Throws BenchmarkFailure. */
  readonly run: (command: string, args: readonly string[], input?: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** The holder is a `cat` that reads from this process: the end of this process is the end of its input. Throws BenchmarkFailure. */
export async function openNamespace(): Promise<Namespace> {
  const child = spawn('unshare', ['--net', 'sh', '-c', 'echo; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  child.stdin.on('error', () => {});
  const ended = once(child, 'close');
  const started = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
  const holder = child.pid;
  if (!started || holder === undefined) throw new BenchmarkFailure('unshare --net: no network namespace could be made');
  const inside = (command: string, ...args: string[]): readonly [string, string[]] => [
    'nsenter',
    ['--net', '--target', `${holder}`, command, ...args],
  ];
  return {
    holder,
    inside,
    run: (command, args, input) => succeed(...inside(command, ...args), input),
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

/** Opens namespaces, gives them to `use`, and closes them whatever comes of it. */
export async function withNamespaces<T>(
  count: number,
  use: (namespaces: readonly Namespace[]) => Promise<T>,
): Promise<T> {
  const open: Namespace[] = [];
  try {
    while (open.length < count) open.push(await openNamespace());
    return await use(open);
  } finally {
    for (const namespace of open) await namespace.close();
  }
}
