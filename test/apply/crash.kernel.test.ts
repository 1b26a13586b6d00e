/** Crashes on a real kernel: apply is killed as each line of the journal appears; and rules too large for one transaction. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/engine/apply.ts';
import { stateOf } from '../../src/apply/engine/context.ts';
import { lookAt } from '../../src/apply/engine/look.ts';
import { isInForce } from '../../src/apply/engine/settle.ts';
import { MemoryFiles } from '../../src/apply/state/memory-files.ts';
import { realFiles } from '../../src/apply/state/real-files.ts';
import { type Namespace, openNamespace } from '../support/namespace.ts';
import { until } from '../support/until.ts';
import { contextIn } from './support/context.ts';
import { forGood, memoryMachine, planFor } from './support/memory.ts';
import { policyText, withCache, withDeny } from './support/policies.ts';
import { buildProgram, type TestProgram } from './support/program.ts';

const opened: Namespace[] = [];
let program: TestProgram;

beforeAll(async () => {
  program = await buildProgram();
}, 120_000);

afterAll(() => {
  for (const namespace of opened) namespace.close();
  program.close();
});

async function open(options: { readonly unprivileged?: boolean } = {}): Promise<Namespace> {
  const namespace = await openNamespace(options);
  opened.push(namespace);
  return namespace;
}

for (const line of ['begin', 'guard', 'changing', 'sysctl', 'applied'])
  test(`killed as soon as the journal says "${line}": the guard, or the next command, brings the old rules back`, async () => {
    const namespace = await open();
    const state = program.newFolder('state');
    const context = contextIn(namespace, realFiles(state));
    const [first, second] = [join(state, 'first.ctfw'), join(state, 'second.ctfw')];
    const interfaces = (text: string): string => text.replace(/ {2}interface.*\n/, '').replace(' on lan0', '');
    writeFileSync(first, interfaces(policyText()));
    writeFileSync(second, interfaces(withDeny));
    const args = ['--yes', '--allow-lockout', '--no-prove', '--set-sysctls', '--state-dir', state];
    const run = (file: string, timeout: string) =>
      program.start(namespace, ['apply', file, '--confirm-timeout', timeout, ...args]);
    await new Promise((done) => run(first, '0').once('exit', done));
    expect(await isInForce(context)).toBeUndefined();
    await context.host.setSysctl('net.ipv4.ip_forward', '0');
    const child = run(second, '3');
    const ended = new Promise((done) => child.once('exit', done));
    await until(
      () => readFileSync(join(state, 'journal'), 'utf8').split(`"kind":"${line}"`).length > (line === 'guard' ? 1 : 2),
    );
    child.kill('SIGKILL');
    await ended;
    const nextCommand = async () => {
      if (line !== 'begin') return 0;
      // no guard yet: the next command does it
      return (await program.run(namespace, ['rollback', '--allow-lockout', '--no-prove', '--state-dir', state])).status;
    };
    let status = await nextCommand();
    // 2: a guard that had just been started is at work, and says so
    for (let tries = 0; status === 2 && tries < 5; tries++) {
      await new Promise((done) => setTimeout(done, 1000));
      status = await nextCommand();
    }
    expect([0, 1]).toContain(status); // 1: there is no earlier generation to go to after that
    await until(() => stateOf(context).state.kind === 'settled');
    expect(await isInForce(context)).toBeUndefined();
    expect(stateOf(context)).toMatchObject({ confirmed: 1, state: { loaded: { generation: 1 } } });
    expect(await context.host.sysctl('net.ipv4.ip_forward')).toEqual({ kind: 'read', value: '0' });
  });

test('where the kernel takes no large transaction, parts are staged; what is in force is the same', async () => {
  const namespace = await open({ unprivileged: true });
  const files = new MemoryFiles();
  const context = contextIn(namespace, files);
  const many = Array.from(
    { length: 3000 },
    (_, index) => `container c${index} { attach front; publish ${20_000 + index}:80 }`,
  );
  const large = policyText(many.join('\n')).replace('172.30.0.0/24', '172.30.0.0/16');
  const plan = async (text: string) => ({
    ...(await planFor(memoryMachine(), text)),
    base: (await lookAt(context)).base,
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
