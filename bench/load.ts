/** How long the kernel takes to load the rules, beside one iptables rule a port for the same publications. */
import type { Benchmark, BenchmarkContext, BenchmarkResult } from './benchmark.ts';
import { compiledPolicy } from './compiled-policy.ts';
import { linearRestore } from './linear-rules.ts';
import { withNamespaces } from './namespace.ts';
import { timed } from './process.ts';
import { count, mediansInTurns, ratio, seconds } from './statistics.ts';

export const load: Benchmark = {
  name: 'load',
  title: 'rules into the kernel',
  needs: ['root', 'nft', 'iptables'],
  run: measure,
};

async function measure(context: BenchmarkContext): Promise<BenchmarkResult> {
  const times = context.short ? 3 : 5;
  const rows: string[][] = [];
  for (const size of context.short ? [100, 1000] : [100, 1000, 10_000]) {
    context.progress(`load ${size} containers`);
    const { policy, document, iptables } = await compiledPolicy(context, size);
    const [ours = 0, again = 0, trees4 = 0, trees6 = 0, linear4 = 0, linear6 = 0] = await mediansInTurns(times, [
      () => freshly('nft', ['-j', '-f', document]),
      () => freshly('nft', ['-j', '-f', document], '', 2),
      () => freshly('iptables-nft-restore', ['--noflush', `${iptables}/rules.v4`]),
      () => freshly('ip6tables-nft-restore', ['--noflush', `${iptables}/rules.v6`]),
      () => freshly('iptables-nft-restore', [], linearRestore(policy, 'ipv4')),
      () => freshly('ip6tables-nft-restore', [], linearRestore(policy, 'ipv6')),
    ]);
    const linear = linear4 + linear6;
    rows.push([
      count(size),
      seconds(ours),
      seconds(again),
      seconds(trees4 + trees6),
      seconds(linear),
      `${ratio(ours, linear)}`,
    ]);
  }
  return {
    header: [
      'publications',
      'ctfw: nft -j -f',
      'the same again',
      'ctfw -t iptables: both restores',
      'iptables-restore + ip6tables-restore',
      'ctfw to iptables',
    ],
    rows,
    notes: [
      'Each in a fresh network namespace. "The same again" replaces the rules just loaded in one transaction, which is what a reload does.',
    ],
    notRun: [],
  };
}

/** Seconds that the last of `loads` runs of the command takes, in a namespace of its own. */
function freshly(command: string, args: readonly string[], input = '', loads = 1): Promise<number> {
  return withNamespaces(1, async ([namespace]) => {
    if (namespace === undefined) throw new RangeError('no namespace');
    const [program, all] = namespace.inside(command, ...args);
    let taken = 0;
    for (let time = 0; time < loads; time++) taken = await timed(program, all, input);
    return taken;
  });
}
