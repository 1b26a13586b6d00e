/** What the preflight finds: each check on a host in memory that has just this wrong with it. */

import { describe, expect, test } from 'vitest';
import { emptyArtifact } from '../../src/apply/artifact.ts';
import { applyPlan } from '../../src/apply/engine/apply.ts';
import type { Finding, Plan } from '../../src/apply/plan/plan.ts';
import { formatPlan, looksLikePlan, parsePlan } from '../../src/apply/plan/plan-file.ts';
import { makePlan, type PlanOptions } from '../../src/apply/planning/make-plan.ts';
import { MemoryFiles } from '../../src/apply/state/memory-files.ts';
import { planInput } from '../../src/cli/apply/policy.ts';
import type { Host } from '../../src/host/contract/host.ts';
import type { Connection } from '../../src/host/gather/gathered.ts';
import type { HostView, InterfaceView } from '../../src/host-view/host-view.ts';
import { type Address, parseAddress } from '../../src/net/address.ts';
import { parseMac } from '../../src/net/mac.ts';
import { parsePrefix } from '../../src/net/prefix.ts';
import type { Ruleset } from '../../src/ruleset/ruleset.ts';
import { forGood, type MemoryMachine, memoryMachine, newProcess } from './support/memory.ts';
import { planIn } from './support/plans.ts';
import { compiledOf, policyText, withCache, withDeny } from './support/policies.ts';

function planOf(machine: MemoryMachine, text: string, options: Partial<PlanOptions> = {}): Promise<Plan> {
  return planIn(newProcess(machine).context, text, options);
}

/** As `ctfw rollback 0` plans it. */
function planWithoutRules(machine: MemoryMachine, text: string, options: PlanOptions): Promise<Plan> {
  const policy = { name: 'policy.ctfw', text, lock: '', includes: {}, markBit: 0x1000 };
  const input = planInput(compiledOf(text), policy, emptyArtifact('nftables'), 'test');
  return makePlan(newProcess(machine).context, { ...input, ruleset: () => ({ tables: [] }), size: 0 }, options);
}

async function codes(
  machine: MemoryMachine,
  text: string,
  options: Partial<PlanOptions> = {},
): Promise<readonly string[]> {
  const { findings } = await planOf(machine, text, options);
  return findings.map(({ code, severity }) => `${severity} ${code}`).filter((one) => one !== 'warning CTFW7116');
}

async function find(
  machine: MemoryMachine,
  text: string,
  code: string,
  options: Partial<PlanOptions> = {},
): Promise<Finding> {
  const { findings } = await planOf(machine, text, options);
  const found = findings.find((finding) => finding.code === code);
  if (found === undefined) throw new Error(`not found: ${code}; ${JSON.stringify(findings)}`);
  return found;
}

function change(machine: MemoryMachine, view: Partial<HostView>): void {
  machine.host.view = { ...machine.host.view, ...view };
}

function at(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(text);
  return address;
}

const nft = (machine: MemoryMachine, commands: readonly unknown[]) =>
  machine.host.runNftables(JSON.stringify({ nftables: commands }), 'apply');

test('a host as the policy wants it: nothing is found', async () => {
  expect(await codes(memoryMachine(), policyText())).toEqual([]);
});

test('an interface, a bridge and an address that are not there', async () => {
  const machine = memoryMachine();
  const { interfaces } = machine.host.view;
  change(machine, { interfaces: interfaces.filter(({ name }) => name !== 'lan0') });
  expect(await codes(machine, policyText())).toContain('refusal CTFW7101');
  change(machine, {
    interfaces: interfaces.filter(({ name, bridgePort }) => name !== 'br-front' && bridgePort === undefined),
  });
  expect(await codes(machine, policyText())).toEqual(['warning CTFW7102']);
  change(machine, { interfaces: interfaces.map((one) => (one.name === 'lan0' ? { ...one, addresses: [] } : one)) });
  expect(await codes(machine, policyText())).toContain('warning CTFW7103');
});

