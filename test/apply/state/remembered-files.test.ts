/** A guard whose state directory is taken away, damaged or taken over while an apply waits: it takes back all the same. */
import { expect, test } from 'vitest';
import { applyPlan } from '../../../src/apply/engine/apply.ts';
import { stateOf } from '../../../src/apply/engine/context.ts';
import { guardStep, rememberForGuard } from '../../../src/apply/engine/guard.ts';
import { StateError, type StateFiles } from '../../../src/apply/state/files.ts';
import { MemoryFiles } from '../../../src/apply/state/memory-files.ts';
import { rememberingFiles } from '../../../src/apply/state/remembered-files.ts';
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

/** Generation 2 waits and is guarded; then something happens to the state directory, and its time is over. */
async function guarded(happens: (machine: MemoryMachine, swap: (files: StateFiles) => void) => void, looks = true) {
  const machine = memoryMachine();
  const { context } = newProcess(machine);
  await applyPlan(context, await planFor(machine, policyText()), forGood);
  const before = rulesOf(machine);
  let current: StateFiles = machine.files;
  const files: StateFiles = {
    read: (path) => current.read(path),
    write: (path, text, more) => current.write(path, text, more),
    create: (path, text) => current.create(path, text),
    append: (path, text) => current.append(path, text),
    list: (folder) => current.list(folder),
    remove: (path) => current.remove(path),
  };

  let guarding = context;
  const startGuard = async () => {
    guarding = rememberForGuard(newProcess(machine, { files }).context); // begun, and nothing changed yet
    return { pid: 1, startTime: '1' };
  };
  await applyPlan({ ...context, startGuard }, await planFor(machine, withDeny), withConfirmation);
  expect(rulesOf(machine)).not.toBe(before);
  if (looks) expect(await guardStep(guarding)).toEqual({ kind: 'again' });
  happens(machine, (other) => {
    current = other;
  });
  machine.host.time += 61_000;
  const step = await guardStep(guarding);
  expect(rulesOf(machine)).toBe(before);
  return { machine, step, again: () => guardStep(guarding) };
}

test('removed', async () => {
  const { machine, step } = await guarded(({ files }) => files.contents.clear());
  expect(step).toEqual({ kind: 'over' });
  const { state } = stateOf(newProcess(machine).context);
  expect(state).toMatchObject({ kind: 'settled', loaded: { generation: 1 } });
});

test('removed before the guard has seen that anything was changed', async () => {
  expect((await guarded(({ files }) => files.contents.clear(), false)).step).toEqual({ kind: 'over' });
});

test('its files damaged', async () => {
  const { machine, step } = await guarded(({ files }) => {
    for (const path of [...files.contents.keys()]) if (path.startsWith('generations/')) files.write(path, 'nonsense');
  });
  expect(step).toEqual({ kind: 'over' });
  expect(stateOf(newProcess(machine).context).state).toMatchObject({ kind: 'settled', loaded: { generation: 1 } });
});

test('no longer to be used: what cannot be written down is not over, and nothing is loaded again', async () => {
  const no = (): never => {
    throw new StateError('the state directory belongs to user 1000');
  };
  const { machine, step, again } = await guarded((_, swap) =>
    swap({ read: no, write: no, create: no, append: no, list: no, remove: no }),
  );
  expect(step).toEqual({ kind: 'again' });
  const sent = machine.host.documents.length;
  expect(await again()).toEqual({ kind: 'again' });
  expect(machine.host.documents).toHaveLength(sent);
});

test('a confirmation of others is seen, and the last word on what is there', () => {
  const files = new MemoryFiles();
  const remembered = rememberingFiles(files);
  files.write('journal', 'one\n');
  files.write('generations/1/rules.json', 'rules');
  expect([remembered.read('journal'), remembered.read('generations/1/rules.json')]).toEqual(['one\n', 'rules']);
  files.append('journal', 'two\n');
  files.write('generations/1/rules.json', 'others');
  expect([remembered.read('journal'), remembered.read('generations/1/rules.json')]).toEqual(['one\ntwo\n', 'rules']);
  files.contents.clear();
  expect(remembered.read('journal')).toBe('one\ntwo\n');
  expect(remembered.read('never')).toBeUndefined();
});
