/** `ctfw compile` as a whole process, for growing policies, beside ferm on the same publications. */
import { rm, stat, writeFile } from 'node:fs/promises';
import type { Benchmark, BenchmarkContext, BenchmarkResult } from './benchmark.ts';
import { fermConfiguration } from './linear-rules.ts';
import { generateNestedPolicy } from './nested-policy-text.ts';
import { type GeneratedPolicy, generatePolicy } from './policy-text.ts';
import { resourcesOf, succeed, timed } from './process.ts';
import { count, growthExponent, type Measured, medianOf, megabytes, ratio, seconds } from './statistics.ts';

export const compile: Benchmark = {
  name: 'compile',
  title: 'policy to rules, whole processes',
  needs: [],
  run: measure,
};

const sizes = [100, 1000, 10_000] as const;
const goal = { seconds: 1.2, bytes: 500e6 } as const;

async function measure(context: BenchmarkContext): Promise<BenchmarkResult> {
  const rows: string[][] = [];
  const ferm: string[][] = [];
  const notRun: string[] = [];
  const withoutFerm = context.missing(['ferm']);
  if (withoutFerm !== undefined) notRun.push(`ferm on the same publications: ${withoutFerm}`);
  let smaller: Measured | undefined;
  for (const size of sizes) {
    context.progress(`compile ${size} containers`);
    const policy = generatePolicy(size);
    const ours = await compileTime(context, `containers-${size}`, policy.text);
    const growth = smaller === undefined ? '' : growthExponent(smaller, { size, value: ours.seconds }).toFixed(2);
    rows.push([`${count(size)} containers`, ...cells(ours), growth, '']);
    smaller = { size, value: ours.seconds };
    if (withoutFerm === undefined && (size === 10_000 || !context.short)) {
      ferm.push(await fermRow(context, size, policy, ours));
    }
  }
  const statements = context.short ? 2000 : 10_000;
  context.progress(`compile ${statements} nested statements`);
  const nested = await compileTime(context, 'nested', generateNestedPolicy(statements));
  rows.push([`${count(statements)} nested prefixes`, ...cells(nested), '', ''], ...ferm);
  return {
    header: ['what', 'time', 'processor time', 'peak memory', 'output', 'growth exponent', 'ratio'],
    rows,
    notes: [
      `Goal for 10,000 containers: under ${goal.seconds} s and ${goal.bytes / 1e6} MB.`,
      'ctfw: check, expectations, rules for IPv4 and IPv6, lock file present. ferm: two rules a port for each family, nothing checked.',
    ],
    notRun,
  };
}

async function fermRow(
  { progress, scratch, short }: BenchmarkContext,
  size: number,
  policy: GeneratedPolicy,
  ours: Compiled,
): Promise<string[]> {
  progress(`ferm ${size} ports`);
  const configuration = `${scratch}/${size}.ferm`;
  await writeFile(configuration, fermConfiguration(policy));
  const args = ['--noexec', '--lines', configuration];
  const output = await succeed('ferm', args);
  const taken = await medianOf(short ? 1 : 5, () => timed('ferm', args));
  const compared = `ctfw takes ${ratio(ours.seconds, taken)}`;
  return [`ferm, ${count(size)} ports`, seconds(taken), '', '', megabytes(output.length), '', compared];
}

interface Compiled {
  readonly seconds: number;
  readonly processor: number;
  readonly memory: number;
  readonly output: number;
}

async function compileTime({ ctfw, scratch, short }: BenchmarkContext, name: string, text: string): Promise<Compiled> {
  const [policy, output] = [`${scratch}/${name}.ctfw`, `${scratch}/${name}.json`];
  await writeFile(policy, text);
  const args = [ctfw, 'compile', policy, '-o', output];
  const { memory, processor } = await resourcesOf(args); // the first run writes the lock file
  const taken = await medianOf(short ? 3 : 5, () => timed(process.execPath, args));
  const { size } = await stat(output);
  await rm(output);
  return { seconds: taken, processor, memory, output: size };
}

function cells({ seconds: time, processor, memory, output }: Compiled): readonly string[] {
  return [seconds(time), seconds(processor), megabytes(memory), megabytes(output)];
}
