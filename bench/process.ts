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

/** Runs in the measured process at its end: writes its peak memory to descriptor 3. */
const reportMemory = `
import { writeSync } from 'node:fs';
process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)));
`;

/** Octets of memory that `node ARGS` held at most (resident). Throws BenchmarkFailure. */
export function peakMemory(args: readonly string[]): Promise<number> {
  const preload = `data:text/javascript,${encodeURIComponent(reportMemory)}`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', preload, ...args], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      timeout: timeoutMs,
    });
    let kibibytes = '';
    child.stdio[3]?.on('data', (chunk: Buffer) => {
      kibibytes += chunk.toString();
    });
    child.on('error', (error) => reject(new BenchmarkFailure(error.message)));
    child.on('close', (status) => {
      if (status === 0 && /^\d+$/.test(kibibytes)) resolve(Number(kibibytes) * 1024);
      else reject(new BenchmarkFailure(`node ${args.join(' ')}: status ${status}`));
    });
  });
}