test.each([
  ['interfaces', 'tool', 'refusal'],
  ['routes', 'tool', 'refusal'],
  ['iptables', 'tool', 'warning'], // the kernel holds legacy tables that nobody here can read
  ['connections', 'tool', 'warning'], // what the policy forbids goes on
  ['iptables', 'privilege', 'refusal'],
  ['iptables', 'inexact', 'warning'],
] as const)('%s that could not be read, for %s, are told: %s', async (part, why, severity) => {
  const machine = memoryMachine();
  const { context } = newProcess(machine);
  const read = async () => ({ ...(await machine.host.read()), missing: [{ part, why, message: `no ${part}` }] });
  const host = Object.assign(Object.create(machine.host) as typeof machine.host, { read });
  const { findings } = await planIn({ ...context, host }, policyText());
  expect(findings.find(({ code }) => code === 'CTFW7114')).toMatchObject({ severity, message: `no ${part}` });
});

test('a foreign rule that stops what the policy allows is named with its owner', async () => {
  const machine = memoryMachine();
  const chain = { family: 'ip', table: 'filter', name: 'DOCKER-USER' };
  await nft(machine, [
    { add: { table: { family: 'ip', name: 'filter' } } },
    { add: { chain } },
    {
      add: {
        chain: {
          family: 'ip',
          table: 'filter',
          name: 'FORWARD',
          type: 'filter',
          hook: 'forward',
          prio: 0,
          policy: 'accept',
        },
      },
    },
    { add: { rule: { family: 'ip', table: 'filter', chain: 'FORWARD', expr: [{ jump: { target: 'DOCKER-USER' } }] } } },
    { add: { rule: { family: 'ip', table: 'filter', chain: 'DOCKER-USER', expr: [{ accept: null }] } } },
  ]);
  expect(await codes(machine, policyText())).toEqual([]);
  const drop = [
    { match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: 80 } },
    { drop: null },
  ];
  await nft(machine, [
    { flush: { chain } },
    { add: { rule: { family: 'ip', table: 'filter', chain: 'DOCKER-USER', expr: drop } } },
  ]);
  const { message, severity, place } = await find(machine, policyText(), 'CTFW7104');
  expect(severity).toBe('refusal');
  expect(message).toContain('rule 1 of chain ip filter DOCKER-USER (Docker)');
  expect(message).toContain('192.0.2.1 tcp/8080');
  expect(place).toBe('policy.ctfw:7');
});

test('the address of a NIC that is a port of a bridge is on the bridge', async () => {
  const machine = memoryMachine();
  const { interfaces } = machine.host.view;
  const physical = policyText(
    'network wide { physical br0 on lan0; subnet 192.0.2.0/24; gateway 192.0.2.254 }',
  ).replace('24 on lan0', '24 on br0');
  const lan = interfaces.find(({ name }) => name === 'lan0');
  if (lan === undefined) throw new Error('there is no lan0');
  const others = interfaces.filter((one) => one !== lan);
  const bridge: InterfaceView = { ...lan, name: 'br0', kind: 'bridge' };
  const port = { ...lan, addresses: [], bridgePort: { bridge: 'br0', hairpin: false, isolated: false } };
  change(machine, { interfaces: [...others, bridge, port] });
  expect(await codes(machine, physical)).not.toContain('warning CTFW7103');
  change(machine, { interfaces: [...others, { ...bridge, addresses: [] }, port] });
  expect(await codes(machine, physical)).toContain('warning CTFW7103');
});

test('what is in the way of a policy is not in the way of taking the rules of ctfw away', async () => {
  const machine = memoryMachine();
  const { context } = newProcess(machine);
  await applyPlan(context, await planIn(context, policyText()), forGood);
  const chain = { family: 'inet', table: 'mine', name: 'stop' };
  await nft(machine, [
    { add: { table: { family: 'inet', name: 'mine' } } },
    { add: { chain: { ...chain, type: 'filter', hook: 'forward', prio: 5, policy: 'drop' } } },
  ]);
  change(machine, { interfaces: machine.host.view.interfaces.filter(({ name }) => name !== 'lan0') });
  expect(await codes(machine, policyText())).toEqual(expect.arrayContaining(['refusal CTFW7101', 'refusal CTFW7104']));
  const options = { setSysctls: false, keepConnections: false, again: false };
  const none = (operator: PlanOptions['operator']) => planWithoutRules(machine, policyText(), { ...options, operator });
  expect((await none({ kind: 'does-not-matter' })).findings.map(({ code }) => code)).toEqual(['CTFW7116']);
  expect((await none({ kind: 'unknown' })).findings.map(({ code }) => code)).toContain('CTFW7112');
});

