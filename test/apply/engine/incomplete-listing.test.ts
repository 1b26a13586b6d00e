/** A listing that leaves out elements while the kernel makes room for them: looked at again before anything is taken back. */
import { expect, test } from 'vitest';
import { applyPlan } from '../../../src/apply/engine/apply.ts';
import type { Host } from '../../../src/host/contract/host.ts';
import { forGood, memoryMachine, newProcess, planFor, rulesOf } from '../support/memory.ts';
import { policyText } from '../support/policies.ts';

const element = '{"nftables":[{"flush":{"set":{"family":"inet","table":"ctfw","name":"inside"}}}]}';

/** A machine whose first listings of tables, so many of them, are those of a set without elements. */
async function applyWith(incomplete: number) {
  const machine = memoryMachine();
  const plan = await planFor(machine, policyText());
  let listings = 0;
  const listTable: Host['listTable'] = async (table, detail) => {
    const whole = machine.host.nftables;
    if (table.family === 'inet' && ++listings <= incomplete) await machine.host.runNftables(element, 'apply');
    const listing = await machine.host.listTable(table, detail);
    machine.host.nftables = whole;
    return listing;
  };
  const host = Object.assign(Object.create(machine.host) as Host, { listTable });
  const result = await applyPlan(newProcess(machine, { host }).context, plan, forGood);
  return { machine, result };
}

test('what is there the second or third time is there', async () => {
  for (const incomplete of [0, 1, 2]) {
    const { machine, result } = await applyWith(incomplete);
    expect(result).toMatchObject({ kind: 'applied' });
    expect(rulesOf(machine)).toContain('inside');
  }
});

test('what stays away is taken back', async () => {
  const { machine, result } = await applyWith(3);
  expect(result.kind).toBe('rolled-back');
  expect(result).toMatchObject({ why: expect.stringContaining('inside misses') });
  expect(rulesOf(machine)).toBe('[]');
});
