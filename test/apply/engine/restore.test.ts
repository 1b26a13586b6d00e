/** The start of a machine on which something is wrong: what is said, and that nothing half loaded is left or written down. */
import { expect, test } from 'vitest';
import type { Target } from '../../../src/apply/artifact.ts';
import { applyPlan } from '../../../src/apply/engine/apply.ts';
import { stateOf } from '../../../src/apply/engine/context.ts';
import { restore } from '../../../src/apply/engine/restore.ts';
import { isInForce } from '../../../src/apply/engine/settle.ts';
import { readJournal } from '../../../src/apply/state/journal.ts';
import type { Failure, Host } from '../../../src/host/contract/host.ts';
import {
  forGood,
  type MemoryMachine,
  memoryMachine,
  newProcess,
  planFor,
  rulesOf,
  withConfirmation,
} from '../support/memory.ts';
import { policyText, withDeny } from '../support/policies.ts';

async function afterReboot(): Promise<MemoryMachine> {
  const machine = memoryMachine();
  machine.host.sysctls.set('net.ipv4.ip_forward', '0');
  const sysctls = [{ name: 'net.ipv4.ip_forward', before: '0', after: '1', why: 'test' }];
  await applyPlan(newProcess(machine).context, await planFor(machine, policyText(), { sysctls }), {
    ...forGood,
    operatorPort: 2222,
  });
  machine.host.reboot();
  machine.host.sysctls.set('net.ipv4.ip_forward', '0');
  return machine;
}

/** As where the machine is to start without rules when its own cannot be loaded. */
function restoreOpen(machine: MemoryMachine, over: Partial<Host> = {}) {
  return restore(newProcess(machine, { host: Object.assign(Object.create(machine.host) as Host, over) }).context, true);
}

function restoreClosed(machine: MemoryMachine, over: Partial<Host> = {}) {
  return restore(newProcess(machine, { host: Object.assign(Object.create(machine.host) as Host, over) }).context);
}

const failing =
  (machine: MemoryMachine, mode: 'apply' | 'check', failure: Failure): Host['runNftables'] =>
  async (document, asked) =>
    asked === mode ? failure : machine.host.runNftables(document, asked);

test('rules and settings come back', async () => {
  const machine = await afterReboot();
  expect(await restoreOpen(machine)).toEqual({ kind: 'restored', generation: 1, dropped: undefined });
  expect(rulesOf(machine)).not.toBe('[]');
  expect(machine.host.sysctls.get('net.ipv4.ip_forward')).toBe('1');
});

test('settings that an earlier generation has set come back with a later one, unless somebody has changed them', async () => {
  for (const changed of [false, true]) {
    const machine = await afterReboot();
    await restoreOpen(machine);
    if (changed) machine.host.sysctls.set('net.ipv4.ip_forward', '0');
    await applyPlan(newProcess(machine).context, await planFor(machine, withDeny), forGood);
    machine.host.reboot();
    machine.host.sysctls.set('net.ipv4.ip_forward', '0');
    expect(await restoreOpen(machine)).toMatchObject({ kind: 'restored', generation: 2 });
    expect(machine.host.sysctls.get('net.ipv4.ip_forward')).toBe(changed ? '0' : '1');
  }
});

test('a setting that cannot be set at the start is told; the rules are loaded', async () => {
  const machine = await afterReboot();
  const result = await restoreOpen(machine, { setSysctl: async () => ({ kind: 'refused', message: 'there is none' }) });
  const unset = ['net.ipv4.ip_forward could not be set to 1: there is none'];
  expect(result).toEqual({ kind: 'restored', generation: 1, dropped: undefined, unset });
  expect(rulesOf(machine)).not.toBe('[]');
});

test('where nothing was ever applied there is nothing to restore', async () => {
  expect(await restoreOpen(memoryMachine())).toEqual({ kind: 'nothing-to-restore' });
});

test.each([
  ['no privilege', 'check', { kind: 'no-privilege', message: 'you are not root' }, true],
  ['a kernel that refuses', 'check', { kind: 'refused', message: 'no such thing' }, false],
  ['a tool that does not answer', 'apply', { kind: 'unanswered', message: 'it hangs' }, false],
] as const)('%s is told, and settings stay as they are', async (_, mode, failure, noPrivilege) => {
  const machine = await afterReboot();
  const result = await restoreOpen(machine, { runNftables: failing(machine, mode, failure) });
  expect(result).toEqual({ kind: 'failed', why: failure.message, noPrivilege });
  expect(rulesOf(machine)).toBe('[]');
  expect(machine.host.sysctls.get('net.ipv4.ip_forward')).toBe('0');
  expect(stateOf(newProcess(machine).context).last?.text).toBe('applied for good');
});

test('rules that are not there once they were loaded are a failure too', async () => {
  const machine = await afterReboot();
  const listTable: Host['listTable'] = async () => ({ kind: 'read', value: undefined });
  const result = await restoreOpen(machine, { listTable });
  expect(result).toMatchObject({ kind: 'failed', why: expect.stringContaining('table inet ctfw is not there') });
});

