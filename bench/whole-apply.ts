/** `ctfw apply` as a whole process in a namespace, in turns with `ctfw compile`: what applying adds to compiling. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchmarkContext } from './benchmark.ts';
import type { Namespace } from './namespace.ts';
import { timed } from './process.ts';
import { median } from './statistics.ts';

export interface WholeApply {
  readonly withProof: WholeTimes;
  readonly withoutProof: WholeTimes;
}

export interface WholeTimes {
  /** Seconds of the process that changes from the first policy to the second. */
  readonly there: number;
  readonly back: number;
  /** Seconds that compiling the second takes, as a process. */
  readonly compile: number;
}

/** Interfaces of the generated policies, which the program looks for on the host. */
const setUp: readonly string[] = [
  'ip link set lo up',
  'ip link add wan0 type veth peer name wan0-far',
  'ip addr add 198.18.0.1/15 dev wan0',
  'ip addr add 2001:db8:ffff::1/64 dev wan0 nodad',
  'ip link set wan0 up',
  'ip link add lan0 type veth peer name lan0-far',
  'ip addr add 192.168.1.5/24 dev lan0',
  'ip addr add fd00:1::5/64 dev lan0 nodad',
  'ip link set lan0 up',
  'sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1',
];

/** For good, so without a guard. Throws BenchmarkFailure. */
export async function wholeApply(
  context: BenchmarkContext,
  namespace: Namespace,
  before: string,
  after: string,
  times: number,
): Promise<WholeApply> {
  for (const line of setUp) {
    const [command = '', ...args] = line.split(' ');
    await namespace.run(command, args);
  }
  const policies = writePolicies(context, before, after);
  return {
    withoutProof: await alternately(context, namespace, policies, ['--no-prove'], times),
    withProof: await alternately(context, namespace, policies, [], context.short ? 1 : Math.min(times, 3)),
  };
}

interface Policies {
  readonly folder: string;
  readonly first: string;
  readonly second: string;
}

/** One name for both: it stands in log prefixes, and a rule that logs would differ. */
function writePolicies({ scratch }: BenchmarkContext, before: string, after: string): Policies {
  const folder = mkdtempSync(join(scratch, 'whole-'));
  const [first, second] = [join(folder, 'before'), join(folder, 'after')];
  for (const [where, text] of [
    [first, before],
    [second, after],
  ] as const) {
    mkdirSync(where);
    writeFileSync(join(where, 'policy.ctfw'), text);
  }
  return { folder, first, second };
}

async function alternately(
  { ctfw }: BenchmarkContext,
  namespace: Namespace,
  { folder, first, second }: Policies,
  proving: readonly string[],
  times: number,
): Promise<WholeTimes> {
  const options = [
    ...proving,
    ...['--yes', '--allow-lockout', '--confirm-timeout', '0', '--state-dir', join(folder, 'state')],
  ];
  const apply = (where: string): Promise<number> => {
    // the policy by its bare name, from its own folder
    const [enter, words] = namespace.inside('env', '-C', where, process.execPath, ctfw, 'apply', 'policy.ctfw');
    return timed(enter, [...words, ...options]);
  };
  await apply(first);
  const taken = { there: [] as number[], back: [] as number[], compile: [] as number[] };
  for (let time = 0; time < times; time++) {
    const words = ['compile', join(second, 'policy.ctfw'), ...proving, '-o', join(folder, 'rules.json')];
    taken.compile.push(await timed(process.execPath, [ctfw, ...words]));
    taken.there.push(await apply(second));
    taken.back.push(await apply(first));
  }
  return { there: median(taken.there), back: median(taken.back), compile: median(taken.compile) };
}
