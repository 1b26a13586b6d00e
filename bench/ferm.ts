/** ferm on the publications of a policy: what speeds are measured against where machines differ. */
import { writeFile } from 'node:fs/promises';
import type { BenchmarkContext } from './benchmark.ts';
import { fermConfiguration } from './linear-rules.ts';
import type { GeneratedPolicy } from './policy-text.ts';
import { succeed } from './process.ts';

export interface Ferm {
  readonly args: readonly string[];
  /** Octets of its output. */
  readonly output: number;
}

export async function askFerm({ scratch }: BenchmarkContext, policy: GeneratedPolicy): Promise<Ferm> {
  const configuration = `${scratch}/${policy.containers.length}.ferm`;
  await writeFile(configuration, fermConfiguration(policy));
  const args = ['--noexec', '--lines', configuration];
  return { args, output: (await succeed('ferm', args)).length };
}