test('a generation whose rules were altered is not loaded', async () => {
  const machine = await afterReboot();
  const path = 'generations/1/rules.json';
  machine.files.write(path, (machine.files.read(path) ?? '').replace('"drop"', '"accept"'));
  expect(await restoreOpen(machine)).toMatchObject({ kind: 'failed', why: expect.stringContaining('damaged') });
  expect(rulesOf(machine)).toBe('[]');
});

/** The locked state as this target has it, and nothing else of ours. */
async function isLockedBy(machine: MemoryMachine, target: Target): Promise<boolean> {
  const { context } = newProcess(machine);
  const { state } = stateOf(context);
  if (state.kind !== 'settled' || state.loaded.locked?.target !== target) return false;
  return (await isInForce(context)) === undefined;
}

test.each([
  ['altered', (machine: MemoryMachine) => machine.files.write('generations/1/rules.json', '{"nftables": []}')],
  ['gone', (machine: MemoryMachine) => machine.files.remove('generations/1')],
  ['undescribed', (machine: MemoryMachine) => machine.files.write('generations/1/meta.json', '{')],
])('a generation whose files are %s: new connections are locked out, and that is written down', async (_, damage) => {
  const machine = await afterReboot();
  damage(machine);
  const result = await restoreClosed(machine);
  expect(result).toMatchObject({ kind: 'locked', why: expect.stringContaining('generation 1 is gone') });
  expect(result).toMatchObject({ why: expect.stringContaining('logins to port 2222') });
  expect(await isLockedBy(machine, 'nftables')).toBe(true);
  expect(machine.host.sysctls.get('net.ipv4.ip_forward')).toBe('0');
  expect(await restoreClosed(machine)).toEqual(result); // and the machine starts again
});

test('where the tool of the generation is gone, another one locks', async () => {
  const machine = await afterReboot();
  const runNftables: Host['runNftables'] = async () => ({ kind: 'no-tool', message: 'there is no nft' });
  expect(await restoreClosed(machine, { runNftables })).toMatchObject({ kind: 'locked' });
  expect(await isLockedBy(machine, 'iptables-nft')).toBe(true);
});

test('where nothing at all can be loaded that is said', async () => {
  const machine = await afterReboot();
  const no = { kind: 'refused', message: 'the kernel says no' } as const;
  const result = await restoreClosed(machine, { runNftables: async () => no, restoreIptables: async () => no });
  expect(result).toMatchObject({ kind: 'stuck', why: expect.stringMatching(/nor could new connections.*says no/) });
});

test('without privilege nobody tries', async () => {
  const machine = await afterReboot();
  const failure = { kind: 'no-privilege', message: 'you are not root' } as const;
  const result = await restoreClosed(machine, { runNftables: failing(machine, 'check', failure) });
  expect(result).toMatchObject({ kind: 'failed', noPrivilege: true });
});

test('a generation that is in force and whole stays, whatever could not be restored', async () => {
  const machine = await afterReboot();
  await restoreClosed(machine);
  const { context } = newProcess(machine);
  await applyPlan(context, await planFor(machine, withDeny), withConfirmation);
  const before = rulesOf(machine);
  machine.files.remove('generations/1');
  expect(await restoreClosed(machine)).toMatchObject({ kind: 'failed' });
  expect(rulesOf(machine)).toBe(before);
});

test('no other generation is loaded where the journal no longer says which one was confirmed', async () => {
  const damages: readonly ((machine: MemoryMachine) => void)[] = [
    ({ files }) => files.remove('journal'),
    ({ files }) => files.write('journal', 'nonsense\n'),
    // the line that says that generation 2 was applied for good
    ({ files }) =>
      files.write('journal', (files.read('journal') ?? '').replace('"applied","generation":2', '"applied"')),
  ];
  for (const damage of damages) {
    const machine = await afterReboot();
    const { context } = newProcess(machine);
    await restoreClosed(machine);
    await applyPlan(context, await planFor(machine, withDeny), forGood);
    machine.host.reboot();
    damage(machine);
    expect(await restoreClosed(machine)).toMatchObject({
      kind: 'locked',
      why: expect.stringContaining('it is not known which generation was confirmed last'),
    });
    expect(await isLockedBy(machine, 'nftables')).toBe(true);
  }
});

test('a line that is damaged before the last confirmation leaves no doubt', async () => {
  const machine = await afterReboot();
  machine.files.write('journal', (machine.files.read('journal') ?? '').replace('"begin"', '"began"'));
  expect(readJournal(machine.files).damaged).toBe(1);
  const { context } = newProcess(machine);
  await applyPlan(context, await planFor(machine, withDeny), forGood);
  machine.host.reboot();
  expect(await restoreClosed(machine)).toMatchObject({ kind: 'restored', generation: 2 });
});

test('a first apply that died before it began leaves nothing to restore', async () => {
  const machine = memoryMachine();
  machine.files.write('generations/1/meta.json', '{}');
  expect(await restoreClosed(machine)).toEqual({ kind: 'nothing-to-restore' });
});
