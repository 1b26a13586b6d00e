/** Looking at a host: whether what is loaded is what was applied, and from what a change starts. */
import { expect, test } from 'vitest';
import { applyPlan } from '../../../src/apply/engine/apply.ts';
import { lookAt, startOf } from '../../../src/apply/engine/look.ts';
import { forGood, memoryMachine, newProcess, planFor, withConfirmation } from '../support/memory.ts';
import { artifactOf, policyText, withCache, withDeny } from '../support/policies.ts';

async function machineWith(...policies: readonly string[]) {
  const machine = memoryMachine();
  for (const policy of policies) await applyPlan(newProcess(machine).context, await planFor(machine, policy), forGood);
  return machine;
}

test('nothing was applied, and nothing is loaded: that is known', async () => {
  const look = await lookAt(memoryMachine());
  expect(look).toMatchObject({ known: true, loaded: { generation: 0 }, apart: 0 });
  expect(startOf(look, 'iptables-legacy')).toMatchObject({ artifact: { target: 'iptables-legacy', files: {} } });
});

test('what was applied is known until somebody changes it, or its files are gone', async () => {
  const machine = await machineWith(policyText());
  const look = await lookAt(machine);
  expect(look).toMatchObject({ known: true, loaded: { generation: 1 } });
  expect(startOf(look, 'nftables')).toEqual({ artifact: artifactOf(policyText()), loaded: look.loaded });
  machine.files.remove('generations/1/rules.json');
  expect(await lookAt(machine)).toMatchObject({ known: false, installed: undefined });
  const other = await machineWith(policyText());
  const flush = '{"nftables":[{"flush":{"chain":{"family":"inet","table":"ctfw","name":"forward"}}}]}';
  await other.host.runNftables(flush, 'apply');
  expect((await lookAt(other)).known).toBe(false);
});

test('what waits is what should be loaded; once it has been taken away, it is nothing for any target', async () => {
  const machine = await machineWith(policyText());
  await applyPlan(newProcess(machine).context, await planFor(machine, withDeny), withConfirmation);
  expect(await lookAt(machine)).toMatchObject({ known: true, loaded: { generation: 2 } });
  const empty = await machineWith(policyText());
  const nothing = await planFor(empty, { target: 'nftables', files: {} });
  await applyPlan(newProcess(empty).context, nothing, forGood);
  const look = await lookAt(empty);
  expect(look).toMatchObject({ known: true, loaded: { generation: 2 } });
  expect(startOf(look, 'iptables-nft')?.artifact).toEqual({ target: 'iptables-nft', files: {} });
});

test('the host is read when the watch is there; a state directory that cannot be read is told first', async () => {
  const machine = await machineWith(policyText());
  let ready = false;
  const read: typeof machine.host.read = async (options) => {
    expect(ready).toBe(true);
    return machine.host.read(options);
  };
  const host = Object.assign(Object.create(machine.host) as typeof machine.host, { read });
  const begins = new Promise<void>((done) => setTimeout(done, 5)).then(() => {
    ready = true;
  });
  expect((await lookAt({ host, files: machine.files }, begins)).known).toBe(true);
  const files = {
    ...machine.files,
    read: () => {
      throw new Error('no disk');
    },
  };
  await expect(lookAt({ host: machine.host, files }, Promise.reject(new Error('no watch')))).rejects.toThrow('no disk');
});

test('the base moves with the rules of anybody', async () => {
  const machine = await machineWith(withCache);
  const before = (await lookAt(machine)).base;
  expect((await lookAt(machine)).base).toEqual(before);
  await machine.host.runNftables('{"nftables":[{"add":{"table":{"family":"ip","name":"other"}}}]}', 'apply');
  expect((await lookAt(machine)).base.hash).not.toBe(before.hash);
});
