import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gatherHost } from '../../../src/host/gather/gather.ts';
import type { Runner } from '../../../src/host/gather/runner.ts';
import type { RunResult } from '../../../src/host/run.ts';
import { hostViewToJson } from '../../../src/host-view/json.ts';
import { formatAddress } from '../../../src/net/address.ts';
import { type Recording, replay } from './recording.ts';

/** What the commands printed in the namespace that recorded/everything.sh builds. */
const everything = JSON.parse(readFileSync(join(import.meta.dirname, 'recorded/everything.json'), 'utf8')) as Recording;

const gathered = await gatherHost({ runner: replay(everything) });

/** As recorded, but for commands that begin with one of these words. */
function instead(words: string, result: RunResult): Runner {
  const changed = Object.entries(everything).filter(([key]) => key.startsWith(words));
  return replay({ ...everything, ...Object.fromEntries(changed.map(([key]) => [key, result])) });
}

const exited = (status: number, stdout: string, stderr = ''): RunResult => ({ kind: 'exited', status, stdout, stderr });

describe('the view of a host', () => {
  const view = hostViewToJson(gathered.view) as Record<string, Record<string, unknown>[]>;

  test('interfaces with kinds, bridge ports, and addresses in the order of the kernel', () => {
    expect(gathered.view.name).toBe('edge');
    expect(view.interfaces?.map(({ name, kind, up }) => [name, kind, up])).toEqual([
      ['lo', 'loopback', true],
      ['br0', 'bridge', true],
      ['br1', 'bridge', false],
      ['p0', 'veth', true],
      ['v0', 'veth', true],
      ['vx', 'vxlan', false],
    ]);
    const addresses = view.interfaces?.[1]?.addresses as Record<string, unknown>[];
    expect(addresses.filter(({ scope }) => scope === 'universe')).toEqual([
      { address: '10.0.0.1/24', scope: 'universe' },
      { address: '10.9.0.1/32', scope: 'universe' },
      { address: '10.0.0.2/24', scope: 'universe' },
      { address: '2001:db8::2/64', scope: 'universe', deprecated: true },
      { address: '2001:db8::1/64', scope: 'universe' },
    ]);
    expect(view.interfaces?.[4]).toMatchObject({
      mac: '02:00:00:00:00:01',
      bridgePort: { bridge: 'br0', hairpin: true, isolated: true },
    });
    expect(view.interfaces?.[5]?.tunnel).toEqual({ identifier: 42, port: 4789, remotes: ['10.0.0.9', '10.0.0.10'] });
  });

  test('routes of all tables, those that the kernel makes for its own addresses left out', () => {
    expect(view.routes).toEqual(
      expect.arrayContaining([
        { destination: '198.51.101.0/24', kind: 'blackhole', metric: 0, table: '77' },
        {
          destination: '0.0.0.0/0',
          via: '10.0.0.254',
          interface: 'br0',
          kind: 'unicast',
          metric: 5,
          table: '100',
          preferredSource: '10.0.0.2',
        },
        {
          destination: '10.9.0.2/32',
          interface: 'br0',
          kind: 'unicast',
          metric: 0,
          table: 'main',
          preferredSource: '10.9.0.1',
        },
        { destination: '198.51.100.0/24', kind: 'unreachable', metric: 0, table: 'main' },
        { destination: '::/0', via: '2001:db8::fe', interface: 'br0', kind: 'unicast', metric: 1024, table: 'main' },
      ]),
    );
    expect(view.routes?.filter(({ table }) => table === 'local')).toEqual([]);
  });

  test('routing rules of both families once', () => {
    expect(view.rules).toEqual([
      { priority: 0, table: 'local' },
      { priority: 32764, source: '10.0.0.0/24', table: '77' },
      { priority: 32765, mark: { value: 1, mask: 255 }, table: '100' },
      { priority: 32766, table: 'main' },
      { priority: 32767, table: 'default' },
    ]);
  });

  test('neighbours, settings, capabilities', () => {
    expect(view.neighbours).toContainEqual({ address: '10.0.0.50', interface: 'br0', mac: '02:00:00:00:00:50' });
    expect(gathered.view.sysctls).toMatchObject({
      'net.ipv4.ip_forward': '1',
      'net.ipv4.conf.br0.route_localnet': '1',
      'net.ipv4.conf.br1.route_localnet': '0',
      'net.bridge.bridge-nf-call-iptables': '1',
    });
    expect(gathered.view.capabilities).toEqual({ brNetfilter: true, bridgeConntrack: false, bridgeName: false });
  });

  test('what the view cannot say is told', () => {
    const parts = new Set(['routes', 'routing rules']);
    expect(gathered.missing.filter(({ part }) => parts.has(part)).map(({ message }) => message)).toEqual([
      'The route to 192.0.3.0/24 in table main has several next hops; only the first is in the view.',
      'The route to 203.0.113.0/24 in table local is of type local, which the view does not hold; it is left out.',
      expect.stringMatching(/^The routing rule of priority 32763 says more/),
    ]);
  });
});

