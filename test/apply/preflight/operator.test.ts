/** Whether the user gets in again: from where they come, and what stands in the way. */

import { describe, expect, test } from 'vitest';
import type { InterfaceView } from '../../../src/host-view/host-view.ts';
import { parseMac } from '../../../src/net/mac.ts';
import { parsePrefix } from '../../../src/net/prefix.ts';
import { at, change, codes, find, nft } from '../support/findings.ts';
import { memoryMachine } from '../support/memory.ts';
import { policyText } from '../support/policies.ts';

test('the operator gets in, does not, or is not known', async () => {
  const machine = memoryMachine();
  machine.host.listeners = [{ protocol: 'tcp', address: at('0.0.0.0'), port: 22, user: 0 }];
  const closed = policyText().replace('transit on', 'transit on\n  protect host');
  const open = `${closed}\nallow lan -> edge 22/tcp\n`;
  const operator = { kind: 'known', address: at('192.0.2.9'), local: undefined, port: 22 } as const;
  expect(await codes(machine, open, { operator })).toEqual([]);
  expect(await codes(machine, closed, { operator })).toEqual(['refusal CTFW7113']);
  expect(await codes(machine, open, { operator: { ...operator, port: 2222 } })).toEqual(['refusal CTFW7113']);
  expect(await codes(machine, open, { operator: { kind: 'unknown' } })).toEqual(['refusal CTFW7112']);
  expect(await codes(machine, closed)).toEqual([]);
  const drop = [
    { match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: 22 } },
    { drop: null },
  ];
  await nft(machine, [
    { add: { table: { family: 'inet', name: 'firewalld' } } },
    {
      add: {
        chain: {
          family: 'inet',
          table: 'firewalld',
          name: 'filter_INPUT',
          type: 'filter',
          hook: 'input',
          prio: 10,
          policy: 'accept',
        },
      },
    },
    { add: { rule: { family: 'inet', table: 'firewalld', chain: 'filter_INPUT', expr: drop } } },
  ]);
  expect((await find(machine, open, 'CTFW7113', { operator })).message).toContain('firewalld filter_INPUT');
});

