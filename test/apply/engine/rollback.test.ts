/** Taking back where something stands in the way: settings, the least change, the files of the generation before. */
import { expect, test } from 'vitest';
import { applyPlan } from '../../../src/apply/engine/apply.ts';
import { confirm } from '../../../src/apply/engine/confirm.ts';
import { stateOf } from '../../../src/apply/engine/context.ts';
import { guardStep } from '../../../src/apply/engine/guard.ts';
import { isInForce } from '../../../src/apply/engine/settle.ts';
import { takeBack } from '../../../src/apply/engine/take-back.ts';
import { MemoryFiles } from '../../../src/apply/state/memory-files.ts';
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
import { planIn } from '../support/plans.ts';
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
  expect(await takeBack(context, 'tester')).toMatchObject({ kind: 'back', loaded: { generation: 1 } });
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
  expect(await takeBack(context, 'tester')).toMatchObject({ kind: 'back', loaded: { generation: 1 } });
  expect(rulesOf(machine)).toBe(before);
});

test('where it takes nothing at all, the locked state included, that is said, nothing is called taken back, and a later try does it', async () => {
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

async function lockedBy(machine: MemoryMachine): Promise<unknown> {
  const { context } = newProcess(machine);
  expect(await isInForce(context)).toBeUndefined();
  const { state } = stateOf(context);
  return state.kind === 'settled' ? state.loaded.locked : state.kind;
}

const lost = 'generation 1 is gone from the state directory, or damaged';

test('the guard finds the generation before damaged: new connections are locked out, settings are put back, and it is over', async () => {
  for (const damage of [
    (machine: MemoryMachine) => machine.files.remove('generations/1/meta.json'),
    (machine: MemoryMachine) => machine.files.write('generations/1/rules.json', '{"nftables": []}'),
  ]) {
    const { machine } = await waiting();
    damage(machine);
    machine.host.time += 61_000;
    const { context, said } = newProcess(machine);
    expect(await guardStep(context)).toEqual({ kind: 'over' });
    expect(said.join()).toContain(lost);
    expect(await lockedBy(machine)).toEqual({ target: 'nftables', operatorPort: 22, markBit: 0x1000 });
    expect(machine.host.sysctls.get('net.ipv4.ip_forward')).toBe('0');
    expect(stateOf(context)).toMatchObject({ confirmed: 1, last: { text: lost } });
  }
});

test.each(['nftables', 'iptables'] as const)(
  'rules of ours for %s that nobody has written down cannot come back: it is told before, and they are locked out after',
  async (target) => {
    const machine = memoryMachine();
    await applyPlan(
      newProcess(machine).context,
      await planIn(newProcess(machine).context, policyText(), {}, target),
      forGood,
    );
    const elsewhere = { ...machine, files: new MemoryFiles() }; // another state directory, or none where they were loaded by hand
    const { context, said } = newProcess(elsewhere);
    const plan = await planIn(context, withDeny, {}, target);
    expect(plan.findings.map(({ code, severity }) => `${severity} ${code}`)).toContain('warning CTFW7119');
    expect(await applyPlan(context, plan, withConfirmation)).toMatchObject({ kind: 'applied' });
    expect(said.join()).toContain('are not in the state directory, so there is nothing to go back to');
    expect(await takeBack(context, 'tester')).toMatchObject({ kind: 'kept' });
    machine.host.time += 61_000;
    expect(await guardStep(context)).toEqual({ kind: 'over' });
    expect(await lockedBy(elsewhere)).toMatchObject({ target: plan.artifact.target });
  },
);

test('rules of ours that nobody has written down are taken over by an apply for good', async () => {
  const machine = memoryMachine();
  await applyPlan(newProcess(machine).context, await planFor(machine, policyText()), forGood);
  const before = rulesOf(machine);
  const elsewhere = { ...machine, files: new MemoryFiles() };
  const { context } = newProcess(elsewhere);
  await applyPlan(context, await planIn(context, policyText()), forGood);
  const plan = await planIn(context, withDeny);
  expect(plan.findings.map(({ code }) => code)).not.toContain('CTFW7119');
  await applyPlan(context, plan, withConfirmation);
  machine.host.time += 61_000;
  await guardStep(context);
  expect(rulesOf(machine)).toBe(before);
});

test('whoever takes back by hand is told, and what waits stays while it is whole', async () => {
  const { machine } = await waiting();
  const before = rulesOf(machine);
  machine.files.remove('generations/1');
  const kept = await takeBack(newProcess(machine).context, 'tester');
  expect(kept).toMatchObject({ kind: 'kept', why: expect.stringContaining(`${lost}, so generation 2 stays for now`) });
  expect(rulesOf(machine)).toBe(before);
  expect(stateOf(newProcess(machine).context).state.kind).toBe('waiting');
  machine.files.remove('generations/2');
  expect(await takeBack(newProcess(machine).context, 'tester')).toMatchObject({ kind: 'locked' });
  expect(await lockedBy(machine)).toMatchObject({ target: 'nftables' });
});

test('an apply that fails and finds nothing to go back to locks, and does not say that the rules from before are back', async () => {
  const machine = memoryMachine();
  await applyPlan(newProcess(machine).context, await planFor(machine, policyText()), forGood);
  const plan = await planFor(machine, withDeny);
  let hangs = true;
  const runNftables: Host['runNftables'] = async (document, mode) => {
    const result = await machine.host.runNftables(document, mode);
    if (mode === 'check' || !hangs) return result;
    hangs = false;
    machine.files.remove('generations/1/meta.json');
    return { kind: 'unanswered', message: 'it hangs' };
  };
  const result = await applyPlan(processWith(machine, { runNftables }).context, plan, withConfirmation);
  expect(result).toMatchObject({ kind: 'stuck', why: expect.stringMatching(/it hangs; .*locked out/) });
  expect(await lockedBy(machine)).toMatchObject({ target: 'nftables' });
});

test('rules that are whole but no longer taken: locked meanwhile, tried again without a word a second, and back when they are', async () => {
  const { machine, before } = await waiting();
  const deny = rulesOf(machine);
  machine.host.time += 61_000;
  let no = true;
  const runNftables: Host['runNftables'] = async (document, mode) =>
    no && !document.includes('"locked"')
      ? { kind: 'refused', message: 'no such module' }
      : machine.host.runNftables(document, mode);
  const { context } = processWith(machine, { runNftables });
  expect(await guardStep(context)).toMatchObject({ kind: 'stuck', why: expect.stringContaining('no such module') });
  expect(stateOf(context).state.kind).toBe('locked');
  expect(rulesOf(machine)).not.toBe(deny);
  const journal = machine.files.read('journal');
  expect(await guardStep(context)).toMatchObject({ kind: 'stuck' });
  expect(machine.files.read('journal')).toBe(journal);
  no = false;
  expect(await guardStep(context)).toEqual({ kind: 'over' });
  expect(rulesOf(machine)).toBe(before);
});

test('whoever applies goes on from the locked state where the rules of before are never taken again', async () => {
  const { machine, before } = await waiting();
  machine.host.time += 61_000;
  const runNftables: Host['runNftables'] = async (document, mode) =>
    document.includes('"locked"') ? machine.host.runNftables(document, mode) : { kind: 'refused', message: 'no' };
  await guardStep(processWith(machine, { runNftables }).context);
  const { context } = newProcess(machine);
  const plan = await planFor(machine, policyText());
  const runLater: Host['runNftables'] = async (document, mode) =>
    machine.files.read('journal')?.includes('"tryAgain":false') === true
      ? machine.host.runNftables(document, mode)
      : { kind: 'refused', message: 'still not' };
  const result = await applyPlan(processWith(machine, { runNftables: runLater }).context, plan, forGood);
  expect(result.kind).toBe('applied');
  expect(rulesOf(machine)).toBe(before);
  expect(stateOf(context)).toMatchObject({ confirmed: 3, state: { loaded: { generation: 3 } } });
});

test('what is applied on the locked state and not confirmed comes back to it', async () => {
  const { machine } = await waiting();
  machine.files.remove('generations/1');
  machine.host.time += 61_000;
  await guardStep(newProcess(machine).context);
  const locked = rulesOf(machine);
  const { context } = newProcess(machine);
  expect(await applyPlan(context, await planFor(machine, withCache), withConfirmation)).toMatchObject({
    kind: 'applied',
  });
  expect(rulesOf(machine)).not.toBe(locked);
  expect(await takeBack(context, 'tester')).toMatchObject({ kind: 'back', loaded: { locked: { target: 'nftables' } } });
  expect(rulesOf(machine)).toBe(locked);
});

test('an apply over a generation that is lost says that there is nothing to go back to', async () => {
  const machine = memoryMachine();
  await applyPlan(newProcess(machine).context, await planFor(machine, policyText()), forGood);
  machine.files.remove('generations/1');
  const { context, said } = newProcess(machine);
  expect(await applyPlan(context, await planFor(machine, withDeny), withConfirmation)).toMatchObject({
    kind: 'applied',
  });
  expect(said.join()).toContain(`${lost}, so there is nothing to go back to`);
  machine.host.time += 61_000;
  expect(await guardStep(context)).toEqual({ kind: 'over' });
  expect(await lockedBy(machine)).toMatchObject({ target: 'nftables' });
});
