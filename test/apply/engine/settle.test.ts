/** What is found half done under the lock, in every state of the journal. */
import { expect, test } from 'vitest';
import { applyPlan } from '../../../src/apply/engine/apply.ts';
import { note, stateOf } from '../../../src/apply/engine/context.ts';
import { isInForce, settle } from '../../../src/apply/engine/settle.ts';
import { nothingLoaded } from '../../../src/apply/state/journal.ts';
import { forGood, memoryMachine, newProcess, planFor, rulesOf, withConfirmation } from '../support/memory.ts';
import { policyText, withDeny } from '../support/policies.ts';

async function applied() {
  const machine = memoryMachine();
  const { context } = newProcess(machine);
  await applyPlan(context, await planFor(machine, policyText()), forGood);
  return { machine, context, rules: rulesOf(machine) };
}

const begin = { kind: 'begin', generation: 2, confirmSeconds: 60, login: undefined } as const;
const one = { generation: 1, suffix: '' };

test('where all is done, nothing is', async () => {
  const { machine, context } = await applied();
  const journal = machine.files.read('journal');
  expect(await settle(context)).toMatchObject({ kind: 'settled', tookBack: undefined, state: { kind: 'settled' } });
  expect(machine.files.read('journal')).toBe(journal);
});

test('an apply that had only begun is given up without a touch', async () => {
  const { machine, context } = await applied();
  note(context, { ...begin, previous: one });
  const sent = machine.host.documents.length;
  expect(await settle(context)).toMatchObject({ tookBack: 'it was interrupted', state: { loaded: one } });
  expect(machine.host.documents).toHaveLength(sent);
});

test('one that may have changed rules or settings is taken back', async () => {
  for (const event of [
    { kind: 'changing', loaded: { generation: 2, suffix: '' } },
    { kind: 'sysctl', name: 'net.ipv4.ip_forward', before: '0', after: '1' },
  ] as const) {
    const { machine, context, rules } = await applied();
    note(context, { ...begin, previous: one });
    note(context, event);
    await machine.host.runNftables('{"nftables":[{"delete":{"table":{"family":"inet","name":"ctfw"}}}]}', 'apply');
    machine.host.sysctls.set('net.ipv4.ip_forward', '1');
    expect(await settle(context)).toMatchObject({ kind: 'settled', tookBack: 'it was interrupted' });
    expect(rulesOf(machine)).toBe(rules);
    expect(machine.host.sysctls.get('net.ipv4.ip_forward')).toBe(event.kind === 'sysctl' ? '0' : '1');
    expect(stateOf(context).state).toEqual({ kind: 'settled', loaded: one });
  }
});

test('what waits is left alone to the millisecond', async () => {
  const { machine, context, rules } = await applied();
  await applyPlan(context, await planFor(machine, withDeny), withConfirmation);
  machine.host.time += 59_999;
  expect(await settle(context)).toMatchObject({ state: { kind: 'waiting' }, tookBack: undefined });
  machine.host.time += 1;
  expect(await settle(context)).toMatchObject({ tookBack: 'nobody confirmed it in time' });
  expect(rulesOf(machine)).toBe(rules);
});

test('a clock that is set neither saves what waits nor hurries it; a start of the machine leaves it no time', async () => {
  const { machine, context, rules } = await applied();
  await applyPlan(context, await planFor(machine, withDeny), withConfirmation);
  for (const error of [-1e10, 1e10]) {
    machine.host.clockError = error;
    expect(await settle(context)).toMatchObject({ state: { kind: 'waiting' } });
  }
  machine.host.clockError = -1e10;
  machine.host.time += 60_000;
  expect(await settle(context)).toMatchObject({ tookBack: 'nobody confirmed it in time' });
  expect(rulesOf(machine)).toBe(rules);
});

test('whether it is in force: the files are there, and the host has their rules', async () => {
  const { machine, context } = await applied();
  expect(await isInForce(context)).toBeUndefined();
  const kept = machine.host.nftables;
  machine.host.nftables = new Map();
  expect(await isInForce(context)).toContain('table inet ctfw is not there');
  machine.host.nftables = kept;
  machine.files.remove('generations/1/meta.json');
  expect(await isInForce(context)).toContain('gone from the state directory, or damaged');
  note(context, { ...begin, previous: nothingLoaded });
  expect(await isInForce(context)).toContain('gone'); // nothing is about to be loaded
});
