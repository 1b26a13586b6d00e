/** Rules of others beside ours, and rules of ours for another target. */

import { expect, test } from 'vitest';
import { applyPlan } from '../../../src/apply/engine/apply.ts';
import type { PlanOptions } from '../../../src/apply/planning/make-plan.ts';
import { MemoryFiles } from '../../../src/apply/state/memory-files.ts';
import type { Host } from '../../../src/host/contract/host.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { change, codes, find, nft, planOf, planWithoutRules } from '../support/findings.ts';
import { forGood, memoryMachine, newProcess } from '../support/memory.ts';
import { planIn } from '../support/plans.ts';
import { policyText } from '../support/policies.ts';

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
