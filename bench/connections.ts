/** New connections through the rules to the last published port: ours, one iptables rule a port, and no rules at all. */
import type { Benchmark, BenchmarkContext, BenchmarkResult } from './benchmark.ts';
import { compiledPolicy } from './compiled-policy.ts';
import { type IpFamily, linearRestore } from './linear-rules.ts';
import type { Namespace } from './namespace.ts';
import type { GeneratedPolicy } from './policy-text.ts';
import { count, median, perSecond, ratio } from './statistics.ts';
import { type Limit, targetOf, withTopology } from './topology.ts';

export const connections: Benchmark = {
  name: 'connections',
  title: 'new TCP connections a second to the last published port',
  needs: ['root', 'nft', 'iptables', 'python3'],
  run: measure,
};

/** How a case prepares the router; undefined: no rules, the client routes to the container. */
type LoadRules = ((router: Namespace) => Promise<unknown>) | undefined;

async function measure(context: BenchmarkContext): Promise<BenchmarkResult> {
  const rows: string[][] = [];
  for (const size of context.short ? [10, 1000] : [10, 1000, 10_000]) {
    const { policy, document } = await compiledPolicy(context, size);
    for (const family of context.short ? (['ipv4'] as const) : (['ipv4', 'ipv6'] as const)) {
      context.progress(`connections ${size} ${family}`);
      const rate = (load: LoadRules): Promise<number> => rateWith(context, policy, family, load);
      const none = await rate(undefined);
      const ours = await rate((router) => router.run('nft', ['-j', '-f', document]));
      const restore = family === 'ipv4' ? 'iptables-nft-restore' : 'ip6tables-nft-restore';
      const linear = await rate((router) => router.run(restore, [], linearRestore(policy, family)));
      rows.push([
        count(size),
        family === 'ipv4' ? 'IPv4' : 'IPv6',
        perSecond(ours),
        perSecond(linear),
        perSecond(none),
        ratio(ours, linear),
        ratio(ours, none),
      ]);
    }
  }
  return {
    header: ['publications', 'family', 'ctfw', 'iptables', 'no rules', 'ctfw to iptables', 'ctfw to no rules'],
    rows,
    notes: [
      'First packets (SYN) of distinct connections, sent from one processor and counted in the container; a real connection was opened through the same rules first.',
      'No rules: routed straight to the container, without address translation and connection tracking: what the sender and the wires allow.',
    ],
    notRun: [],
  };
}

async function rateWith(
  { root, short }: BenchmarkContext,
  policy: GeneratedPolicy,
  family: IpFamily,
  load: LoadRules,
): Promise<number> {
  const limit: Limit = short ? { packets: 40_000, seconds: 0.6 } : { packets: 100_000, seconds: 1.5 };
  return withTopology(policy, `${root}bench/traffic.py`, async (topology) => {
    await load?.(topology.router);
    const target = targetOf(topology.container, family, load === undefined ? 'route' : 'publication');
    await topology.connect(target);
    const rates: number[] = [];
    for (let time = 0; time < (short ? 3 : 5); time++) rates.push(await topology.firstPacketsPerSecond(target, limit));
    return median(rates);
  });
}
