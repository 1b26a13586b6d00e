/** How long applying takes beyond the proof: one container more on a large host, and a thousand ports of one container and back. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Installed } from '../src/apply/install/installer.ts';
import { nftablesInstaller, rulesFile } from '../src/apply/install/nftables.ts';
import { appendJournal, nothingLoaded } from '../src/apply/state/journal.ts';
import { realFiles } from '../src/apply/state/real-files.ts';
import { emitJson } from '../src/backends/nftables/emit-json.ts';
import { type Compiled, compile } from '../src/compile.ts';
import type { Host } from '../src/host/contract/host.ts';
import { behind } from '../src/host/gather/runner.ts';
import { realHost } from '../src/host/real/real-host.ts';
import { emptyLock } from '../src/lock/lock.ts';
import { type Benchmark, type BenchmarkContext, BenchmarkFailure, type BenchmarkResult } from './benchmark.ts';
import { linearRestore } from './linear-rules.ts';
import { type Namespace, withNamespaces } from './namespace.ts';
import { generatePolicy } from './policy-text.ts';
import { timed } from './process.ts';
import { count, median, ratio, seconds } from './statistics.ts';
import { type WholeApply, type WholeTimes, wholeApply } from './whole-apply.ts';

export const apply: Benchmark = {
  name: 'apply',
  title: 'changes to rules that are in force',
  needs: ['root', 'nft', 'iptables'],
  run: measure,
};

async function measure(context: BenchmarkContext): Promise<BenchmarkResult> {
  const times = context.short ? 2 : 5;
  const size = context.short ? 1000 : 10_000;
  const ports = context.short ? 200 : 1000;
  context.progress(`apply one container more among ${size}`);
  const more = await oneMore(context, size, times);
  context.progress(`apply ${ports} ports of one container`);
  const published = await manyPorts(context, ports, times);
  return {
    header: [
      ...['change', 'how', 'bytes to nft', 'apply', 'reload all', 'iptables-restore', 'to reload', 'to iptables'],
      ...['ctfw apply', 'ctfw compile', 'beyond it', 'to reload', 'to iptables'],
      ...['proved: apply', 'compile', 'beyond it', 'to reload', 'to iptables'],
    ],
    rows: [...more, ...published],
    notes: [
      '"apply" is the change itself: what differs is worked out, the journal and the generation are on the disk, the transaction is run and read back. It does not contain compiling, the proof and reading the host.',
      '"ctfw apply" is the whole process, for good (so without a guard): it also starts, compiles, reads the host while it compiles, judges the change, looks at the host again and compares all of our rules with what was applied last. "beyond it" is what it takes more than `ctfw compile` of the same policy, both without proof and then both with it.',
      '"reload all" replaces our tables whole in one transaction and reads nothing back. iptables-restore loads one rule a port and family for the same publications.',
    ],
    notRun: [],
  };
}

async function oneMore(context: BenchmarkContext, size: number, times: number): Promise<string[][]> {
  const [small, large] = [generatePolicy(size), generatePolicy(size + 1)];
  const text = `${small.text}\ncontainer one-more { attach net0; publish 1023:8080 }\n`;
  const [before, after] = [compiled(small.text), compiled(text)];
  return withNamespaces(1, async ([namespace]) => {
    if (namespace === undefined) throw new RangeError('no namespace');
    const changed = await alternate(context, namespace, before, after, times);
    const whole = await wholeApply(context, namespace, small.text, text, times);
    const linear = await restoring(namespace, linearRestore(large, 'ipv4'), linearRestore(large, 'ipv6'), times);
    return [
      row(`one container more among ${count(size)}`, changed.there, changed.reload, linear, whole, 'there'),
      row('and gone again', changed.back, changed.reload, linear, whole, 'back'),
    ];
  });
}

async function manyPorts(context: BenchmarkContext, ports: number, times: number): Promise<string[][]> {
  const base = `host edge { interface wan0 { address 198.18.0.1/15 } }\nnetwork net0 { bridge br0; subnet 10.1.0.0/16, fd00:1::/64 }\n`;
  const one = `${base}container web { attach net0 10.1.0.2, fd00:1::2; publish 80:80 }\n`;
  const many = `${base}container web {\n  attach net0 10.1.0.2, fd00:1::2\n  publish 80:80\n${Array.from({ length: ports }, (_, index) => `  publish ${10_000 + index}:${10_000 + index}`).join('\n')}\n}\n`;
  const containers = Array.from({ length: ports }, (_, index) => ({
    name: 'web',
    network: 0,
    hostPort: 10_000 + index,
    containerPort: 10_000 + index,
    ipv4: '10.1.0.2',
    ipv6: 'fd00:1::2',
  }));
  const linearPolicy = {
    text: many,
    networks: [{ name: 'net0', bridge: 'br0', gateway4: '', gateway6: '' }],
    containers,
  };
  return withNamespaces(1, async ([namespace]) => {
    if (namespace === undefined) throw new RangeError('no namespace');
    const changed = await alternate(context, namespace, compiled(one), compiled(many), times);
    const whole = await wholeApply(context, namespace, one, many, times);
    const linear = await restoring(
      namespace,
      linearRestore(linearPolicy, 'ipv4'),
      linearRestore(linearPolicy, 'ipv6'),
      times,
    );
    return [
      row(`${count(ports)} ports of one container`, changed.there, changed.reload, linear, whole, 'there'),
      row('and gone again', changed.back, changed.reload, linear, whole, 'back'),
    ];
  });
}

interface Measured {
  readonly seconds: number;
  readonly bytes: number;
  readonly how: string;
}

function row(
  change: string,
  { seconds: taken, bytes, how }: Measured,
  reload: number,
  linear: number,
  whole: WholeApply,
  direction: 'there' | 'back',
): string[] {
  const beyond = ({ compile: compiling, ...applying }: WholeTimes): string[] => {
    const more = applying[direction] - compiling;
    const ratios = [`${ratio(more, reload)}`, `${ratio(more, linear)}`];
    return [seconds(applying[direction]), seconds(compiling), seconds(more), ...ratios];
  };
  return [
    change,
    how,
    count(bytes),
    seconds(taken),
    seconds(reload),
    seconds(linear),
    `${ratio(taken, reload)}`,
    `${ratio(taken, linear)}`,
    ...beyond(whole.withoutProof),
    ...beyond(whole.withProof),
  ];
}

function compiled(text: string): Compiled {
  const [first] = compile({ name: 'policy.ctfw', text }, () => ({ error: 'nothing is included' }), emptyLock).compiled;
  if (first === undefined) throw new BenchmarkFailure('the policy does not compile');
  return first;
}

/** From one policy to the other and back, in turns with a reload of all. */
async function alternate(
  { scratch }: BenchmarkContext,
  namespace: Namespace,
  before: Compiled,
  after: Compiled,
  times: number,
): Promise<{ readonly there: Measured; readonly back: Measured; readonly reload: number }> {
  const [program, words] = namespace.inside('env');
  const host = realHost({ runner: behind([program, ...words]) });
  const folder = mkdtempSync(join(scratch, 'state-'));
  const [left, right] = [installed(before, 1), installed(after, 2)];
  await change(host, folder, { artifact: { target: 'nftables', files: {} }, loaded: nothingLoaded }, left);
  const there: Measured[] = [];
  const back: Measured[] = [];
  const reloads: number[] = [];
  for (let time = 0; time < times; time++) {
    there.push(await change(host, folder, left, right));
    const document = right.artifact.files[rulesFile] ?? '';
    const start = performance.now();
    const result = await host.runNftables(document, 'apply');
    if (result.kind !== 'done') throw new BenchmarkFailure(result.message);
    reloads.push((performance.now() - start) / 1000);
    back.push(await change(host, folder, right, left));
  }
  return { there: middle(there), back: middle(back), reload: median(reloads) };
}

