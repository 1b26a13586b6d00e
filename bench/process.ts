/** Runs whole processes and measures them; what fails is a failure of the benchmark, with what the process said. */
import { spawn } from 'node:child_process';
import { run } from '../src/host/run.ts';
import { BenchmarkFailure } from './benchmark.ts';

const timeoutMs = 120_000;

/** Runs a command that must succeed; gives its standard output. Throws BenchmarkFailure. */
export async function succeed(command: string, args: readonly string[], input?: string): Promise<string> {
  const result = await run(command, args, {
    timeoutMs,
    maximumOutput: 256 * 1024 * 1024,
    ...(input === undefined ? {} : { input }),
  });
  if (result.kind === 'exited' && result.status === 0) return result.stdout;
  const why =
    result.kind === 'not-started' ? result.message : result.kind === 'stopped' ? result.why : `status ${result.status}`;
  const said = result.kind === 'not-started' ? '' : `${result.stderr}${result.stdout}`.trim().slice(0, 2000);
  throw new BenchmarkFailure(`${[command, ...args].join(' ')}: ${why}${said === '' ? '' : `\n${said}`}`);
}

/** Seconds from the start of a command, which must succeed, to its end. Throws BenchmarkFailure. */
export async function timed(command: string, args: readonly string[], input?: string): Promise<number> {
  const start = process.hrtime.bigint();
  await succeed(command, args, input);
  return Number(process.hrtime.bigint() - start) / 1e9;
}

export interface Resources {
  /** Octets of memory that were held at most (resident). */
  readonly memory: number;
  /** Seconds of processor time, of all threads. */
  readonly processor: number;
}

/** Runs in the measured process at its end: writes what it took to descriptor 3. */
const reportResources = `
import { writeSync } from 'node:fs';
process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeSync(3, JSON.stringify([maxRSS * 1024, (userCPUTime + systemCPUTime) / 1e6]));
});
`;

/** What `node ARGS`, which must succeed, takes. Throws BenchmarkFailure. */
export function resourcesOf(args: readonly string[]): Promise<Resources> {
  const preload = `data:text/javascript,${encodeURIComponent(reportResources)}`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', preload, ...args], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
    });
    const said = { report: '', errors: '' };
    child.stdio[3]?.on('data', (chunk: Buffer) => {
      said.report += chunk.toString();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      said.errors += chunk.toString();
    });
    child.on('error', (error) => reject(new BenchmarkFailure(error.message)));
    child.on('close', (status) => {
      const [memory, processor] = status === 0 ? (JSON.parse(said.report) as readonly number[]) : [];
      if (memory !== undefined && processor !== undefined) resolve({ memory, processor });
      else reject(new BenchmarkFailure(`node ${args.join(' ')}: status ${status}\n${said.errors.slice(0, 2000)}`));
    });
  });
}
