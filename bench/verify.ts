/** The proof of compiled rules, for growing policies: the time of `ctfw compile` with it and without, in turns. */
import { rm, writeFile } from 'node:fs/promises';
import type { Benchmark, BenchmarkContext, BenchmarkResult } from './benchmark.ts';
import { askFerm } from './ferm.ts';
import { generatePolicy } from './policy-text.ts';
import { resourcesOf, timed } from './process.ts';
import { proofsAgain } from './proof-again.ts';
import { count, growthExponent, type Measured, mediansInTurns, megabytes, ratio, seconds } from './statistics.ts';

export const verify: Benchmark = {
  name: 'verify',
  title: 'the proof of the rules, both address families, with two allow or deny statements a container on 20 networks',
  needs: [],
  run: measure,
};

async function measure(context: BenchmarkContext): Promise<BenchmarkResult> {
  const rows: string[][] = [];
  const withoutFerm = context.missing(['ferm']);
  const ferm = withoutFerm === undefined ? await askFerm(context, generatePolicy(10_000)) : undefined;
  let fermSeconds = 0;
  let smaller: Measured | undefined;
  for (const size of context.short ? [100, 1000] : [100, 1000, 10_000]) {
    context.progress(`prove ${size} containers`);
    const { proved, unproved, memory, besides } = await proofOf(
      context,
      size,
      'nft-json',
      size === 1000 ? ferm?.args : undefined,
    );
    const proof = Math.max(proved - unproved, 0.001);
    fermSeconds = besides ?? fermSeconds;
    const growth = smaller === undefined ? '' : growthExponent(smaller, { size, value: proof }).toFixed(2);
    smaller = { size, value: proof };
    rows.push([
      `${count(size)} containers`,
      seconds(proof),
      growth,
      megabytes(memory),
      besides === undefined
        ? `compile takes ${ratio(proved, unproved)} without it`
        : `the proof takes ${ratio(proof, besides)} of ferm's time`,
    ]);
  }
  if (ferm !== undefined) rows.push(['ferm, 10,000 ports', seconds(fermSeconds), '', '', '']);
  for (const size of context.short ? [100] : [100, 1000]) {
    context.progress(`prove ${size} containers, rules for iptables`);
    const { proved, unproved, memory } = await proofOf(context, size, 'iptables');
    rows.push([
      `${count(size)} containers, iptables`,
      seconds(Math.max(proved - unproved, 0.001)),
      '',
      megabytes(memory),
      `compile takes ${ratio(proved, unproved)} without it`,
    ]);
  }
  context.progress('compare two policies of 1,000 containers');
  const { difference, compile } = await diffOf(context, 1000);
  rows.push([
    '1,000 containers, diff',
    seconds(difference),
    '',
    '',
    fermSeconds === 0
      ? `compiling both without proof takes ${seconds(compile)}`
      : `it takes ${ratio(difference, fermSeconds)} of ferm's time`,
  ]);
  context.progress('prove 1,000 containers again after an edit');
  const edited = generatePolicy(1000, { networks, access: 2000 }).text;
  const { first, again, anew, unknownPort } = proofsAgain(edited, context.short ? 2 : 15);
  rows.push(
    ['1,000 containers, the first of a process', seconds(first), '', '', ''],
    ['one statement edited, proved again', seconds(again), '', '', `the first takes ${ratio(first, again)}`],
    ['the same edits, from the beginning', seconds(anew), '', '', `${ratio(anew, again)}`],
    ['a statement with a port of its own', seconds(unknownPort), '', '', `${ratio(unknownPort, again)}`],
  );
  for (const [title, command, sizes] of [
    ['matrix', ['matrix'], [100, 1000, 4000]],
    ['everything that `ctfw verify` judges', ['verify', '--format', 'json'], [100, 1000]],
  ] as const) {
    let before: Measured | undefined;
    for (const size of context.short ? [100] : sizes) {
      context.progress(`${command[0]} of ${size} containers`);
      const { answer, compile } = await answerOf(context, size, command);
      const growth = before === undefined ? '' : growthExponent(before, { size, value: answer }).toFixed(2);
      before = { size, value: answer };
      rows.push([
        `${count(size)} containers, ${title}`,
        seconds(answer),
        growth,
        '',
        `compiling without proof takes ${seconds(compile)}`,
      ]);
    }
  }
  return {
    header: ['what', 'proof', 'growth exponent', 'peak memory', 'ratio'],
    rows,
    notes: [
      'The difference of whole processes, with the proof and with --no-prove, medians in turns.',
      'Goal: under 1 s and 500 MB for 1,000 containers, under 15 s for 10,000, on a machine where ferm takes 1.21 s: 0.83 and 12.4 of its time. It runs in turns with the proof.',
      'Edited: in one process, as in the language server; the emitted rules are read again, and the whole policy is proved.',
      'matrix: everything that a policy with two allow or deny statements a container means, in as few lines as it takes, beyond compiling it.',
      'verify: the proof for both targets, findings, expectations, coverage and simulated packets, beyond compiling the policy.',
      'diff: of two policies that differ in one statement, beyond compiling both; goal: under 1 s, 0.83 of the time of ferm.',
    ],
    notRun: withoutFerm === undefined ? [] : [`ferm, for the speed of this machine: ${withoutFerm}`],
  };
}

