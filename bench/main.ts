/** The command line of the benchmarks: chooses, runs and prints them. Exits 1 when something does not work, never for being slow. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { apply } from './apply.ts';
import { type Benchmark, type BenchmarkContext, BenchmarkFailure, type BenchmarkResult } from './benchmark.ts';
import { compile } from './compile.ts';
import { connections } from './connections.ts';
import { editor } from './editor.ts';
import { load } from './load.ts';
import { read } from './read.ts';
import { missingFrom, type Offer, offered } from './requirements.ts';
import { simulate } from './simulate.ts';
import { startup } from './startup.ts';
import { formatTable } from './table.ts';
import { verify } from './verify.ts';

const benchmarks: readonly Benchmark[] = [startup, compile, editor, read, load, connections, apply, simulate, verify];

const usage = `usage: npm run bench -- [--short] [--ctfw FILE] [NAME...]
  --short      fewer sizes and repetitions: less than a minute
  --ctfw FILE  measure this executable; otherwise dist/ctfw.js is built and measured
names: ${benchmarks.map(({ name }) => name).join(', ')}
`;

interface Chosen {
  readonly short: boolean;
  readonly ctfw: string | undefined;
  readonly benchmarks: readonly Benchmark[];
}

/** Gives the exit code: 0 fine, 1 something failed (or, with CI=true, could not be run), 2 wrong usage. */
export async function main(args: readonly string[], root: string): Promise<number> {
  const chosen = parseArguments(args);
  if (chosen === undefined) {
    process.stderr.write(usage);
    return 2;
  }
  const ctfw = resolve(chosen.ctfw ?? join(root, 'dist/ctfw.js'));
  const scratch = mkdtempSync(join(tmpdir(), 'ctfw-bench-'));
  const cleanUp = (): void => rmSync(scratch, { recursive: true, force: true });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      cleanUp();
      process.exit(1); // namespaces end with this process
    });
  }
  try {
    if (chosen.ctfw === undefined) buildIn(root);
    if (!existsSync(ctfw)) throw new BenchmarkFailure(`${ctfw}: no such file`);
    const offer = await offered();
    process.stdout.write(machine(offer));
    const context: BenchmarkContext = {
      root,
      ctfw,
      scratch,
      short: chosen.short,
      missing: (requirements) => missingFrom(offer, requirements),
      progress: (text) => process.stderr.write(`... ${text}\n`),
    };
    return await runAll(chosen.benchmarks, context);
  } catch (error) {
    if (!(error instanceof BenchmarkFailure)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  } finally {
    cleanUp();
  }
}

function parseArguments(args: readonly string[]): Chosen | undefined {
  let short = false;
  let ctfw: string | undefined;
  const names: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? '';
    if (argument === '--short') short = true;
    else if (argument === '--ctfw') {
      ctfw = args[++index];
      if (ctfw === undefined) return undefined;
    } else if (benchmarks.some(({ name }) => name === argument)) names.push(argument);
    else return undefined;
  }
  return { short, ctfw, benchmarks: benchmarks.filter(({ name }) => names.length === 0 || names.includes(name)) };
}

/** What is measured is what stands in `src`. Throws BenchmarkFailure. */
function buildIn(root: string): void {
  const built = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) throw new BenchmarkFailure(`scripts/build.mjs: ${built.stderr}`);
}

/** What the figures were measured on. */
function machine(offer: Offer): string {
  const tools = Object.entries(offer).flatMap(([name, version]) =>
    name === 'root' || version === undefined ? [] : [version],
  );
  const processors = cpus();
  return `${processors.length} processors (${processors[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release().split('-')[0] ?? ''}, Node ${process.version}\n${tools.join(', ')}\n`;
}

async function runAll(chosen: readonly Benchmark[], context: BenchmarkContext): Promise<number> {
  const failed: string[] = [];
  const notRun: string[] = [];
  for (const benchmark of chosen) {
    const missing = context.missing(benchmark.needs);
    if (missing !== undefined) {
      notRun.push(`${benchmark.name}: ${missing}`);
      continue;
    }
    try {
      const result = await benchmark.run(context);
      process.stdout.write(formatResult(benchmark, result));
      notRun.push(...result.notRun.map((text) => `${benchmark.name}: ${text}`));
    } catch (error) {
      if (!(error instanceof BenchmarkFailure)) throw error;
      failed.push(`${benchmark.name}: ${error.message}`);
    }
  }
  for (const text of notRun) process.stdout.write(`\nnot run: ${text}\n`);
  for (const text of failed) process.stdout.write(`\nfailed: ${text}\n`);
  return failed.length > 0 || (notRun.length > 0 && process.env.CI === 'true') ? 1 : 0;
}

function formatResult({ name, title }: Benchmark, { header, rows, notes }: BenchmarkResult): string {
  return ['', `${name}: ${title}`, '', formatTable(header, rows), ...notes.map((note) => `  ${note}`), ''].join('\n');
}