function installed({ ruleset }: Compiled, generation: number): Installed {
  return {
    artifact: { target: 'nftables', files: { [rulesFile]: emitJson(ruleset) } },
    loaded: { generation, suffix: '' },
  };
}

/** What applying does between the proof and the end, but for reading the whole host. Throws BenchmarkFailure. */
async function change(host: Host, folder: string, from: Installed, to: Installed): Promise<Measured> {
  const files = realFiles(folder);
  const { generation } = to.loaded;
  const start = performance.now();
  const prepared = await nftablesInstaller.prepare(host, {
    from,
    to: { artifact: to.artifact, generation },
    known: true,
    tried: 'elements',
  });
  if (prepared.kind === 'impossible') throw new BenchmarkFailure(prepared.failure.message);
  const { installation } = prepared;
  for (const [name, text] of Object.entries(to.artifact.files)) files.write(`generations/${generation}/${name}`, text);
  appendJournal(files, 0, { kind: 'changing', loaded: installation.loaded });
  const ran = await installation.run(host);
  if (ran.kind !== 'done') throw new BenchmarkFailure(ran.failure.message);
  const checked = await installation.check(host);
  if (checked.kind !== 'same') throw new BenchmarkFailure(`read back: ${JSON.stringify(checked)}`);
  appendJournal(files, 0, { kind: 'applied', generation, deadline: undefined });
  const { bytes, how } = installation.summary;
  return { seconds: (performance.now() - start) / 1000, bytes, how };
}

function middle(all: readonly Measured[]): Measured {
  const [first] = all;
  if (first === undefined) throw new RangeError('nothing measured');
  return { ...first, seconds: median(all.map((one) => one.seconds)) };
}

async function restoring(namespace: Namespace, v4: string, v6: string, times: number): Promise<number> {
  const taken: number[] = [];
  for (let time = 0; time < times; time++) {
    const first = await timed(...namespace.inside('iptables-nft-restore'), v4);
    taken.push(first + (await timed(...namespace.inside('ip6tables-nft-restore'), v6)));
  }
  return median(taken);
}
