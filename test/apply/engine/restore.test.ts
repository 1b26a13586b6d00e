/** The start of a machine on which something is wrong: what is said, and that nothing half loaded is left or written down. */
import { expect, test } from 'vitest';
import { applyPlan } from '../../../src/apply/engine/apply.ts';
import { stateOf } from '../../../src/apply/engine/context.ts';
import { failClosed, restore } from '../../../src/apply/engine/restore.ts';
import type { Failure, Host } from '../../../src/host/contract/host.ts';
import { forGood, type MemoryMachine, memoryMachine, newProcess, planFor, rulesOf } from '../support/memory.ts';
import { policyText } from '../support/policies.ts';

async function afterReboot(): Promise<MemoryMachine> {
  const machine = memoryMachine();
  machine.host.sysctls.set('net.ipv4.ip_forward', '0');
  const sysctls = [{ name: 'net.ipv4.ip_forward', before: '0', after: '1', why: 'test' }];
  await applyPlan(newProcess(machine).context, await planFor(machine, policyText(), { sysctls }), forGood);
  machine.host.reboot();
  machine.host.sysctls.set('net.ipv4.ip_forward', '0');
  return machine;
}

function restoreWith(machine: MemoryMachine, over: Partial<Host> = {}) {
  return restore(newProcess(machine, { host: Object.assign(Object.create(machine.host) as Host, over) }).context);
}

const failing =
  (machine: MemoryMachine, mode: 'apply' | 'check', failure: Failure): Host['runNftables'] =>
  async (document, asked) =>
    asked === mode ? failure : machine.host.runNftables(document, asked);

test('rules and settings come back', async () => {
  const machine = await afterReboot();
  expect(await restoreWith(machine)).toEqual({ kind: 'restored', generation: 1, dropped: undefined });
  expect(rulesOf(machine)).not.toBe('[]');
  expect(machine.host.sysctls.get('net.ipv4.ip_forward')).toBe('1');
});

test('where nothing was ever applied there is nothing to restore', async () => {
  expect(await restoreWith(memoryMachine())).toEqual({ kind: 'nothing-to-restore' });
});

test.each([
  ['no privilege', 'check', { kind: 'no-privilege', message: 'you are not root' }, true],
  ['a kernel that refuses', 'check', { kind: 'refused', message: 'no such thing' }, false],
  ['a tool that does not answer', 'apply', { kind: 'unanswered', message: 'it hangs' }, false],
] as const)('%s is told, and settings stay as they are', async (_, mode, failure, noPrivilege) => {
  const machine = await afterReboot();
  const result = await restoreWith(machine, { runNftables: failing(machine, mode, failure) });
  expect(result).toEqual({ kind: 'failed', why: failure.message, noPrivilege });
  expect(rulesOf(machine)).toBe('[]');
  expect(machine.host.sysctls.get('net.ipv4.ip_forward')).toBe('0');
  expect(stateOf(newProcess(machine).context).last?.text).toBe('applied for good');
});

test('rules that are not there once they were loaded are a failure too', async () => {
  const machine = await afterReboot();
  const listTable: Host['listTable'] = async () => ({ kind: 'read', value: undefined });
  const result = await restoreWith(machine, { listTable });
  expect(result).toMatchObject({ kind: 'failed', why: expect.stringContaining('table inet ctfw is not there') });
});

test('a generation whose rules were altered is not loaded', async () => {
  const machine = await afterReboot();
  const path = 'generations/1/rules.json';
  machine.files.write(path, (machine.files.read(path) ?? '').replace('"drop"', '"accept"'));
  expect(await restoreWith(machine)).toMatchObject({ kind: 'failed', why: expect.stringContaining('damaged') });
  expect(rulesOf(machine)).toBe('[]');
});

test('fail-closed rules forward nothing; what the kernel says against them is given back', async () => {
  const machine = await afterReboot();
  expect(await failClosed(machine.host)).toBeUndefined();
  const chains = [...machine.host.nftables.values()].flatMap((table) => [...table.chains.values()]);
  expect(chains.map(({ body }) => [body.family, body.hook, body.policy])).toEqual([
    ['inet', 'forward', 'drop'],
    ['bridge', 'forward', 'drop'],
  ]);
  const runNftables: Host['runNftables'] = async () => ({ kind: 'refused', message: 'no' });
  expect(await failClosed(Object.assign(Object.create(machine.host) as Host, { runNftables }))).toBe('no');
});
