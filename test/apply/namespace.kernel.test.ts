/** Applying to a real kernel, in namespaces: connections, lockouts, two at once, other tools at work beside. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/engine/apply.ts';
import { type ApplyContext, stateOf } from '../../src/apply/engine/context.ts';
import { realFiles } from '../../src/apply/state/real-files.ts';
import { until } from '../support/until.ts';
import { contextIn } from './support/context.ts';
import { canConnect, endStream, inside, startStream, type TestMachine } from './support/machine.ts';
import { forGood } from './support/memory.ts';
import { planIn } from './support/plans.ts';
import { policyText, withCache } from './support/policies.ts';
import { stage } from './support/stage.ts';

const on = stage();

async function machineWith(): Promise<{
  readonly machine: TestMachine;
  readonly context: ApplyContext;
  readonly state: string;
}> {
  const machine = await on.openMachine();
  const state = on.program.newFolder('state');
  const context = contextIn(machine.host, realFiles(state));
  return { machine, context, state };
}

async function apply(context: ApplyContext, text: string, iptables = false) {
  const result = await applyPlan(context, await planIn(context, text, {}, iptables ? 'iptables' : 'nftables'), forGood);
  if (result.kind !== 'applied') throw new Error(JSON.stringify(result));
  return result;
}

const udp = 'container extra { attach front 172.30.0.9 }';
const published = policyText(udp).replace('publish 8080:80', 'publish 8080:80, 8080:80/udp');

test('an allowed connection survives 100 applies under a steady stream; one that is forbidden dies', async () => {
  const { machine, context } = await machineWith();
  const server = await startStream(machine.web, 'serve', '80');
  await apply(context, published);
  const stream = await startStream(machine.neighbour, 'stream', '192.0.2.1', '8080', '0.002');
  const changed = `${published}\ncontainer cache { attach front 172.30.0.4; publish 6379:6379 }\ndeny front -> lan 25/tcp\n`;
  const how = new Set<string>();
  for (let count = 0; count < 100; count++) {
    // now and then everything is loaded anew, which is the harder case
    const text = count % 2 === 0 ? changed : published;
    const again = count % 10 === 5;
    const made = await planIn(context, text, { again });
    expect(made.connections).toEqual([]);
    const result = await applyPlan(context, made, { ...forGood, again });
    if (result.kind !== 'applied') throw new Error(JSON.stringify(result));
    how.add(result.installation.how);
  }
  const lost = await endStream(stream);
  expect(lost.sent).toBeGreaterThan(1000);
  expect(lost.received).toBe(lost.sent);
  expect([...how].sort()).toEqual(['parts', 'whole']);
  const forbidden = await startStream(machine.neighbour, 'stream', '192.0.2.1', '8080', '0.01');
  await new Promise((done) => setTimeout(done, 500));
  const made = await planIn(context, `${published}\ndeny lan -> web`);
  expect(made.connections.length).toBeGreaterThan(0);
  const result = await applyPlan(context, made, forGood);
  expect(result).toMatchObject({ kind: 'applied', removedConnections: made.connections.length });
  await new Promise((done) => setTimeout(done, 700));
  const ended = await endStream(forbidden);
  expect(ended.received).toBeGreaterThan(10);
  expect(ended.received).toBe(ended.last + 1); // all up to the apply came back, none after it
  expect(ended.sent).toBeGreaterThan(ended.received + 40);
  server.kill('SIGKILL');
});

test('of connections that are opened between plan and transaction, those die that the new rules forbid', async () => {
  const { machine, context } = await machineWith();
  const servers = [await startStream(machine.web, 'serve', '80'), await startStream(machine.web, 'serve', '81')];
  const both = published.replace('8080:80/udp', '8080:80/udp, 8081:81/udp');
  await apply(context, both);
  const made = await planIn(context, `${both}\ndeny lan -> web 80/udp`);
  expect(made.connections).toEqual([]);
  const forbidden = await startStream(machine.neighbour, 'stream', '192.0.2.1', '8080', '0.01');
  const allowed = await startStream(machine.neighbour, 'stream', '192.0.2.1', '8081', '0.01');
  await new Promise((done) => setTimeout(done, 400));
  expect(await applyPlan(context, made, forGood)).toMatchObject({ kind: 'applied', removedConnections: 1 });
  await new Promise((done) => setTimeout(done, 700));
  const [ended, stayed] = [await endStream(forbidden), await endStream(allowed)];
  expect(ended.received).toBeGreaterThan(10);
  expect(ended.sent).toBeGreaterThan(ended.received + 40);
  expect(stayed.sent).toBeGreaterThan(60);
  expect(stayed.received).toBe(stayed.sent);
  for (const server of servers) server.kill('SIGKILL');
});

test('what was opened under rules that are taken back ends with them; with --keep-connections it goes on', async () => {
  const { machine, state } = await machineWith();
  const server = await startStream(machine.web, 'serve', '80');
  const [closed, open] = [
    policyFile(state, `${published}\ndeny lan -> web`),
    on.program.writeFile('open.ctfw', published),
  ];
  const apply = (file: string, ...more: readonly string[]) =>
    ctfw(machine, state, ['apply', file, '--yes', '--allow-lockout', ...more]);
  expect(await apply(closed, '--confirm-timeout', '0')).toMatchObject({ status: 0 });
  for (const keep of [false, true]) {
    const waiting = apply(open, '--confirm-timeout', '5', ...(keep ? ['--keep-connections'] : []));
    await until(() => isWaiting(state));
    const stream = await startStream(machine.neighbour, 'stream', '192.0.2.1', '8080', '0.01');
    expect((await waiting).status).toBe(5);
    await new Promise((done) => setTimeout(done, 700));
    const { sent, received } = await endStream(stream);
    expect(received).toBeGreaterThan(10);
    if (keep) expect(received).toBe(sent);
    else expect(sent).toBeGreaterThan(received + 40);
  }
  // and to an earlier generation, or to none at all
  expect(await apply(open, '--confirm-timeout', '0')).toMatchObject({ status: 0 });
  for (const generation of ['1', '0']) {
    if (generation === '0') await apply(open, '--confirm-timeout', '0');
    const stream = await startStream(machine.neighbour, 'stream', '192.0.2.1', '8080', '0.01');
    await new Promise((done) => setTimeout(done, 300));
    const back = await ctfw(machine, state, ['rollback', generation, '--allow-lockout', '--confirm-timeout', '0']);
    expect(back.status).toBe(0);
    expect(back.stderr).toMatch(/\d connections ended/);
    await new Promise((done) => setTimeout(done, 700));
    const { sent, received } = await endStream(stream);
    expect(received).toBeGreaterThan(10);
    expect(sent).toBeGreaterThan(received + 40);
  }
  server.kill('SIGKILL');
});

function isWaiting(state: string): boolean {
  return stateOf({ files: realFiles(state) }).state.kind === 'waiting';
}

test('iptables: the same connection survives 10 exchanges of all tables', async () => {
  const { machine, context } = await machineWith();
  const server = await startStream(machine.web, 'serve', '80');
  await apply(context, published, true);
  const stream = await startStream(machine.neighbour, 'stream', '192.0.2.1', '8080', '0.002');
  for (let count = 0; count < 10; count++)
    await apply(context, count % 2 === 0 ? `${published}\ndeny front -> lan 25/tcp\n` : published, true);
  const { sent, received } = await endStream(stream);
  expect(sent).toBeGreaterThan(100);
  expect(received).toBe(sent);
  const saved = await context.host.saveIptables('iptables-nft');
  expect(saved.kind === 'read' && saved.value.includes('CTFW-LOCK')).toBe(false);
  server.kill('SIGKILL');
});

const protectedHost = policyText().replace('transit on', 'transit on\n  protect host');

const ctfw = (machine: TestMachine, state: string, args: readonly string[]) =>
  on.program.run(machine.host, [...args, '--state-dir', state]);

function policyFile(state: string, text: string): string {
  const path = join(state, '..', `${state.split('-').at(-1)}.ctfw`);
  writeFileSync(path, text);
  return path;
}

test('an apply that cuts off the operator is refused; with --allow-lockout it comes back by itself', async () => {
  const { machine, state } = await machineWith();
  const server = await startStream(machine.host, 'serve', '22');
  const open = policyFile(state, `${protectedHost}\nallow lan -> edge 22/tcp\n`);
  expect(
    await ctfw(machine, state, ['apply', open, '--yes', '--operator', '192.0.2.9', '--confirm-timeout', '0']),
  ).toMatchObject({ status: 0 });
  expect(await canConnect(machine.neighbour, '192.0.2.1', 22)).toBe(true);
  const closed = policyFile(state, protectedHost);
  const refused = await ctfw(machine, state, ['apply', closed, '--yes', '--operator', '192.0.2.9']);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('CTFW7113');
  expect(refused.stderr).toContain('192.0.2.9');
  const unknown = await ctfw(machine, state, ['apply', closed, '--yes']);
  expect(unknown.status).toBe(1);
  expect(unknown.stderr).toContain('CTFW7112');
  expect(await canConnect(machine.neighbour, '192.0.2.1', 22)).toBe(true);
  const applying = ctfw(machine, state, ['apply', closed, '--yes', '--allow-lockout', '--confirm-timeout', '6']);
  await until(async () => /"kind":"applied","generation":2/.test(readFileSync(join(state, 'journal'), 'utf8')));
  expect(await canConnect(machine.neighbour, '192.0.2.1', 22)).toBe(false);
  const result = await applying;
  expect(result.status).toBe(5);
  expect(result.stderr).toContain('in force again, read back and equal');
  expect(await canConnect(machine.neighbour, '192.0.2.1', 22)).toBe(true);
  expect((await ctfw(machine, state, ['status'])).status).toBe(0);
  server.kill('SIGKILL');
});

test('the guard takes back what a killed apply left, and is not to be stopped by signals', async () => {
  const { machine, state } = await machineWith();
  const file = policyFile(state, policyText());
  const waiting = ['apply', file, '--yes', '--allow-lockout', '--confirm-timeout', '5', '--state-dir', state];
  const child = on.program.start(machine.host, waiting);
  await until(async () => readFileSync(join(state, 'journal'), 'utf8').includes('"kind":"applied"'));
  child.kill('SIGKILL');
  const guard = Number(/"kind":"guard","pid":(\d+)/.exec(readFileSync(join(state, 'journal'), 'utf8'))?.[1]);
  for (const signal of ['SIGHUP', 'SIGTERM', 'SIGINT'] as const) process.kill(guard, signal);
  expect(await inside(machine.host, ['nft', 'list', 'tables'])).toContain('ctfw');
  await until(async () => readFileSync(join(state, 'journal'), 'utf8').includes('"kind":"reverted"'));
  expect(await inside(machine.host, ['nft', 'list', 'tables'])).toBe('');
});

test('two applies at once: one after the other or one refused, and what is in force is one of them', async () => {
  const { machine, state } = await machineWith();
  const [left, right] = [policyFile(state, policyText()), on.program.writeFile('other.ctfw', withCache)];
  const options = ['--yes', '--allow-lockout', '--confirm-timeout', '0'];
  const results = await Promise.all(
    [left, right, left, right].map((file) => ctfw(machine, state, ['apply', file, ...options])),
  );
  const statuses = results.map(({ status }) => status);
  expect(statuses).toContain(0);
  for (const { status, stderr } of results) {
    expect([0, 2, 4]).toContain(status); // in force, somebody else at work, or the host is not as it was planned for
    if (status === 2) expect(stderr).toContain('is at work');
  }
  expect((await ctfw(machine, state, ['status'])).status).toBe(0);
});

test('another tool rewrites its own tables meanwhile: every apply is whole, and the other table stays the other one’s', async () => {
  const { machine, context } = await machineWith();
  const other = spawn(
    machine.host.enter[0],
    [
      ...machine.host.enter.slice(1),
      'sh',
      '-c',
      'while :; do printf "table inet other\\ndelete table inet other\\ntable inet other { chain c { type filter hook input priority 5; counter; }; }\\n" | nft -f -; done',
    ],
    { stdio: 'ignore' },
  );
  try {
    let done = 0;
    for (let count = 0; count < 15; count++) {
      const result = await applyPlan(
        context,
        await planIn(context, count % 2 === 0 ? withCache : policyText()),
        forGood,
      );
      expect(['applied', 'stale']).toContain(result.kind); // the other table may be missing at the moment of one look
      if (result.kind === 'applied') done++;
    }
    expect(done).toBeGreaterThan(0);
  } finally {
    other.kill('SIGKILL');
  }
  expect(await inside(machine.host, ['nft', 'list', 'tables'])).toContain('table inet ctfw');
});

test('without privilege: exit 3 and what is needed; a dry run works', async () => {
  const { machine } = await machineWith();
  const folder = on.program.newFolder('plain');
  const file = join(folder, 'policy.ctfw');
  writeFileSync(file, policyText());
  await inside(machine.host, ['chmod', '-R', 'a+rX', on.program.folder]);
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const run = (args: readonly string[]) =>
    on.program.run(machine.host, [...args, '--state-dir', join(folder, 'state')], nobody);
  for (const command of [['apply', file, '--yes'], ['confirm'], ['rollback'], ['restore'], ['status']]) {
    const refused = await run(command);
    expect(refused.stderr).toContain('CAP_NET_ADMIN');
    expect(refused.status).toBe(3);
  }
  const dry = await run(['apply', file, '--dry-run', '--allow-lockout']);
  expect(dry.stdout).toContain('plan for host edge');
  expect(dry.stdout).toContain('rules: all of our tables');
});
