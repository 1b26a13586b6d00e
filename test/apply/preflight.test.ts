/** What the preflight finds: each check on a host in memory that has just this wrong with it. */

import { expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/engine/apply.ts';
import { formatPlan, looksLikePlan, parsePlan } from '../../src/apply/plan/plan-file.ts';
import type { Connection } from '../../src/host/gather/gathered.ts';
import type { InterfaceView } from '../../src/host-view/host-view.ts';
import type { Address } from '../../src/net/address.ts';
import { at, change, codes, find, planOf } from './support/findings.ts';
import { forGood, memoryMachine, newProcess } from './support/memory.ts';
import { planIn } from './support/plans.ts';
import { policyText, withCache, withDeny } from './support/policies.ts';

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
