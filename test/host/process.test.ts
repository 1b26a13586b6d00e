import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { identifyProcess, isRunning, killProcess } from '../../src/host/process.ts';

test('a process is known by number and start', async () => {
  const child = spawn('sleep', ['60']);
  const identity = identifyProcess(child.pid ?? 0);
  if (identity === undefined) throw new Error('not running');
  expect(identity.startTime).toMatch(/^[1-9]\d*$/);
  expect(isRunning(identity)).toBe(true);
  expect(isRunning({ ...identity, startTime: `${Number(identity.startTime) - 1}` })).toBe(false);
  expect(killProcess({ ...identity, startTime: '1' })).toBe(false);
  expect(killProcess(identity)).toBe(true);
  await once(child, 'exit');
  expect(identifyProcess(identity.pid)).toBeUndefined();
  expect(killProcess(identity)).toBe(false);
});

test('this process runs, and no process has the number 0', () => {
  expect(identifyProcess(process.pid)?.pid).toBe(process.pid);
  expect(identifyProcess(0)).toBeUndefined();
});
