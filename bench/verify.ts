/** The proof of compiled rules, for growing policies: the time of `ctfw compile` with it and without, in turns. */
import { rm, writeFile } from 'node:fs/promises';
import type { Benchmark, BenchmarkContext, BenchmarkResult } from './benchmark.ts';
import { generatePolicy } from './policy-text.ts';
import { resourcesOf, timed } from './process.ts';
import { count, growthExponent, type Measured, mediansInTurns, megabytes, ratio, seconds } from './statistics.ts';

export const verify: Benchmark = {
  name: 'verify',
  title: 'the proof of the rules, both address families, with two allow or deny statements a container on 20 networks',
  needs: [],
  run: measure,
};

async function measure(context: BenchmarkContext): Promise<BenchmarkResult> {
  const rows: string[][] = [];
  let smaller: Measured | undefined;
  for (const size of context.short ? [100, 1000] : [100, 1000, 10_000]) {
    context.progress(`prove ${size} containers`);
    const { proved, unproved, memory } = await proofOf(context, size);
    const proof = Math.max(proved - unproved, 0.001);
    const growth = smaller === undefined ? '' : growthExponent(smaller, { size, value: proof }).toFixed(2);
    smaller = { size, value: proof };
    rows.push([
      `${count(size)} containers`,
      seconds(proof),
      growth,
      megabytes(memory),
      `compile takes ${ratio(proved, unproved)} without it`,
    ]);
  }
  return {
    header: ['what', 'proof', 'growth exponent', 'peak memory', 'ratio'],
    rows,
    notes: [
      'The difference of whole processes, with the proof and with --no-prove, medians in turns.',
      'Goal: under 1 s and 500 MB for 1,000 containers, under 15 s for 10,000.',
    ],
    notRun: [],
  };
}

const networks = 20;

async function proofOf(
  { ctfw, scratch, short }: BenchmarkContext,
  size: number,
): Promise<{ readonly proved: number; readonly unproved: number; readonly memory: number }> {
  const [policy, output] = [`${scratch}/prove-${size}.ctfw`, `${scratch}/prove-${size}.json`];
  await writeFile(policy, generatePolicy(size, { networks, access: 2 * size }).text);
  const args = [ctfw, 'compile', policy, '-o', output];
  const { memory } = await resourcesOf(args); // the first run writes the lock file
  const [proved = 0, unproved = 0] = await mediansInTurns(short || size > 1000 ? 1 : 3, [
    () => timed(process.execPath, args),
    () => timed(process.execPath, [...args, '--no-prove']),
  ]);
  await rm(output);
  return { proved, unproved, memory };
}
