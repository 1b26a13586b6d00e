/** Looks at a host whose rules are watched: what is read again, and what is found although nobody listed it twice. */
import { expect, test } from 'vitest';
import { applyPlan } from '../../../src/apply/engine/apply.ts';
import { type ApplyContext, stateOf } from '../../../src/apply/engine/context.ts';
import { watchedLooks } from '../../../src/apply/engine/watched-looks.ts';
import type { Host } from '../../../src/host/contract/host.ts';
import {
  forGood,
  type MemoryMachine,
  memoryMachine,
  newProcess,
  rulesOf,
  withConfirmation,
} from '../support/memory.ts';
import { planIn } from '../support/plans.ts';
import { policyText, withCache } from '../support/policies.ts';

const foreign = '{"nftables":[{"add":{"table":{"family":"inet","name":"other"}}}]}';
const ownElement = '{"nftables":[{"flush":{"set":{"family":"inet","table":"ctfw","name":"inside"}}}]}';

/** A process that plans and applies, and counts what it reads. */
function watching(machine: MemoryMachine, over: Partial<ApplyContext> = {}) {
  const asked: string[] = [];
  const counted: Host = Object.assign(Object.create(machine.host) as Host, {
    read: (options: Parameters<Host['read']>[0]) => {
      asked.push('all');
      return machine.host.read(options);
    },
    readBesideRules: (earlier: Parameters<Host['readBesideRules']>[0]) => {
      asked.push('beside rules');
      return machine.host.readBesideRules(earlier);
    },
  });
  const plain = newProcess(machine, { host: counted }).context;
  const context = { ...plain, looks: watchedLooks(plain), ...over };
  return { asked, context };
}

async function withRules(): Promise<MemoryMachine> {
  const machine = memoryMachine();
  const { context } = newProcess(machine);
  await applyPlan(context, await planIn(context, policyText()), forGood);
  return machine;
}

test('where nobody changes rules, they are read once for plan and apply', async () => {
  const { asked, context } = watching(await withRules());
  expect(await applyPlan(context, await planIn(context, withCache), forGood)).toMatchObject({ kind: 'applied' });
  expect(asked).toEqual(['all', 'beside rules']);
});

test.each([
  ['a table of somebody else', foreign, ['table nftables inet other']],
  ['an element of ours that is gone', ownElement, ['table nftables inet ctfw']],
])('%s between plan and apply is found, and nothing is changed', async (_, document, moved) => {
  const machine = await withRules();
  const { asked, context } = watching(machine);
  const plan = await planIn(context, withCache);
  expect(await machine.host.runNftables(document, 'apply')).toEqual({ kind: 'done' });
  const before = rulesOf(machine);
  expect(await applyPlan(context, plan, forGood)).toEqual({ kind: 'stale', moved });
  expect(rulesOf(machine)).toBe(before);
  expect(asked).toEqual(['all', 'all']);
});

test('so is a route or a setting', async () => {
  const machine = await withRules();
  const { context } = watching(machine);
  const plan = await planIn(context, withCache);
  machine.host.sysctls.set('net.ipv4.conf.all.rp_filter', '2');
  expect(await applyPlan(context, plan, forGood)).toEqual({ kind: 'stale', moved: ['kernel settings'] });
});

test('a table of somebody else that comes while the guard is started is found before the transaction', async () => {
  const machine = await withRules();
  const before = rulesOf(machine);
  const startGuard: ApplyContext['startGuard'] = async () => {
    await machine.host.runNftables(foreign, 'apply');
    return { pid: 1, startTime: '1' };
  };
  const { context } = watching(machine, { startGuard });
  const result = await applyPlan(context, await planIn(context, withCache), withConfirmation);
  expect(result).toEqual({ kind: 'stale', moved: ['table nftables inet other'] });
  expect(rulesOf(machine)).toBe(before);
  expect(stateOf(context)).toMatchObject({ state: { kind: 'settled', loaded: { generation: 1 } }, confirmed: 1 });
  // and the next one goes on from there
  const next = watching(machine).context;
  expect(await applyPlan(next, await planIn(next, withCache), forGood)).toMatchObject({
    kind: 'applied',
    generation: 3,
  });
});

test('a change that comes and goes again is none', async () => {
  const machine = await withRules();
  const { asked, context } = watching(machine);
  const plan = await planIn(context, withCache);
  await machine.host.runNftables(foreign, 'apply');
  await machine.host.runNftables(foreign.replace('add', 'delete'), 'apply');
  expect(await applyPlan(context, plan, forGood)).toMatchObject({ kind: 'applied' });
  expect(asked[0]).toBe('all');
});

test('where nobody can watch, everything is read again', async () => {
  const machine = await withRules();
  machine.host.watchRules = async () => undefined;
  const { asked, context } = watching(machine);
  expect(await applyPlan(context, await planIn(context, withCache), forGood)).toMatchObject({ kind: 'applied' });
  expect(asked).toEqual(['all', 'all']);
});
