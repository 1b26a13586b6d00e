/** Crashes on a real kernel: apply is killed as each line of the journal appears; and rules too large for one transaction. */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/engine/apply.ts';
import { type ApplyContext, stateOf } from '../../src/apply/engine/context.ts';
import { isInForce } from '../../src/apply/engine/settle.ts';
import { baseOf } from '../../src/apply/plan/base.ts';
import { realProcesses } from '../../src/apply/state/lock.ts';
import { MemoryFiles } from '../../src/apply/state/memory-files.ts';
import { realFiles } from '../../src/apply/state/real-files.ts';
import { realHost } from '../../src/host/real/real-host.ts';
import { type Namespace, openNamespace } from '../support/namespace.ts';
import { forGood, memoryMachine, planFor } from './support/memory.ts';
import { policyText, withCache, withDeny } from './support/policies.ts';

const root = resolve(import.meta.dirname, '../..');
const temporary = mkdtempSync(join(tmpdir(), 'ctfw-crash-test-'));
const program = join(temporary, 'dist/ctfw.js');
const opened: Namespace[] = [];

beforeAll(async () => {
  await new Promise<void>((done, failed) => {
    execFile('node', ['scripts/build.mjs', join(temporary, 'dist')], { cwd: root }, (error) =>
      error ? failed(error) : done(),
    );
  });
}, 120_000);

afterAll(() => {
  for (const namespace of opened) namespace.close();
  rmSync(temporary, { recursive: true, force: true });
});

async function open(options: { readonly unprivileged?: boolean } = {}): Promise<Namespace> {
  const namespace = await openNamespace(options);
  opened.push(namespace);
  return namespace;
}

function contextOf(namespace: Namespace, files: ApplyContext['files']): ApplyContext {
  return {
    host: realHost({ runner: namespace.runner, name: 'edge' }),
    files,
    processes: realProcesses,
    startGuard: async () => ({ problem: 'this test has no guard' }),
    say: () => {},
  };
}

for (const line of ['begin', 'guard', 'changing', 'sysctl', 'applied'])
  test(`killed as soon as the journal says "${line}": the guard, or the next command, brings the old rules back`, async () => {
    const namespace = await open();
    const state = mkdtempSync(join(temporary, 'state-'));
    const context = contextOf(namespace, realFiles(state));
    const [first, second] = [join(state, 'first.ctfw'), join(state, 'second.ctfw')];
    const interfaces = (text: string): string => text.replace(/ {2}interface.*\n/, '').replace(' on lan0', '');
    writeFileSync(first, interfaces(policyText()));
    writeFileSync(second, interfaces(withDeny));
    const args = ['--yes', '--allow-lockout', '--no-prove', '--set-sysctls', '--state-dir', state];
    const run = (file: string, timeout: string) => {
      const [enter, ...words] = namespace.enter;
      return spawn(enter, [...words, 'node', program, 'apply', file, '--confirm-timeout', timeout, ...args], {
        stdio: 'ignore',
      });
    };
    await new Promise((done) => run(first, '0').once('exit', done));
    expect(await isInForce(context)).toBeUndefined();
    await context.host.setSysctl('net.ipv4.ip_forward', '0');
    const child = run(second, '3');
    const ended = new Promise((done) => child.once('exit', done));
    await waitFor(
      () => readFileSync(join(state, 'journal'), 'utf8').split(`"kind":"${line}"`).length > (line === 'guard' ? 1 : 2),
    );
    child.kill('SIGKILL');
    await ended;
    const nextCommand = () =>
      new Promise<number>((done) => {
        const [enter, ...words] = namespace.enter;
        if (line !== 'begin') return done(0);
        // no guard yet: the next command does it
        execFile(
          enter,
          [...words, 'node', program, 'rollback', '--allow-lockout', '--no-prove', '--state-dir', state],
          (error) => done(typeof error?.code === 'number' ? error.code : 0),
        );
      });
    let status = await nextCommand();
    // 2: a guard that had just been started is at work, and says so
    for (let tries = 0; status === 2 && tries < 5; tries++) {
      await new Promise((done) => setTimeout(done, 1000));
      status = await nextCommand();
    }
    expect([0, 1]).toContain(status); // 1: there is no earlier generation to go to after that
    await waitFor(() => stateOf(context).state.kind === 'settled');
    expect(await isInForce(context)).toBeUndefined();
    expect(stateOf(context)).toMatchObject({ confirmed: 1, state: { loaded: { generation: 1 } } });
    expect(await context.host.sysctl('net.ipv4.ip_forward')).toEqual({ kind: 'read', value: '0' });
  });

test('where the kernel takes no large transaction, parts are staged; what is in force is the same', async () => {
  const namespace = await open({ unprivileged: true });
  const files = new MemoryFiles();
  const context = contextOf(namespace, files);
  const many = Array.from(
    { length: 3000 },
    (_, index) => `container c${index} { attach front; publish ${20_000 + index}:80 }`,
  );
  const large = policyText(many.join('\n')).replace('172.30.0.0/24', '172.30.0.0/16');
  const plan = async (text: string) => ({
    ...(await planFor(memoryMachine(), text)),
    base: baseOf(await context.host.read()),
  });
  expect(await applyPlan(context, await plan(policyText()), forGood)).toMatchObject({
    kind: 'applied',
    installation: { how: 'whole' },
  });
  expect(await applyPlan(context, await plan(large), forGood)).toMatchObject({
    kind: 'applied',
    installation: { how: 'staged' },
  });
  expect(await isInForce(context)).toBeUndefined();
  const more = `${large}\ncontainer extra { attach front 172.30.200.1 }\n`;
  expect(await applyPlan(context, await plan(more), forGood)).toMatchObject({
    kind: 'applied',
    installation: { how: 'elements' },
  });
  expect(await applyPlan(context, await plan(withCache), forGood)).toMatchObject({ kind: 'applied' });
  expect(await isInForce(context)).toBeUndefined();
});

async function waitFor(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 4000; tries++) {
    try {
      if (condition()) return;
    } catch {
      // the file is not there yet
    }
    await new Promise((done) => setTimeout(done, 10));
  }
  throw new Error('it did not happen');
}