test('a chain that drops everything before us is found whatever its name', async () => {
  const machine = memoryMachine();
  const added = await nft(machine, [
    { add: { table: { family: 'inet', name: 'mine' } } },
    {
      add: {
        chain: {
          family: 'inet',
          table: 'mine',
          name: 'block-all',
          type: 'filter',
          hook: 'forward',
          prio: -10,
          policy: 'drop',
        },
      },
    },
  ]);
  expect(added).toEqual({ kind: 'done' });
  expect((await find(machine, policyText(), 'CTFW7104')).message).toContain('the policy of chain inet mine block-all');
});

test('a rule of which it cannot be told whether it stops a packet is a warning, also where the packet should be stopped', async () => {
  const machine = memoryMachine();
  const chain = { family: 'inet', table: 'mine', name: 'limits' };
  await nft(machine, [
    { add: { table: { family: 'inet', name: 'mine' } } },
    { add: { chain: { ...chain, type: 'filter', hook: 'forward', prio: 5, policy: 'accept' } } },
    {
      add: {
        rule: {
          family: 'inet',
          table: 'mine',
          chain: 'limits',
          expr: [{ 'ct count': { val: 9, inv: true } }, { drop: null }],
        },
      },
    },
  ]);
  const { severity, message } = await find(machine, policyText(), 'CTFW7104');
  expect(severity).toBe('warning');
  expect(message).toContain('rule 1 of chain inet mine limits may decide about');
});

test('a chain on a device that nft does not name, and a table of others that has our name, are not passed over', async () => {
  const machine = memoryMachine();
  const drop = (port: number) => [
    { match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: port } },
    { drop: null },
  ];
  await nft(machine, [
    { add: { table: { family: 'netdev', name: 'mine' } } },
    {
      add: {
        chain: {
          family: 'netdev',
          table: 'mine',
          name: 'in',
          dev: 'lan0',
          type: 'filter',
          hook: 'ingress',
          prio: 0,
          policy: 'accept',
        },
      },
    },
    { add: { rule: { family: 'netdev', table: 'mine', chain: 'in', expr: drop(8080) } } },
  ]);
  const named = await find(machine, policyText(), 'CTFW7104', {});
  expect(named.message).toContain('chain netdev mine in');
  const withoutDevices = (ruleset: Ruleset): Ruleset => ({
    tables: ruleset.tables.map((table) => ({
      ...table,
      chains: table.chains.map((chain) => ({ ...chain, base: chain.base && { ...chain.base, devices: [] } })),
    })),
  });
  const read: Host['read'] = async () => {
    const reading = await machine.host.read();
    return { ...reading, rulesets: reading.rulesets.map((one) => ({ ...one, ruleset: withoutDevices(one.ruleset) })) };
  };
  const { context } = newProcess(machine);
  const host = Object.assign(Object.create(machine.host) as Host, { read });
  const unnamed = await planIn({ ...context, host }, policyText());
  const { severity, message } = unnamed.findings.find(({ code }) => code === 'CTFW7104') ?? {};
  expect(severity).toBe('warning');
  expect(message).toContain('chain netdev mine in is at the ingress of a device');
  await nft(machine, [
    { add: { table: { family: 'ip', name: 'ctfw' } } },
    {
      add: {
        chain: {
          family: 'ip',
          table: 'ctfw',
          name: 'mine',
          type: 'filter',
          hook: 'forward',
          prio: 5,
          policy: 'accept',
        },
      },
    },
    { add: { rule: { family: 'ip', table: 'ctfw', chain: 'mine', expr: drop(80) } } },
  ]);
  const { findings } = await planOf(machine, policyText());
  expect(findings.map((one) => one.message).join('\n')).toContain('rule 1 of chain ip ctfw mine stops');
});