const networks = 20;

async function proofOf(
  { ctfw, scratch, short }: BenchmarkContext,
  size: number,
  target: 'nft-json' | 'iptables',
  ferm?: readonly string[],
): Promise<{
  readonly proved: number;
  readonly unproved: number;
  readonly memory: number;
  /** What ferm took, where it was asked to run. */
  readonly besides: number | undefined;
}> {
  const [policy, output] = [`${scratch}/prove-${size}.ctfw`, `${scratch}/prove-${size}.${target}`];
  await writeFile(policy, generatePolicy(size, { networks, access: 2 * size }).text);
  const args = [ctfw, 'compile', policy, '-t', target, '-o', output];
  const { memory } = await resourcesOf(args); // the first run writes the lock file
  const rounds = size > 1000 || target === 'iptables' || (short && size < 1000) ? 1 : short ? 3 : 5;
  const [proved = 0, unproved = 0, besides] = await mediansInTurns(rounds, [
    () => timed(process.execPath, args),
    () => timed(process.execPath, [...args, '--no-prove']),
    ...(ferm === undefined ? [] : [() => timed('ferm', ferm)]),
  ]);
  await rm(output, { recursive: true });
  return { proved, unproved, memory, besides };
}

/** `ctfw diff` of two policies that differ in one allow, less the time of compiling the two. */
async function diffOf(
  { ctfw, scratch, short }: BenchmarkContext,
  size: number,
): Promise<{ readonly difference: number; readonly compile: number }> {
  const [before, after, output] = [`${scratch}/before.ctfw`, `${scratch}/after.ctfw`, `${scratch}/diff.json`];
  const lines = generatePolicy(size)
    .text.split('\n')
    .filter((line) => !line.startsWith('expect'));
  const left = lines.findIndex((line) => line.startsWith('allow'));
  await writeFile(before, lines.join('\n'));
  await writeFile(after, lines.filter((_, index) => index !== left).join('\n'));
  const compile = (policy: string) => [ctfw, 'compile', '--no-prove', policy, '-o', output];
  const [whole = 0, one = 0, other = 0] = await mediansInTurns(short ? 1 : 3, [
    () => timed(process.execPath, [ctfw, 'diff', '--no-text', before, after]),
    () => timed(process.execPath, compile(before)),
    () => timed(process.execPath, compile(after)),
  ]);
  await rm(output);
  return { difference: Math.max(whole - one - other, 0.001), compile: one + other };
}

/** A command about a policy, less the time of compiling it. */
async function answerOf(
  { ctfw, scratch, short }: BenchmarkContext,
  size: number,
  [command, ...options]: readonly [string, ...string[]],
): Promise<{ readonly answer: number; readonly compile: number }> {
  const [policy, output] = [`${scratch}/asked.ctfw`, `${scratch}/asked.json`];
  await writeFile(policy, generatePolicy(size, { networks, access: 2 * size }).text);
  const compiling = [ctfw, 'compile', '--no-prove', policy, '-o', output];
  await resourcesOf(compiling); // the first run writes the lock file
  const [whole = 0, compile = 0] = await mediansInTurns(short || size > 100 ? 1 : 3, [
    () => timed(process.execPath, [ctfw, command, policy, ...options]),
    () => timed(process.execPath, compiling),
  ]);
  await rm(output);
  await rm(`${policy}.lock`, { force: true });
  return { answer: Math.max(whole - compile, 0.001), compile };
}
