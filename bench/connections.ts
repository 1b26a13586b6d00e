/** New connections through the rules to the last published port: ours for nftables and for iptables, one iptables rule a port, and no rules at all. */
import type { Benchmark, BenchmarkContext, BenchmarkResult } from './benchmark.ts';
import { compiledPolicy } from './compiled-policy.ts';
import { type IpFamily, linearRestore } from './linear-rules.ts';
import type { Namespace } from './namespace.ts';
import type { GeneratedPolicy } from './policy-text.ts';
import { count, mediansInTurns, perSecond, ratio } from './statistics.ts';
import { type Limit, targetOf, withTopologies } from './topology.ts';

export const connections: Benchmark = {
  name: 'connections',
  title: 'new TCP connections a second to the last published port',
  needs: ['root', 'nft', 'iptables', 'python3'],
  run: measure,
};

/** What is compared: how the router gets its rules, and which way the client takes. */
interface Case {
  readonly name: string;
  readonly load: (router: Namespace) => Promise<unknown>;
  readonly through: 'publication' | 'route';
}

async function measure(context: BenchmarkContext): Promise<BenchmarkResult> {
  const rows: string[][] = [];
  for (const size of context.short ? [10, 1000] : [10, 1000, 10_000]) {
    const { policy, document, iptables } = await compiledPolicy(context, size);
    for (const family of context.short ? (['ipv4'] as const) : (['ipv4', 'ipv6'] as const)) {
      context.progress(`connections ${size} ${family}`);
      const restore = family === 'ipv4' ? 'iptables-nft-restore' : 'ip6tables-nft-restore';
      const cases: readonly Case[] = [
        { name: 'ctfw', load: (router) => router.run('nft', ['-j', '-f', document]), through: 'publication' },
        {
          name: 'ctfw for iptables',
          load: (router) =>
            router.run(restore, ['--noflush', `${iptables}/${family === 'ipv4' ? 'rules.v4' : 'rules.v6'}`]),
          through: 'publication',
        },
        {
          name: 'iptables',
          load: (router) => router.run(restore, [], linearRestore(policy, family)),
          through: 'publication',
        },
        { name: 'no rules', load: () => Promise.resolve(), through: 'route' },
      ];
      const [ours = 0, trees = 0, linear = 0, none = 0] = await ratesOf(context, policy, family, cases);
      const name = family === 'ipv4' ? 'IPv4' : 'IPv6';
      rows.push([
        count(size),
        name,
        ...[ours, trees, linear, none].map(perSecond),
        ratio(ours, linear),
        ratio(trees, linear),
        ratio(ours, none),
      ]);
    }
  }
  return {
    header: [
      'publications',
      'family',
      'ctfw',
      'ctfw -t iptables',
      'iptables',
      'no rules',
      'ctfw to iptables',
      'ctfw -t iptables to iptables',
      'ctfw to no rules',
    ],
    rows,
    notes: [
      'First packets (SYN) of distinct connections, sent from one processor and counted in the container; a real connection was opened through the same rules first.',
      'iptables: one DNAT and one accept rule a port, as container engines write them; both are run by iptables-nft.',
      'No rules: routed straight to the container, without address translation and connection tracking: what the sender and the wires allow.',
    ],
    notRun: [],
  };
}

/** The median rate of each case. */
function ratesOf(
  { root, short }: BenchmarkContext,
  policy: GeneratedPolicy,
  family: IpFamily,
  cases: readonly Case[],
): Promise<readonly number[]> {
  const limit: Limit = short ? { packets: 20_000, seconds: 0.3 } : { packets: 50_000, seconds: 0.6 };
  return withTopologies(policy, `${root}bench/traffic.py`, cases.length, async (topologies) => {
    const runs = cases.map(({ load, through }, index) => {
      const topology = topologies[index];
      if (topology === undefined) throw new RangeError('a topology for each case');
      return { topology, load, target: targetOf(topology.container, family, through) };
    });
    for (const { topology, load, target } of runs) {
      await load(topology.router);
      await topology.connect(target);
    }
    const measures = runs.map(
      ({ topology, target }) =>
        () =>
          topology.firstPacketsPerSecond(target, limit),
    );
    return mediansInTurns(short ? 3 : 9, measures);
  });
}
