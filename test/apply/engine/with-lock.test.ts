/** Work under the lock: given back whatever becomes of the work, and gone without only where nobody can take it. */
import { expect, test } from 'vitest';
import { withLock } from '../../../src/apply/engine/with-lock.ts';
import { StateError } from '../../../src/apply/state/files.ts';
import { lockOwner } from '../../../src/apply/state/lock.ts';
import { memoryMachine, newProcess } from '../support/memory.ts';

const full = () => {
  throw new StateError('the disk is full');
};

test('one at a time, and the next when the first is done', async () => {
  const machine = memoryMachine();
  const [first, second] = [newProcess(machine).context, newProcess(machine).context];
  const outcome = await withLock(first, 'apply', async () => {
    expect(lockOwner(machine.files, second.processes)?.command).toBe('apply');
    return withLock(second, 'confirm', async () => 'both');
  });
  expect(outcome).toMatchObject({ kind: 'busy', owner: { command: 'apply' } });
  expect(await withLock(second, 'confirm', async () => 'alone')).toBe('alone');
});

test('it is given back when the work fails, and a fault of ours is not hidden', async () => {
  const machine = memoryMachine();
  const { context } = newProcess(machine);
  await expect(withLock(context, 'apply', () => Promise.reject(new Error('a fault')))).rejects.toThrow('a fault');
  expect(lockOwner(machine.files, context.processes)).toBeUndefined();
  const denied = Promise.reject(new StateError('permission denied', true));
  const result = { kind: 'unwritable', why: 'permission denied', noPrivilege: true };
  expect(await withLock(context, 'apply', () => denied)).toEqual(result);
  expect(lockOwner(machine.files, context.processes)).toBeUndefined();
});

test('on a full disk only what takes back goes on, and only while nobody holds the lock', async () => {
  const machine = memoryMachine();
  const holder = newProcess(machine);
  const { context } = newProcess(machine, { files: { ...machine.files, create: full } });
  const work = async () => 'done';
  expect(await withLock(context, 'apply', work)).toMatchObject({ kind: 'unwritable', why: 'the disk is full' });
  expect(await withLock(context, 'rollback', work, true)).toBe('done');
  await withLock(holder.context, 'apply', async () => {
    expect(await withLock(context, 'rollback', work, true)).toMatchObject({ kind: 'busy' });
  });
});

test('a lock that cannot be given back is free when its owner ends', async () => {
  const machine = memoryMachine();
  const first = newProcess(machine, { files: { ...machine.files, write: full } });
  const second = newProcess(machine).context;
  expect(await withLock(first.context, 'apply', async () => 'done')).toBe('done');
  expect(await withLock(second, 'confirm', async () => 'done')).toMatchObject({ kind: 'busy' });
  first.end();
  expect(await withLock(second, 'confirm', async () => 'done')).toBe('done');
});