describe('the rules of a host', () => {
  const tables = gathered.rulesets.flatMap(({ file, ruleset }) =>
    ruleset.tables.map(({ engine, family, name }) => `${file}: ${family} ${name} (${engine})`),
  );

  test('every table once, from the listing that says most', () => {
    expect(tables).toEqual([
      'nft.json: inet t (nftables)',
      'nft.json: ip6 filter (nftables)',
      'rules.v4: ip filter (iptables-nft)',
      'rules.v4: ip nat (iptables-nft)',
      'rules.bridge: bridge filter (iptables-nft)',
      'rules-legacy.v4: ip filter (iptables-legacy)',
    ]);
    expect(gathered.nftListing).toContain('"xt"');
    expect(gathered.rulesets[0]?.text).not.toContain('"xt"');
  });

  test('a table that iptables shows in part only is read from nft, and that is told', () => {
    expect(gathered.missing).toContainEqual({
      part: 'iptables',
      why: 'inexact',
      message: expect.stringMatching(/^The table ip6 filter holds rules that `ip6tables-save` does not show/),
    });
    const filter = gathered.rulesets[0]?.ruleset.tables.find(({ family }) => family === 'ip6');
    expect(filter?.chains.map(({ name }) => name)).toContain('late');
  });

  test('without the legacy tables in the kernel their tools are not started: they would make them', async () => {
    const asked: string[] = [];
    const runner = replay({ ...everything, 'cat /proc/net/ip_tables_names': exited(0, '') }, asked);
    const { rulesets } = await gatherHost({ runner });
    expect(rulesets.map(({ file }) => file)).not.toContain('rules-legacy.v4');
    expect(asked.filter((command) => /legacy-save/.test(command))).toEqual([]);
  });

  test('legacy tables that no tool here can read are told', async () => {
    const legacyGone = Object.fromEntries(
      Object.entries(everything).filter(([key]) => !key.startsWith('iptables-legacy')),
    );
    expect((await gatherHost({ runner: replay(legacyGone) })).missing).toContainEqual({
      part: 'iptables',
      why: 'tool',
      message: expect.stringMatching(/holds legacy iptables tables \(filter\)/),
    });
  });
});

describe('connections and listeners', () => {
  test('connections with both directions', () => {
    expect(gathered.connections).toContainEqual({
      family: 'ipv4',
      protocol: 6,
      state: 'ESTABLISHED',
      timeout: expect.any(Number),
      original: expect.objectContaining({ destinationPort: 8080 }),
      reply: expect.objectContaining({ sourcePort: 8080 }),
      assured: true,
      unreplied: false,
      offloaded: false,
      mark: 0,
      zone: 0,
    });
  });

  test('listeners', () => {
    expect(
      gathered.listeners?.map(({ protocol, address, port }) => `${protocol} ${formatAddress(address)} ${port}`),
    ).toEqual(['tcp 127.0.0.1 8080', 'tcp :: 80', 'udp 0.0.0.0 53']);
  });
});

describe('what cannot be gathered', () => {
  test('nothing installed: everything is named, nothing thrown', async () => {
    const nothing = await gatherHost({ runner: replay({}) });
    expect(new Set(nothing.missing.map(({ part }) => part))).toEqual(
      new Set([
        'interfaces',
        'routes',
        'routing rules',
        'neighbours',
        'sysctls',
        'capabilities',
        'nftables',
        'iptables',
        'arptables',
        'ebtables',
        'listeners',
      ]),
    );
    expect(nothing.missing.every(({ why }) => why === 'tool')).toBe(true);
    expect(nothing.nftListing).toBeUndefined();
  });

  test('no privilege', async () => {
    const runner = instead(
      'nft -j',
      exited(1, '', 'Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed'),
    );
    expect((await gatherHost({ runner })).missing).toContainEqual({
      part: 'nftables',
      why: 'privilege',
      message: 'nftables: `nft -j list ruleset` needs more privilege (Operation not permitted (you must be root)).',
    });
    const connections = await gatherHost({
      runner: instead(
        'conntrack',
        exited(
          1,
          '',
          'conntrack v1.4.7 (conntrack-tools): Operation failed: sorry, you must be root or get CAP_NET_ADMIN capability to do this',
        ),
      ),
    });
    expect(connections.connections).toBeUndefined();
    expect(connections.missing).toContainEqual(expect.objectContaining({ part: 'connections', why: 'privilege' }));
  });

  test.each([
    ['no JSON', 'Segmentation fault', /This is not JSON/],
    ['no list', '{}', /should be a list/],
    ['a route without a destination', '[{"type":"unicast"}]', /\[0\]: has no `dst`/],
    [
      'an address that is none',
      '[{"dst":"10.0.0.0/8","gateway":"nowhere"}]',
      /\[0\]\.gateway: should be an IP address/,
    ],
  ])('output that is not as expected: %s', async (_, text, message) => {
    const { missing, view } = await gatherHost({ runner: instead('ip -4 -j -d route', exited(0, text)) });
    expect(missing).toContainEqual(
      expect.objectContaining({ part: 'routes', why: 'failed', message: expect.stringMatching(message) }),
    );
    expect(view.interfaces.length).toBe(6);
  });

  test('conntrack that is not loaded is not asked: asking would load it', async () => {
    const asked: string[] = [];
    const grep = Object.entries(everything).find(([key]) => key.startsWith('grep -rsH'));
    const stdout = grep?.[1].kind === 'exited' ? grep[1].stdout.replaceAll(/^.*netfilter\/nf_conntrack.*\n/gm, '') : '';
    const { connections } = await gatherHost({
      runner: replay({ ...everything, [grep?.[0] ?? '']: exited(0, stdout) }, asked),
    });
    expect(connections).toEqual([]);
    expect(asked.filter((command) => command.startsWith('conntrack'))).toEqual([]);
  });
});