test('Docker translates the same network', async () => {
  const machine = memoryMachine();
  const masquerade = [
    {
      match: {
        op: '==',
        left: { payload: { protocol: 'ip', field: 'saddr' } },
        right: { prefix: { addr: '172.30.0.0', len: 24 } },
      },
    },
    { masquerade: null },
  ];
  await nft(machine, [
    { add: { table: { family: 'ip', name: 'docker-bridges' } } },
    {
      add: {
        chain: {
          family: 'ip',
          table: 'docker-bridges',
          name: 'nat-postrouting',
          type: 'nat',
          hook: 'postrouting',
          prio: 100,
          policy: 'accept',
        },
      },
    },
    { add: { rule: { family: 'ip', table: 'docker-bridges', chain: 'nat-postrouting', expr: masquerade } } },
  ]);
  expect((await find(machine, policyText(), 'CTFW7105')).message).toContain('Docker translates 172.30.0.0/24');
  const unmanaged = policyText()
    .replace('icc off', 'unmanaged')
    .replace(/publish 8080:80/, 'expose 80/tcp')
    .replace('link web -> db', '');
  expect(await codes(machine, unmanaged)).not.toContain('refusal CTFW7105');
});

test('a listener of the host behind a published port', async () => {
  const machine = memoryMachine();
  machine.host.listeners = [
    { protocol: 'tcp', address: at('0.0.0.0'), port: 8080, user: 0 },
    { protocol: 'udp', address: at('0.0.0.0'), port: 8080, user: 0 },
    { protocol: 'tcp', address: at('127.0.0.1'), port: 8080, user: 0 },
  ];
  expect(await codes(machine, policyText())).toEqual(['warning CTFW7106']);
});

test('hairpin mode off', async () => {
  const machine = memoryMachine();
  const interfaces = machine.host.view.interfaces.map((one) =>
    one.bridgePort === undefined ? one : { ...one, bridgePort: { ...one.bridgePort, hairpin: false } },
  );
  change(machine, { interfaces });
  expect(await codes(machine, policyText())).toEqual(['warning CTFW7107']);
});

test('forwarding is off: the command, or the setting; a router only where the policy says so', async () => {
  const machine = memoryMachine();
  machine.host.sysctls.set('net.ipv4.ip_forward', '0');
  expect((await find(machine, policyText(), 'CTFW7108')).help).toContain('sysctl -w net.ipv4.ip_forward=1');
  const set = await planOf(machine, policyText(), { setSysctls: true });
  expect(set.sysctls).toMatchObject([{ name: 'net.ipv4.ip_forward', before: '0', after: '1' }]);
  expect(set.findings.filter(({ severity }) => severity === 'refusal')).toEqual([]);
  const silent = policyText().replace('  transit on\n', '');
  expect(await codes(machine, silent, { setSysctls: true })).toEqual(['refusal CTFW7109']);
});

test('IPv6 forwarding and router advertisements', async () => {
  const machine = memoryMachine();
  machine.host.sysctls.set('net.ipv6.conf.all.forwarding', '0');
  machine.host.sysctls.set('net.ipv6.conf.lan0.accept_ra', '1');
  const text = policyText().replace('172.30.0.0/24', '172.30.0.0/24, fd00:30::/64');
  expect(await codes(machine, text, { setSysctls: true })).toContain('warning CTFW7110');
});

test('no br_netfilter: guarded networks fail closed', async () => {
  const machine = memoryMachine();
  machine.host.sysctls.delete('net.bridge.bridge-nf-call-iptables');
  expect(await codes(machine, policyText())).toContain('warning CTFW7111');
});

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

