/** New and established flows a second through the simulator, and through the kernel with the same rules. */
import { readFile } from 'node:fs/promises';
import { parseIptablesSave } from '../src/backends/iptables/parse.ts';
import { parseNftJson } from '../src/backends/nftables/parse-json.ts';
import { compile } from '../src/compile.ts';
import { emptyLock } from '../src/lock/lock.ts';
import type { Ruleset } from '../src/ruleset/ruleset.ts';
import { type Benchmark, type BenchmarkContext, BenchmarkFailure, type BenchmarkResult } from './benchmark.ts';
import { compiledPolicy } from './compiled-policy.ts';
import { linearRestore } from './linear-rules.ts';
import type { Namespace } from './namespace.ts';
import type { GeneratedPolicy } from './policy-text.ts';
import { type Rates, type SimulatedPolicy, simulatedRates } from './simulated-traffic.ts';
import { count, median, perSecond, ratio } from './statistics.ts';
import { type Limit, targetOf, withTopologies } from './topology.ts';

export const simulate: Benchmark = {
  name: 'simulate',
  title: 'flows a second through the simulator, complete conntrack, no traces, one processor',
  needs: [],
  run: measure,
};

/** One set of rules, for the simulator and for the kernel. */
interface Case {
  readonly name: string;
  readonly rulesets: readonly Ruleset[];
  readonly load: (router: Namespace) => Promise<unknown>;
}

async function measure(context: BenchmarkContext): Promise<BenchmarkResult> {
  const missing = context.missing(['root', 'nft', 'iptables', 'python3']);
  const rows: string[][] = [];
  for (const size of context.short ? [10, 1000] : [10, 1000, 10_000]) {
    context.progress(`simulate ${size}`);
    const { policy, document } = await compiledPolicy(context, size);
    const on = hostOf(policy);
    for (const one of await casesOf(policy, document)) {
      const rounds = Array.from({ length: context.short ? 1 : 3 }, () =>
        simulatedRates(on, one.rulesets, policy, flowsOf(context)),
      );
      const middle = (key: keyof Rates): number => median(rounds.map((rates) => rates[key]));
      const kernel = missing === undefined ? await kernelRate(context, policy, one) : undefined;
      rows.push([
        count(size),
        one.name,
        perSecond(middle('opened')),
        perSecond(middle('established')),
        kernel === undefined ? '-' : perSecond(kernel),
        kernel === undefined ? '-' : ratio(middle('opened'), kernel),
      ]);
    }
  }
  return {
    header: ['publications', 'rules', 'new flows', 'established packets', 'kernel: new flows', 'simulator to kernel'],
    rows,
    notes: [
      'Simulator: packets a second of processor time, to all publications in turn; each packet is followed to the port that it leaves by.',
      `Each flow is a connection of its own and stays: from none to ${count(flowsOf(context))} live ones while new flows are measured, all of them in turn afterwards.`,
      'Kernel: first packets of distinct connections to the last publication that arrive in the container a second, as in `connections`.',
      'linear: one DNAT and one accept rule a port, as container engines write them.',
    ],
    notRun: missing === undefined ? [] : [`the kernel's rates: ${missing}`],
  };
}

function flowsOf({ short }: BenchmarkContext): number {
  return short ? 20_000 : 60_000;
}

function hostOf({ text }: GeneratedPolicy): SimulatedPolicy {
  const {
    compiled: [compiled],
  } = compile({ name: 'policy.ctfw', text }, () => ({ error: 'nothing is included' }), emptyLock);
  if (compiled === undefined) throw new BenchmarkFailure('the policy does not compile');
  return compiled;
}

async function casesOf(policy: GeneratedPolicy, document: string): Promise<readonly Case[]> {
  const linear = linearRestore(policy, 'ipv4');
  return [
    {
      name: 'ctfw',
      rulesets: [parseNftJson(await readFile(document, 'utf8'), 'rules.json').ruleset],
      load: (router) => router.run('nft', ['-j', '-f', document]),
    },
    {
      name: 'linear',
      rulesets: [parseIptablesSave(linear, 'linear', { family: 'ip', engine: 'iptables-nft' }).ruleset],
      load: (router) => router.run('iptables-nft-restore', [], linear),
    },
  ];
}

function kernelRate({ root, short }: BenchmarkContext, policy: GeneratedPolicy, { load }: Case): Promise<number> {
  const limit: Limit = short ? { packets: 20_000, seconds: 0.3 } : { packets: 50_000, seconds: 0.6 };
  return withTopologies(policy, `${root}bench/traffic.py`, 1, async ([topology]) => {
    if (topology === undefined) throw new RangeError('one topology was asked for');
    const target = targetOf(topology.container, 'ipv4', 'publication');
    await load(topology.router);
    await topology.connect(target);
    const rates: number[] = [];
    for (let round = 0; round < 3; round++) rates.push(await topology.firstPacketsPerSecond(target, limit));
    return median(rates);
  });
}
