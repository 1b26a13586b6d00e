import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { BenchmarkFailure } from '../../bench/benchmark.ts';
import { linearRestore } from '../../bench/linear-rules.ts';
import { withNamespaces } from '../../bench/namespace.ts';
import { generatePolicy } from '../../bench/policy-text.ts';
import { targetOf, withTopologies } from '../../bench/topology.ts';

const script = fileURLToPath(new URL('../../bench/traffic.py', import.meta.url));
const policy = generatePolicy(10);

async function gone(process: number): Promise<boolean> {
  for (let time = 0; time < 100 && existsSync(`/proc/${process}`); time++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  return !existsSync(`/proc/${process}`);
}

describe('namespaces', () => {
  test('are others than ours and than each other, and gone afterwards', async () => {
    const holders = await withNamespaces(2, async (namespaces) => {
      const places = namespaces.map(({ holder }) => readlinkSync(`/proc/${holder}/ns/net`));
      expect(new Set([...places, readlinkSync('/proc/self/ns/net')]).size).toBe(3);
      return namespaces.map(({ holder }) => holder);
    });
    expect(await Promise.all(holders.map(gone))).toEqual([true, true]);
  });

  test('are gone when the process that opened them is killed', async () => {
    const entry = fileURLToPath(new URL('../../bench/namespace.ts', import.meta.url));
    const bundle = await build({ entryPoints: [entry], bundle: true, write: false, platform: 'node', format: 'esm' });
    const program = `${bundle.outputFiles[0]?.text}\nconst opened = await openNamespace();\nconsole.log(opened.holder);\nsetInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const holder = Number(line.toString());
    expect(existsSync(`/proc/${holder}`)).toBe(true);
    child.kill('SIGKILL');
    expect(await gone(holder)).toBe(true);
  });
});

describe.each(['ipv4', 'ipv6'] as const)('the topology, %s', (family) => {
  test('connects without rules straight to the container, and its packets are counted', async () => {
    await withTopologies(policy, script, 1, async ([topology]) => {
      if (topology === undefined) throw new RangeError('no topology');
      const target = targetOf(topology.container, family, 'route');
      await topology.connect(target);
      expect(await topology.firstPacketsPerSecond(target, { packets: 500, seconds: 5 })).toBeGreaterThan(0);
    });
  });

  test('connects through rules that publish, and not through those that do not', async () => {
    await withTopologies(policy, script, 2, async ([published, closed]) => {
      if (published === undefined || closed === undefined) throw new RangeError('no topology');
      const target = targetOf(published.container, family, 'publication');
      const restore = family === 'ipv4' ? 'iptables-nft-restore' : 'ip6tables-nft-restore';
      await published.router.run(restore, [], linearRestore(policy, family));
      await published.connect(target);
      expect(await published.firstPacketsPerSecond(target, { packets: 500, seconds: 5 })).toBeGreaterThan(0);
      await expect(closed.connect(target)).rejects.toThrow(BenchmarkFailure);
      await expect(closed.firstPacketsPerSecond(target, { packets: 500, seconds: 5 })).rejects.toThrow(
        'none of 500 packets',
      );
    });
  });
});
