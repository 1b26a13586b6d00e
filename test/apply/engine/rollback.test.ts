/** Taking back where something stands in the way: settings, the least change, the files of the generation before. */
import { expect, test } from 'vitest';
import { applyPlan } from '../../../src/apply/engine/apply.ts';
import { confirm } from '../../../src/apply/engine/confirm.ts';
import { stateOf } from '../../../src/apply/engine/context.ts';
import { guardStep } from '../../../src/apply/engine/guard.ts';
import { takeBack } from '../../../src/apply/engine/take-back.ts';
import type { Host } from '../../../src/host/contract/host.ts';
import {
  forGood,
  type MemoryMachine,
  memoryMachine,
  newProcess,
  planFor,
  rulesOf,
  withConfirmation,
} from '../support/memory.ts';
import { policyText, withCache, withDeny } from '../support/policies.ts';

/** Generation 1 is confirmed, generation 2 waits; what the rules of the first are. */
async function waiting(second = withDeny): Promise<{ readonly machine: MemoryMachine; readonly before: string }> {
  const machine = memoryMachine();
  machine.host.sysctls.set('net.ipv4.ip_forward', '0');
  const { context } = newProcess(machine);
  await applyPlan(context, await planFor(machine, policyText()), forGood);
  const before = rulesOf(machine);
  const sysctls = [{ name: 'net.ipv4.ip_forward', before: '0', after: '1', why: 'test' }];
  await applyPlan(context, await planFor(machine, second, { sysctls }), withConfirmation);
  return { machine, before };
}

function processWith(machine: MemoryMachine, over: Partial<Host>) {
  return newProcess(machine, { host: Object.assign(Object.create(machine.host) as Host, over) });
}

const nobody = { connection: undefined, since: undefined };

test('a setting that cannot be put back is told; the rules come back all the same', async () => {
  const { machine, before } = await waiting();
  const setSysctl: Host['setSysctl'] = async () => ({ kind: 'refused', message: 'read-only' });
  const { context, said } = processWith(machine, { setSysctl });
  expect(await takeBack(context, 'tester')).toEqual({ kind: 'back', generation: 1 });
  expect(said.join()).toContain('net.ipv4.ip_forward could not be set back to 0: read-only');
  expect(rulesOf(machine)).toBe(before);
});

test('where the kernel does not take the least change, everything is loaded anew', async () => {
  const { machine, before } = await waiting(withCache);
  const runNftables: Host['runNftables'] = async (document, mode) =>
    mode === 'apply' && !document.includes('"rule"')
      ? { kind: 'refused', message: 'not this one' }
      : machine.host.runNftables(document, mode);
  const { context } = processWith(machine, { runNftables });
  expect(await takeBack(context, 'tester')).toEqual({ kind: 'back', generation: 1 });
  expect(rulesOf(machine)).toBe(before);
});

test('where it takes nothing at all that is said, nothing is called taken back, and a later try does it', async () => {
  const { machine, before } = await waiting();
  const runNftables: Host['runNftables'] = async () => ({ kind: 'refused', message: 'the kernel says no' });
  const stuck = await takeBack(processWith(machine, { runNftables }).context, 'tester');
  expect(stuck).toMatchObject({ kind: 'stuck', why: expect.stringContaining('the kernel says no') });
  expect(rulesOf(machine)).not.toBe(before);
  expect(stateOf(newProcess(machine).context).state.kind).toBe('unfinished');
  machine.host.time += 61_000;
  expect(await guardStep(newProcess(machine).context)).toEqual({ kind: 'over' });
  expect(rulesOf(machine)).toBe(before);
});

test('without the files of the generation before none of our rules are left, and that is said and written down', async () => {
  const gone = 'generation 1 is gone from the state directory, or damaged: no rules of ctfw are in force instead';
  const takes: readonly ((machine: MemoryMachine) => Promise<readonly string[]>)[] = [
    async (machine) => {
      const { context, said } = newProcess(machine);
      expect(await takeBack(context, 'tester')).toEqual({ kind: 'back', generation: 0 });
      return said;
    },
    async (machine) => {
      machine.host.time += 61_000;
      const { context, said } = newProcess(machine);
      expect(await guardStep(context)).toEqual({ kind: 'over' });
      return said;
    },
  ];
  for (const take of takes) {
    const { machine } = await waiting();
    machine.files.remove('generations/1/meta.json');
    expect(await take(machine)).toContain(gone);
    expect(rulesOf(machine)).toBe('[]');
    expect(machine.host.sysctls.get('net.ipv4.ip_forward')).toBe('0');
    expect(stateOf(newProcess(machine).context).last?.text).toContain(gone);
  }
});

test('an apply that fails and finds nothing to go back to does not say that the rules from before are back', async () => {
  const machine = memoryMachine();
  await applyPlan(newProcess(machine).context, await planFor(machine, policyText()), forGood);
  const plan = await planFor(machine, withDeny);
  const runNftables: Host['runNftables'] = async (document, mode) => {
    const result = await machine.host.runNftables(document, mode);
    if (mode === 'apply') machine.files.remove('generations/1/meta.json');
    return mode === 'apply' && document.includes('"rule"') ? { kind: 'unanswered', message: 'it hangs' } : result;
  };
  const result = await applyPlan(processWith(machine, { runNftables }).context, plan, withConfirmation);
  expect(result).toMatchObject({ kind: 'stuck', why: expect.stringContaining('no rules of ctfw are in force') });
  expect(rulesOf(machine)).toBe('[]');
});

test('only what waits is confirmed, only under its own number, and only while it is in force', async () => {
  const { machine } = await waiting();
  const { context } = newProcess(machine);
  expect(await confirm(context, 'tester', nobody, 1)).toEqual({ kind: 'nothing-waits', tookBack: undefined });
  const flush = '{"nftables":[{"flush":{"chain":{"family":"inet","table":"ctfw","name":"forward"}}}]}';
  const kept = machine.host.nftables;
  await machine.host.runNftables(flush, 'apply');
  expect(await confirm(context, 'tester', nobody, 2)).toMatchObject({ kind: 'not-in-force' });
  machine.host.nftables = kept;
  const unreadable: Host['listTable'] = async () => ({ kind: 'no-tool', message: 'there is no nft' });
  const blind = await confirm(processWith(machine, { listTable: unreadable }).context, 'tester', nobody, 2);
  expect(blind).toEqual({ kind: 'not-in-force', why: 'what is loaded cannot be read: there is no nft' });
  expect(await confirm(context, 'tester', nobody, 2)).toMatchObject({ kind: 'confirmed', generation: 2 });
  expect(await takeBack(context, 'tester')).toEqual({ kind: 'nothing-waits' });
});
