/** `ctfw compile` as a whole process, for growing policies, beside ferm on the same publications. */
import { rm, stat, writeFile } from 'node:fs/promises';
import type { Benchmark, BenchmarkContext, BenchmarkResult } from './benchmark.ts';
import { askFerm, type Ferm } from './ferm.ts';
import { generateNestedPolicy } from './nested-policy-text.ts';
import { generatePolicy } from './policy-text.ts';
import { resourcesOf, timed } from './process.ts';
import { count, growthExponent, type Measured, mediansInTurns, megabytes, ratio, seconds } from './statistics.ts';

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
  const fermRows: string[][] = [];
  const withoutFerm = context.missing(['ferm']);
  let smaller: Measured | undefined;
  for (const size of sizes) {
    context.progress(`compile ${size} containers`);
    const policy = generatePolicy(size);
    const ferm =
      withoutFerm === undefined && (size === 10_000 || !context.short) ? await askFerm(context, policy) : undefined;
    const ours = await compiled(context, `containers-${size}`, policy.text, ferm);
    const growth = smaller === undefined ? '' : growthExponent(smaller, { size, value: ours.seconds }).toFixed(2);
    rows.push([`${count(size)} containers`, ...cells(ours), growth, '']);
    smaller = { size, value: ours.seconds };
    if (ferm === undefined) continue;
    const compared = `ctfw takes ${ratio(ours.seconds, ours.fermSeconds)}`;
    fermRows.push([
      `ferm, ${count(size)} ports`,
      seconds(ours.fermSeconds),
      '',
      '',
      '',
      megabytes(ferm.output),
      '',
      compared,
    ]);
  }
  const statements = context.short ? 2000 : 10_000;
  context.progress(`compile ${statements} nested statements`);
  const nested = await compiled(context, 'nested', generateNestedPolicy(statements), undefined);
  rows.push([`${count(statements)} nested prefixes`, ...cells(nested), '', ''], ...fermRows);
  return {
    header: ['what', 'time', 'with proof', 'processor time', 'peak memory', 'output', 'growth exponent', 'ratio'],
    rows,
    notes: [
      `Goal for 10,000 containers, without proof: under ${goal.seconds} s and ${goal.bytes / 1e6} MB.`,
      'With proof: the rules are shown to do what the policy means before they are written. All other columns are without it.',
      'ctfw: check, expectations, rules for IPv4 and IPv6, lock file present. ferm: two rules a port for each family, nothing checked.',
    ],
    notRun: withoutFerm === undefined ? [] : [`ferm on the same publications: ${withoutFerm}`],
  };
}

interface Compiled {
  /** Without proof. */
  readonly seconds: number;
  /** Undefined where a short run leaves it out. */
  readonly provedSeconds: number | undefined;
  readonly processor: number;
  readonly memory: number;
  readonly output: number;
  /** 0 without ferm. */
  readonly fermSeconds: number;
}

async function compiled(
  { ctfw, scratch, short }: BenchmarkContext,
  name: string,
  text: string,
  ferm: Ferm | undefined,
): Promise<Compiled> {
  const [policy, output] = [`${scratch}/${name}.ctfw`, `${scratch}/${name}.json`];
  await writeFile(policy, text);
  const proving = [ctfw, 'compile', policy, '-o', output];
  const args = [...proving, '--no-prove'];
  const { memory, processor } = await resourcesOf(args); // the first run writes the lock file
  const isLarge = text.length > 500_000;
  const rounds = short ? (isLarge ? 1 : 3) : 5;
  const [ours = 0, fermSeconds = 0] = await mediansInTurns(rounds, [
    () => timed(process.execPath, args),
    ...(ferm === undefined ? [] : [() => timed('ferm', ferm.args)]),
  ]);
  const provedSeconds = short && isLarge ? undefined : await timed(process.execPath, proving);
  const { size } = await stat(output);
  await rm(output);
  return { seconds: ours, provedSeconds, processor, memory, output: size, fermSeconds };
}

function cells({ seconds: time, provedSeconds, processor, memory, output }: Compiled): readonly string[] {
  return [
    seconds(time),
    provedSeconds === undefined ? '' : seconds(provedSeconds),
    seconds(processor),
    megabytes(memory),
    megabytes(output),
  ];
}
