/** Generated policies and what ctfw makes of them, for the benchmarks that load the rules. */
import { writeFile } from 'node:fs/promises';
import type { BenchmarkContext } from './benchmark.ts';
import { type GeneratedPolicy, generatePolicy } from './policy-text.ts';
import { succeed } from './process.ts';

export interface CompiledPolicy {
  readonly policy: GeneratedPolicy;
  /** The nftables JSON document that `ctfw compile` gives: a file. */
  readonly document: string;
  /** The folder of what `ctfw compile -t iptables` gives. */
  readonly iptables: string;
}

/** Throws BenchmarkFailure when the policy does not compile. */
export async function compiledPolicy({ ctfw, scratch }: BenchmarkContext, size: number): Promise<CompiledPolicy> {
  const policy = generatePolicy(size);
  const path = `${scratch}/policy-${size}.ctfw`;
  await writeFile(path, policy.text);
  // What is measured is the rules; proving them has its own figure.
  const document = `${path}.json`;
  await succeed(process.execPath, [ctfw, 'compile', path, '--no-prove', '-o', document]);
  const iptables = `${path}.iptables`;
  await succeed(process.execPath, [ctfw, 'compile', path, '--no-prove', '-t', 'iptables', '-o', iptables]);
  return { policy, document, iptables };
}
