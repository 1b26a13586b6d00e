/** `ctfw trace` and `ctfw verify` where a policy has several hosts: the whole way of a packet, each host named. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { fixturesFolder } from '../support/fixtures.ts';
import { type Program, programInFolder } from './in-process.ts';
import { schemaErrors } from './schema.ts';

vi.mock('../../src/cli/io/files.ts', async (original) => (await import('./capturing.ts')).capturing(original));

const textOf = (name: string): string => readFileSync(join(fixturesFolder, 'valid', name, 'policy.ctfw'), 'utf8');

let program: Program;

beforeAll(() => {
  program = programInFolder();
  for (const name of ['two-hosts', 'c6-overlay', 'c4-vlans-across-hosts']) program.write(`${name}.ctfw`, textOf(name));
  const failing = textOf('two-hosts').replace(/^expect .*\n/gm, '');
  program.write('failing.ctfw', `${failing}expect web -> b 5433/tcp allowed\n`);
});
afterAll(() => program.remove());

const trace = (...words: readonly string[]) => program.run('trace', ...words);
/** What the packet meets, without rules and addresses: the first column. */
const stations = (text: string): readonly string[] =>
  text
    .split('\n\n')[1]
    ?.split('\n')
    .map((line) => /^ {2}(\S+(?: \S+)*)/.exec(line)?.[1] ?? '')
    .filter((word) => word !== '') ?? [];

describe('trace', () => {
  test('over the wire, through the rules of both hosts, and the reply back', async () => {
    const { status, stdout } = await trace('two-hosts.ctfw', 'web', 'b', 'tcp/5432', '--reply');
    expect(status).toBe(0);
    expect(stations(stdout)).toEqual([
      ...['host a', 'web', 'prerouting', 'forward', 'postrouting', 'eth0'],
      ...['host b', 'eth0', 'prerouting', 'forward', 'db'],
    ]);
    expect(stdout).toContain('source changes to 192.168.1.4:40000');
    expect(stdout).toContain('destination changes to 172.18.0.2:5432');
    expect(stdout).toContain('allowed: delivered to container web as 172.17.0.2 port 40000 from 192.168.1.6');
    expect(stdout).toContain('the policy says: allowed (line 18, published (on b))');
  });

  test('the host that drops a packet is the last one named', async () => {
    const { status, stdout } = await trace('two-hosts.ctfw', 'web', 'b', 'tcp/22');
    expect(status).toBe(0);
    expect(stations(stdout).filter((word) => word.startsWith('host'))).toEqual(['host a', 'host b']);
    expect(stdout).toContain('drop: protect host');
  });

  test('through a tunnel', async () => {
    const { stdout } = await trace('c6-overlay.ctfw', 'web', 'db', 'tcp/5432');
    expect(stations(stdout)).toEqual([
      ...['host a', 'web', 'prerouting', 'forward', 'vxlan43', 'output', 'eth0'],
      ...['host b', 'eth0', 'prerouting', 'input', 'vxlan43', 'prerouting', 'forward', 'db'],
    ]);
    const refused = await trace('c6-overlay.ctfw', 'web', 'db', 'tcp/5433');
    expect(stations(refused.stdout)).not.toContain('host b');
  });

  test('over a trunk: the same tag is heard, another one is not', async () => {
    const { stdout } = await trace('c4-vlans-across-hosts.ctfw', 'test1', 'test3', 'tcp/80');
    expect(stations(stdout)).toEqual(['host a', 'test1', 'eno1', 'host b', 'eno1', 'test3']);
    expect(stdout).toContain('vlan 100');
    const other = await trace('c4-vlans-across-hosts.ctfw', 'test1', 'test4', 'tcp/80');
    expect(other.stdout).toContain('blocked: nobody on its network answers for the next hop');
    expect(other.stdout).toContain('the policy says: blocked');
  });

  test('as JSON, each step with its host', async () => {
    const { stdout } = await trace('c6-overlay.ctfw', 'test1', 'test2', 'tcp/80', '--json');
    const document = JSON.parse(stdout);
    expect(schemaErrors('trace', document)).toEqual([]);
    expect(document.host).toBe('a');
    const [way] = document.ways;
    expect([way.verdict, way.host]).toEqual(['allowed', 'b']);
    expect([...new Set(way.steps.map(({ host }: { host: string }) => host))]).toEqual(['a', 'b']);
    expect(way.steps.map(({ kind }: { kind: string }) => kind)).toEqual(
      expect.arrayContaining(['encapsulated', 'decapsulated']),
    );
  });

  test('from a host that is named, forged; and a name that is none', async () => {
    const forged = await trace('c6-overlay.ctfw', '10.32.0.2 on eth0', 'a', 'tcp/80', '--host', 'a');
    expect(forged.stdout).toContain('drop: forged');
    const unknown = await trace('two-hosts.ctfw', 'wob', 'b');
    expect(unknown.stderr).toContain('did you mean web?');
  });
});

test('verify judges the whole way, and shows it where an expectation fails', async () => {
  const passing = await program.run('verify', 'two-hosts.ctfw');
  expect(passing.status).toBe(0);
  expect(passing.stdout).toContain('packets on their whole way, from host to host, with br_netfilter');
  const { status, stdout } = await program.run('verify', 'failing.ctfw');
  expect(status).not.toBe(0);
  expect(stdout).toContain('by the rules it is blocked (a rule drops it (on b))');
  expect(stdout).toMatch(/host a\n.*web[\s\S]*host b\n[\s\S]*drop: protect host/);
}, 120_000);