test.each([
  ['nftables', 'iptables', 'nftables are on this host (inet ctfw, bridge ctfw)', '-t nft'],
  ['iptables', 'nftables', 'iptables-nft are on this host', '-t iptables'],
] as const)(
  'rules for %s in the way of those for %s, also where nobody knows of them',
  async (first, second, said, help) => {
    const machine = memoryMachine();
    const { context } = newProcess(machine);
    await applyPlan(context, await planIn(context, policyText(), {}, first), forGood);
    for (const files of [machine.files, new MemoryFiles()]) {
      const found = await planIn(newProcess(machine, { files }).context, policyText(), {}, second);
      const [refusal] = found.findings.filter(({ severity }) => severity === 'refusal');
      expect(refusal?.code).toBe('CTFW7118');
      expect(refusal?.message).toContain(said);
      expect(refusal?.help).toContain(help);
      const same = await planIn(newProcess(machine, { files }).context, policyText(), {}, first);
      expect(same.findings.filter(({ severity }) => severity === 'refusal')).toEqual([]);
    }
  },
);

test('connections that the policy forbids or would translate otherwise are listed', async () => {
  const machine = memoryMachine();
  const connection = (original: Connection['original'], reply: Connection['reply']): Connection => ({
    ...{ family: 'ipv4', protocol: 6, state: 'ESTABLISHED', timeout: 100, original, reply },
    ...{ assured: true, unreplied: false, offloaded: false, mark: 0, zone: 0 },
  });
  const [client, host, web, db] = ['192.0.2.7', '192.0.2.1', '172.30.0.2', '172.30.0.3'].map(at) as [
    Address,
    Address,
    Address,
    Address,
  ];
  const published = (port: number, target: Address): Connection =>
    connection(
      { source: client, destination: host, sourcePort: port, destinationPort: 8080 },
      { source: target, destination: client, sourcePort: 80, destinationPort: port },
    );
  machine.host.tracked = [
    published(1000, web), // as the policy has it
    published(1001, db), // translated to another container
    connection(
      { source: client, destination: web, sourcePort: 1002, destinationPort: 80 },
      { source: web, destination: client, sourcePort: 80, destinationPort: 1002 },
    ), // routed straight to the container
  ];
  const { connections } = await planOf(machine, policyText());
  expect(connections.map(({ connection: one }) => one.original.sourcePort)).toEqual([1001, 1002]);
  expect((await planOf(machine, policyText(), { keepConnections: true })).connections).toEqual([]);
});

test('what changes for packets is said first, with an example', async () => {
  const machine = memoryMachine();
  expect((await planOf(machine, policyText())).meaning.some((line) => line.startsWith('closes: '))).toBe(true);
  const { context } = newProcess(machine);
  await applyPlan(context, await planOf(machine, policyText()), forGood);
  expect((await planOf(machine, policyText())).meaning).toEqual(['nothing: every packet fares as before']);
  const cache = (await planOf(machine, withCache)).meaning;
  expect(cache.join('\n')).toMatch(/6379|172\.30\.0\.4/);
  const denied = (await planOf(machine, withDeny)).meaning;
  expect(denied.find((line) => line.startsWith('closes: '))).toContain(
    'lan -> edge 8080/tcp: reaches web (172.30.0.2) port 80 -> blocked',
  );
});

test('a plan comes back from its file as it was', async () => {
  const machine = memoryMachine();
  machine.host.tracked = [];
  const plan = await planOf(machine, policyText());
  const text = formatPlan(plan);
  expect(looksLikePlan(text)).toBe(true);
  // what was compared on this base is for this process alone, and a file that claims it is not believed
  const stored = { kind: 'plan', plan: { ...plan, judge: undefined, prepared: undefined } };
  expect(parsePlan(text)).toEqual(stored);
  expect(parsePlan(text.replace('{', '{"prepared":{"base":"x","loaded":{}},'))).toEqual(stored);
  expect(parsePlan(text.replace('"formatVersion": 1', '"formatVersion": 2')).kind).toBe('no-plan');
  expect(parsePlan('{').kind).toBe('no-plan');
  expect(looksLikePlan(policyText())).toBe(false);
});
