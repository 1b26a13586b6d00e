import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/host/run.ts';

describe('running a command', () => {
  test('gives status and both streams', async () => {
    expect(await run('sh', ['-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      kind: 'exited',
      status: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  test('passes input and arguments as they are, without a shell', async () => {
    expect(await run('cat', ['-'], { input: 'häß $HOME `id`' })).toMatchObject({ stdout: 'häß $HOME `id`' });
    expect(await run('printf', ['%s|', '$(id)', 'a b', ';'])).toMatchObject({ stdout: '$(id)|a b|;|' });
  });

  test('speaks English to the command, and what the caller adds', async () => {
    const result = await run('sh', ['-c', 'echo $LC_ALL $MORE'], { environment: { MORE: 'more' } });
    expect(result).toMatchObject({ stdout: 'C more\n' });
  });

  test('a command that does not read its input is no failure', async () => {
    expect(await run('true', [], { input: 'x'.repeat(1 << 20) })).toMatchObject({ kind: 'exited', status: 0 });
  });

  test('a missing command is a value', async () => {
    expect(await run('no-such-command-here', [])).toEqual({
      kind: 'not-started',
      message: 'it is not installed, or not in the PATH',
    });
  });

  test('stops at a time limit, although children keep the output open', async () => {
    const result = await run('sh', ['-c', 'echo begun; sleep 5 & sleep 5'], { timeoutMs: 200 });
    expect(result).toEqual({ kind: 'stopped', why: 'timeout', stdout: 'begun\n', stderr: '' });
  });

  test('stops when told to, before and after the start', async () => {
    const controller = new AbortController();
    const running = run('sleep', ['60'], { signal: controller.signal });
    controller.abort();
    expect(await running).toMatchObject({ kind: 'stopped', why: 'aborted' });
    expect(await run('sleep', ['60'], { signal: controller.signal })).toMatchObject({
      kind: 'stopped',
      why: 'aborted',
    });
  });

  test('stops a command that never stops talking', async () => {
    const result = await run('yes', [], { maximumOutput: 10_000 });
    expect(result).toMatchObject({ kind: 'stopped', why: 'too-much-output' });
  });

  test('tells a signal from a status', async () => {
    expect(await run('sh', ['-c', 'kill -9 $$'])).toMatchObject({ kind: 'stopped', why: 'signal' });
  });
});

describe('a file that may not be run', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ctfw-test-'));
    writeFileSync(join(folder, 'plain'), 'echo no\n', { mode: 0o644 });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is not started', async () => {
    expect(await run(join(folder, 'plain'), [])).toMatchObject({
      kind: 'not-started',
      message: expect.stringContaining('EACCES'),
    });
  });
});
