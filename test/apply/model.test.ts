/** Random sequences of apply, confirm, rollback, flush and foreign change against a model that knows only which policy should be in force. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/engine/apply.ts';
import { confirm } from '../../src/apply/engine/confirm.ts';
import { stateOf } from '../../src/apply/engine/context.ts';
import { guardStep } from '../../src/apply/engine/guard.ts';
import { restore } from '../../src/apply/engine/restore.ts';
import { isInForce } from '../../src/apply/engine/settle.ts';
import { takeBack } from '../../src/apply/engine/take-back.ts';
import {
  forGood,
  type MemoryMachine,
  memoryMachine,
  newProcess,
  planFor,
  rulesOf,
  withConfirmation,
} from './support/memory.ts';
import { policyText, withCache, withDeny } from './support/policies.ts';

const policies = [policyText(), withCache, withDeny] as const;
type Policy = 0 | 1 | 2;

/** What should be in force; undefined: no rules of ours. */
interface Model {
  current: Policy | undefined;
  confirmed: Policy | undefined;
  /** What comes back unless confirmed. */
  waiting: { readonly previous: Policy | undefined } | undefined;
  /** Somebody has changed our rules behind our back. */
  drifted: boolean;
}

type Real = { readonly machine: MemoryMachine };

/** The rules of each policy, loaded on a machine of its own. */
async function expectedRules(policy: Policy | undefined): Promise<string> {
  const machine = memoryMachine();
  if (policy !== undefined)
    await applyPlan(newProcess(machine).context, await planFor(machine, policies[policy]), forGood);
  return rulesOf(machine);
}

const expected = new Map<Policy | undefined, Promise<string>>();

async function agree(model: Model, { machine }: Real): Promise<void> {
  const { context } = newProcess(machine);
  const { state } = stateOf(context);
  expect(state.kind).toBe(model.waiting === undefined ? 'settled' : 'waiting');
  expect((await isInForce(context)) === undefined).toBe(!model.drifted);
  if (model.drifted) return;
  const rules = expected.get(model.current) ?? expectedRules(model.current);
  expected.set(model.current, rules);
  expect(rulesOf(machine)).toBe(await rules);
}

type Command = fc.AsyncCommand<Model, Real>;

function command(name: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return {
    check: () => true,
    run: async (model, real) => {
      await run(model, real);
      await agree(model, real);
    },
    toString: () => name,
  };
}

const applyCommand = (policy: Policy, waits: boolean): Command =>
  command(`apply ${policy}${waits ? '' : ' for good'}`, async (model, { machine }) => {
    const process = newProcess(machine);
    const result = await applyPlan(
      process.context,
      await planFor(machine, policies[policy]),
      waits ? withConfirmation : forGood,
    );
    process.end();
    if (model.waiting !== undefined) {
      expect(result.kind).toBe('waiting');
      return;
    }
    expect(result.kind).toBe('applied');
    const nothing = result.kind === 'applied' && result.installation.how === 'nothing';
    expect(nothing).toBe(model.current === policy && !model.drifted);
    if (waits && !nothing) model.waiting = { previous: model.current };
    else model.confirmed = policy;
    model.current = policy;
    model.drifted = false;
  });

const confirmCommand = command('confirm', async (model, { machine }) => {
  const result = await confirm(newProcess(machine).context, 'tester', { connection: undefined, since: undefined });
  if (model.waiting === undefined) expect(result.kind).toBe('nothing-waits');
  else if (model.drifted) expect(result.kind).toBe('not-in-force');
  else {
    expect(result.kind).toBe('confirmed');
    model.waiting = undefined;
    model.confirmed = model.current;
  }
});

function back(model: Model): void {
  if (model.waiting === undefined) return;
  model.current = model.waiting.previous;
  model.waiting = undefined;
  model.drifted = false;
}

const rollbackCommand = command('rollback', async (model, { machine }) => {
  const result = await takeBack(newProcess(machine).context, 'tester');
  expect(result.kind).toBe(model.waiting === undefined ? 'nothing-waits' : 'back');
  back(model);
});

const timeoutCommand = command('a minute passes', async (model, { machine }) => {
  machine.host.time += 61_000;
  expect(await guardStep(newProcess(machine).context)).toEqual({ kind: 'over' });
  back(model);
});

const flushCommand = command('somebody flushes our table', async (model, { machine }) => {
  const result = await machine.host.runNftables(
    '{"nftables":[{"flush":{"table":{"family":"inet","name":"ctfw"}}}]}',
    'apply',
  );
  if (result.kind === 'done') model.drifted = true;
});

const foreignCommand = (name: string): Command =>
  command(`somebody adds table ${name}`, async (_, { machine }) => {
    await machine.host.runNftables(`{"nftables":[{"add":{"table":{"family":"inet","name":"${name}"}}}]}`, 'apply');
  });

const rebootCommand = command('the machine starts again', async (model, { machine }) => {
  machine.host.reboot();
  const result = await restore(newProcess(machine).context);
  expect(['restored', 'nothing-to-restore']).toContain(result.kind);
  model.current = model.confirmed;
  model.waiting = undefined;
  model.drifted = false;
});

test('200 random sequences', async () => {
  const policy = fc.constantFrom<Policy>(0, 1, 2);
  const commands = fc.commands(
    [
      fc.tuple(policy, fc.boolean()).map(([one, waits]) => applyCommand(one, waits)),
      fc.constant(confirmCommand),
      fc.constant(rollbackCommand),
      fc.constant(timeoutCommand),
      fc.constant(flushCommand),
      fc.constantFrom('docker', 'other').map(foreignCommand),
      fc.constant(rebootCommand),
    ],
    { maxCommands: 12 },
  );
  const property = fc.asyncProperty(commands, async (sequence) => {
    const start = (): { model: Model; real: Real } => ({
      model: { current: undefined, confirmed: undefined, waiting: undefined, drifted: false },
      real: { machine: memoryMachine() },
    });
    await fc.asyncModelRun(start, sequence);
  });
  await fc.assert(property, { numRuns: 200 });
}, 300_000);
