/** `ctfw verify` as users meet it: what holds, what does not and why, and the likeliest mistakes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { emitJson } from '../../src/backends/nftables/emit-json.ts';
import { hostViewOf } from '../../src/host-view/from-model.ts';
import { formatHostView } from '../../src/host-view/json.ts';
import { compiledPolicy } from '../support/compiled.ts';
import { type Program, programInFolder } from './in-process.ts';
import { schemaErrors } from './schema.ts';

vi.mock('../../src/cli/io/files.ts', async (original) => (await import('./capturing.ts')).capturing(original));

const policy = `host edge {
  interface wan0 { address 203.0.113.10/24 }
  route default via 203.0.113.1
}
zone internet = any on wan0
network front { subnet 172.17.0.0/16; icc off }
container web {
  attach front 172.17.0.2
  publish 8080:80
}
container db { attach front 172.17.0.3; expose 5432/tcp }
link web -> db
expect internet -> edge 8080/tcp  reaches web 80/tcp
expect internet -> db 5432/tcp    blocked
expect web -> db 5432/tcp         allowed
`;

let program: Program;

beforeAll(() => {
  program = programInFolder();
  program.write('edge.ctfw', policy);
  const { model, host, ruleset, view } = compiledPolicy(policy);
  program.write('view.json', formatHostView(hostViewOf(model, host)));
  program.write('rules.json', emitJson(ruleset));
  program.write('other-view.json', formatHostView({ ...view, interfaces: view.interfaces.slice(0, 1), routes: [] }));
  // the rule that lets published connections pass is gone
  const tables = ruleset.tables.map((table) => ({
    ...table,
    chains: table.chains.map((chain) => ({
      ...chain,
      rules: chain.rules.filter(({ origins }) => !origins.some(({ line }) => line === 12)),
    })),
    maps: table.maps.map((map) => ({
      ...map,
      elements: map.elements.filter(({ origins }) => !origins.some(({ line }) => line === 12)),
    })),
    sets: table.sets.map((set) => ({
      ...set,
      elements: set.elements.filter(({ origins }) => !origins.some(({ line }) => line === 12)),
    })),
  }));
  program.write('damaged.json', emitJson({ tables }));
});
afterAll(() => program.remove());

const verify = (...words: readonly string[]) => program.run('verify', ...words);

test('a policy that holds: every expectation by meaning and by both targets, every packet as meant', async () => {
  const { status, stdout } = await verify('edge.ctfw');
  expect(stdout).toMatch(/^ok {2}policy {4}3 expectations hold$/m);
  expect(stdout).toMatch(/^ok {2}nft {7}3 expectations hold$/m);
  expect(stdout).toMatch(/^ok {2}iptables {2}3 expectations hold$/m);
  expect(stdout).toMatch(
    /^ok {2}nft {7}packets from everyone to everyone, without br_netfilter: \d{3,} packets: the rules do what is meant$/m,
  );
  expect(stdout).toMatch(/edge\.ctfw: 17 passed, 0 failed\n$/);
  expect(status).toBe(0);
});

test('an expectation that does not hold: the packet, its path, the line; exit 1', async () => {
  program.write('failing.ctfw', `${policy}expect internet -> edge 8080/tcp blocked\n`);
  const { status, stdout } = await verify('failing.ctfw');
  expect(stdout).toContain(
    'FAILED line 16: expect internet -> edge 8080/tcp blocked (policy)\n  by the policy it is allowed (published, line 9)',
  );
  expect(stdout).toContain(
    'FAILED line 16: expect internet -> edge 8080/tcp blocked (nft)\n  by the rules it is allowed',
  );
  expect(stdout).toMatch(/destination changes to 172\.17\.0\.2:80\n[\s\S]*accept +failing\.ctfw:9/);
  expect(stdout).toMatch(/3 failed\n$/);
  expect(status).toBe(1);
});

describe('rules found on a host', () => {
  test('ours, as they were loaded, on the gathered view', async () => {
    const { status, stdout } = await verify('edge.ctfw', '--rules', 'rules.json', '--host-view', 'view.json');
    expect(stdout).toMatch(/^ok {2}rules\.json {2}3 expectations hold$/m);
    expect(status).toBe(0);
  });

  test('damaged ones: expectation and difference are told with the packet', async () => {
    const { status, stdout } = await verify('edge.ctfw', '--rules', 'damaged.json', '--format', 'json');
    const document = JSON.parse(stdout);
    expect(schemaErrors('verify', document)).toEqual([]);
    const failed = document.results.filter(({ outcome }: { outcome: string }) => outcome === 'failed');
    expect(failed[0]).toMatchObject({
      rule: 'expectation',
      judge: 'damaged.json',
      name: 'line 15: expect web -> db 5432/tcp allowed',
      flow: { source: '172.17.0.2', destination: '172.17.0.3', destinationPort: 5432 },
      ways: [{ verdict: 'blocked' }],
    });
    expect(failed.some(({ rule }: { rule: string }) => rule === 'agreement')).toBe(true);
    expect(status).toBe(1);
  });

  test('chains of a priority whose order no listing tells: what depends on it is unknown, not failed', async () => {
    const chain = (name: string, prio: number) => ({
      chain: { family: 'ip', table: name, name: 'c', type: 'filter', hook: 'forward', prio, policy: 'accept' },
    });
    const rule = (table: string, ...expr: object[]) => ({ rule: { family: 'ip', table, chain: 'c', expr } });
    const mark = { meta: { key: 'mark' } };
    const postgres = { match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: 5432 } };
    const chains = (prio: number) => ({
      nftables: [
        ...['one', 'two'].map((name) => ({ table: { family: 'ip', name } })),
        ...[chain('one', 0), chain('two', prio)],
        rule('one', postgres, { mangle: { key: mark, value: 1 } }),
        rule('two', { match: { op: '==', left: mark, right: 1 } }, { drop: null }),
      ],
    });
    const outcomesOf = async (prio: number): Promise<readonly string[]> => {
      program.write('two.json', JSON.stringify(chains(prio)));
      const { stdout } = await verify('edge.ctfw', '--rules', 'two.json', '--format', 'json');
      const results: { rule: string; judge: string; name: string; outcome: string }[] = JSON.parse(stdout).results;
      return results
        .filter((result) => result.rule === 'expectation' && result.judge === 'two.json')
        .filter(({ name }) => name.includes('web -> db'))
        .map(({ outcome }) => outcome);
    };
    expect(await outcomesOf(0)).toEqual(['unknown']);
    expect(await outcomesOf(1)).toEqual(['failed']);
    expect(await outcomesOf(-1)).toEqual(['passed']);
  });

  test('no rules at all: everything that is blocked by ours passes', async () => {
    program.write('nothing.json', '{"nftables": []}');
    const { stdout, status } = await verify('edge.ctfw', '--rules', 'nothing.json');
    expect(stdout).toMatch(/\d+ more of \d+ packets differ/);
    expect(status).toBe(1);
  });
});

test('a policy with an error: its diagnostics are the results', async () => {
  program.write('broken.ctfw', 'container web { attach nowhere }\n');
  const { status, stdout } = await verify('broken.ctfw', '--format', 'github');
  expect(stdout).toMatch(
    /^::error file=broken\.ctfw,line=1,endLine=1,col=24,endColumn=31,title=ctfw CTFW\d+ \(policy\)::/,
  );
  expect(status).toBe(1);
});

test('several policies: each result names its own', async () => {
  program.write(
    'second.ctfw',
    policy.replace('expect web -> db 5432/tcp         allowed', 'expect web -> db 22/tcp allowed'),
  );
  const { status, stdout } = await verify('edge.ctfw', 'second.ctfw');
  expect(stdout).toMatch(/^ok {2}edge\.ctfw: nft {2}3 expectations hold$/m);
  expect(stdout).toMatch(/^FAILED line 15: expect web -> db 22\/tcp allowed \(second\.ctfw: nft\)$/m);
  expect(stdout).toMatch(/^2 policies: \d+ passed, 3 failed$/m);
  expect(status).toBe(1);
});

test('-o writes the document, and says the results to people', async () => {
  const { status, stdout, stderr } = await verify('edge.ctfw', '--format', 'sarif', '-o', 'results.sarif');
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  expect(stderr).toMatch(/17 passed, 0 failed\n$/);
  expect(JSON.parse(readFileSync(join(program.folder, 'results.sarif'), 'utf8'))).toMatchObject({
    version: '2.1.0',
    runs: [{ results: [] }],
  });
});

test.each<[words: string[], status: number, message: RegExp]>([
  [['nothere.ctfw'], 2, /cannot read nothere\.ctfw: there is no such file/],
  [['edge.ctfw', '--rules', 'nothere.json'], 2, /cannot read nothere\.json/],
  [['edge.ctfw', '--rules', 'edge.ctfw'], 1, /holds no rules/],
  [['edge.ctfw', '--host-view', 'rules.json'], 1, /no host view/],
  [['edge.ctfw', '--format', 'xml'], 2, /Allowed choices are human, json, junit, sarif, github, tap/],
  [['edge.ctfw', '--most', 'all'], 2, /"all" is none/],
  [['edge.ctfw', '--host', 'core'], 1, /no host "core"/],
  [['edge.ctfw', '-o', 'absent/results.sarif'], 2, /cannot write absent\/results\.sarif/],
  [[], 2, /missing required argument 'file'/],
  [['edge.ctfw', 'edge.ctfw', '--lock', 'x'], 2, /--lock names the lock file of one policy/],
])('mistake: %j', async (words, status, message) => {
  const ran = await verify(...words);
  expect(ran.stderr).toMatch(message);
  expect(ran).toMatchObject({ status, stdout: '' });
});