describe('where the operator comes in', () => {
  const closed = policyText().replace('transit on', 'transit on\n  protect host');
  const open = `${closed}\nallow lan -> edge 22/tcp\n`;
  const found = (address: string, local: string) =>
    ({ kind: 'known', address: at(address), local: at(local), port: 22 }) as const;
  const prefix = (text: string) => {
    const parsed = parsePrefix(text);
    if (parsed === undefined) throw new Error(text);
    return parsed;
  };
  const wan: InterfaceView = {
    ...{ name: 'wan0', kind: 'ethernet', mac: undefined, mtu: 1500, up: true, bridgePort: undefined },
    addresses: [{ address: at('203.0.113.10'), length: 24, scope: 'universe', deprecated: false }],
  };

  test('at an address of the host or of a container, a tunnel ends: nobody knows from where it comes', async () => {
    const machine = memoryMachine();
    const own = await find(machine, open, 'CTFW7112', { operator: found('192.0.2.1', '192.0.2.1') });
    expect(own.message).toContain('192.0.2.1 is an address of this host itself');
    const inside = await find(machine, open, 'CTFW7112', { operator: found('172.30.0.2', '172.30.0.1') });
    expect(inside.message).toContain('172.30.0.2 is behind the bridge br-front of this host');
    const named = { ...found('172.30.0.2', '172.30.0.1'), local: undefined };
    expect(await codes(machine, open, { operator: named })).not.toContain('refusal CTFW7112');
  });

  test('a bridge that the policy names as an interface of the host leads outside, whatever is on it', async () => {
    const machine = memoryMachine();
    const address = { address: at('10.9.0.1'), length: 24, scope: 'universe', deprecated: false } as const;
    const bridgePort = { bridge: 'br0', hairpin: false, isolated: false };
    change(machine, {
      interfaces: [
        ...machine.host.view.interfaces,
        { ...wan, name: 'br0', kind: 'bridge', mac: parseMac('02:00:00:00:00:01'), addresses: [address] },
        { ...wan, name: 'port0', kind: 'veth', addresses: [], bridgePort },
      ],
      routes: [
        ...machine.host.view.routes,
        {
          ...{ destination: prefix('10.9.0.0/24'), kind: 'unicast', via: undefined, interface: 'br0' },
          ...{ table: 'main', metric: 0, source: undefined },
        },
      ],
    });
    const operator = found('10.9.0.2', '10.9.0.1');
    expect(await codes(machine, policyText(), { operator })).toEqual(['refusal CTFW7112']);
    const named = policyText().replace('transit on', 'interface br0 { address 10.9.0.1/24 }\n  transit on');
    expect(await codes(machine, named, { operator })).toEqual([]);
  });

  test('a link-local address is on the interface that was logged in to', async () => {
    const machine = memoryMachine();
    const linkLocal = (name: string) => ({ address: at(name), length: 64, scope: 'link', deprecated: false }) as const;
    const own: Readonly<Record<string, string>> = { lan0: 'fe80::a', wan0: 'fe80::b', 'br-front': 'fe80::c' };
    const interfaces = [...machine.host.view.interfaces, wan].map((one) => {
      const address = own[one.name];
      return address === undefined ? one : { ...one, addresses: [...one.addresses, linkLocal(address)] };
    });
    const routes = ['br-front', 'lan0', 'wan0'].map((name) => ({
      ...({ destination: prefix('fe80::/64'), kind: 'unicast', via: undefined, interface: name } as const),
      ...{ table: 'main', metric: 256, source: undefined },
    }));
    change(machine, { interfaces, routes: [...machine.host.view.routes, ...routes] });
    const policy = `${open}\nzone link = fe80::/10 on lan0\nallow link -> edge 22/tcp\n`;
    expect(await codes(machine, policy, { operator: found('fe80::9', 'fe80::a') })).not.toContain('refusal CTFW7113');
    const elsewhere = await find(machine, policy, 'CTFW7113', { operator: found('fe80::9', 'fe80::b') });
    expect(elsewhere.message).toContain('fe80::9 on wan0');
    const named = { kind: 'known', address: at('fe80::9'), local: undefined, port: 22 } as const;
    expect(await codes(machine, policy, { operator: { ...named, interface: 'lan0' } })).not.toContain(
      'refusal CTFW7113',
    );
    expect(await codes(machine, policy, { operator: named })).toContain('refusal CTFW7113'); // on any of them
  });

  test('routing rules by source say where the answer leaves, so where the login comes in', async () => {
    const machine = memoryMachine();
    const { interfaces, routes } = machine.host.view;
    const byDefault = (name: string, table: string) => ({
      ...({ destination: prefix('0.0.0.0/0'), kind: 'unicast', via: undefined, interface: name } as const),
      ...{ table, metric: 0, source: undefined },
    });
    const rule = (priority: number, table: string, source?: string) => ({
      ...{ priority, mark: undefined, table },
      source: source === undefined ? undefined : prefix(source),
    });
    change(machine, {
      interfaces: [...interfaces, wan],
      routes: [...routes, byDefault('lan0', 'main'), byDefault('wan0', 'second')],
      rules: [rule(100, 'second', '203.0.113.10/32'), rule(32_766, 'main')],
    });
    const policy = `${open}\nzone everywhere = any on lan0\nallow everywhere -> edge 22/tcp\n`;
    expect(await codes(machine, policy, { operator: found('198.51.100.7', '192.0.2.1') })).toEqual([]);
    const second = await find(machine, policy, 'CTFW7113', { operator: found('198.51.100.7', '203.0.113.10') });
    expect(second.message).toContain('198.51.100.7 on wan0');
  });

  test('through a tunnel: that its own packets were not tried is told', async () => {
    const machine = memoryMachine();
    const address = { address: at('10.8.0.1'), length: 24, scope: 'universe', deprecated: false } as const;
    const tunnel: InterfaceView = { ...wan, name: 'wg0', kind: 'other', addresses: [address] };
    change(machine, {
      interfaces: [...machine.host.view.interfaces, tunnel],
      routes: [
        ...machine.host.view.routes,
        {
          ...{ destination: prefix('10.8.0.0/24'), kind: 'unicast', via: undefined, interface: 'wg0' },
          ...{ table: 'main', metric: 0, source: undefined },
        },
      ],
    });
    const both = open.replace('transit on', 'interface wg0 { address 10.8.0.1/24 }\n  transit on');
    const policy = `${both}\nzone vpn = 10.8.0.0/24 on wg0\nallow vpn -> edge 22/tcp\n`;
    expect(await codes(machine, policy, { operator: found('10.8.0.2', '10.8.0.1') })).toEqual(['warning CTFW7117']);
    expect(await codes(machine, open, { operator: found('10.8.0.2', '10.8.0.1') })).toEqual(['refusal CTFW7113']);
  });

  test('a limit of others on logins is told and is no reason to refuse; behind rules of ours that stop the login it is', async () => {
    const machine = memoryMachine();
    const chain = { family: 'inet', table: 'mine', name: 'logins' };
    const limit = [
      { match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: 22 } },
      { 'ct count': { val: 9, inv: true } },
      { drop: null },
    ];
    await nft(machine, [
      { add: { table: { family: 'inet', name: 'mine' } } },
      { add: { chain: { ...chain, type: 'filter', hook: 'input', prio: -5, policy: 'accept' } } },
      { add: { rule: { family: 'inet', table: 'mine', chain: 'logins', expr: limit } } },
    ]);
    const operator = found('192.0.2.9', '192.0.2.1');
    const { severity, message } = await find(machine, open, 'CTFW7113', { operator });
    expect(severity).toBe('warning');
    expect(message).toContain('you might not log in again');
    expect(await codes(machine, closed, { operator })).toEqual(['refusal CTFW7113']);
  });

  test('others who are logged in and could not log in again are told of', async () => {
    const machine = memoryMachine();
    const route = {
      ...({ destination: prefix('203.0.113.0/24'), kind: 'unicast', via: undefined, interface: 'wan0' } as const),
      ...{ table: 'main', metric: 0, source: undefined },
    };
    change(machine, {
      interfaces: [...machine.host.view.interfaces, wan],
      routes: [...machine.host.view.routes, route],
    });
    const others = (...names: readonly string[]) =>
      names.map((name) => ({ address: at(name), local: at(name.startsWith('192') ? '192.0.2.1' : '203.0.113.10') }));
    const operator = found('192.0.2.9', '192.0.2.1');
    expect(await codes(machine, open, { operator: { ...operator, others: others('192.0.2.8') } })).toEqual([]);
    const both = { ...operator, others: others('192.0.2.8', '203.0.113.9') };
    const { message, severity } = await find(machine, open, 'CTFW7120', { operator: both });
    expect(severity).toBe('warning');
    expect(message).toMatch(/could not log in again: 203\.0\.113\.9$/);
  });

  test('a port that is named and that nobody listens on is told', async () => {
    const machine = memoryMachine();
    machine.host.listeners = [{ protocol: 'tcp', address: at('0.0.0.0'), port: 2222, user: 0 }];
    const named = { kind: 'known', address: at('192.0.2.9'), local: undefined, port: 22 } as const;
    const { severity, message } = await find(machine, open, 'CTFW7112', { operator: named });
    expect(severity).toBe('warning');
    expect(message).toContain('nobody listens on port 22/tcp');
    const sees = `${open}\nallow lan -> edge 2222/tcp\n`;
    expect(await codes(machine, sees, { operator: { ...named, port: 2222 } })).toEqual([]);
  });
});
