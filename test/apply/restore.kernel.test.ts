/** The start of a machine, and the legacy tools, in namespaces. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { canConnect, inside, startStream, type TestMachine } from './support/machine.ts';
import { policyText } from './support/policies.ts';
import { stage } from './support/stage.ts';

const on = stage();

async function machineWith() {
  const machine = await on.openMachine();
  const state = on.program.newFolder('state');
  const ctfw = (...args: readonly string[]) => on.program.run(machine.host, [...args, '--state-dir', state]);
  const web = await startStream(machine.web, 'serve', '80');
  on.closeLater({ close: () => web.kill('SIGKILL') });
  return {
    machine,
    state,
    ctfw,
    forGood: ['--yes', '--allow-lockout', '--confirm-timeout', '0'] as const,
    publishes: () => canConnect(machine.neighbour, '192.0.2.1', 8080),
  };
}

test('restore loads what was confirmed last; what waited is not loaded', async () => {
  const { machine, ctfw, forGood, publishes } = await machineWith();
  expect(await ctfw('restore')).toMatchObject({ status: 0 });
  expect(await ctfw('apply', on.program.writeFile('restored.ctfw', policyText()), ...forGood)).toMatchObject({
    status: 0,
  });
  expect(await publishes()).toBe(true);
  await inside(machine.host, ['nft', 'flush', 'ruleset']); // as after a start of the machine
  expect(await publishes()).toBe(false);
  const restored = await ctfw('restore', '--fail-closed');
  expect(restored.stderr).toContain('generation 1 is in force');
  expect(restored.status).toBe(0);
  expect(await publishes()).toBe(true);
  expect((await ctfw('status')).status).toBe(0);
});

test.each([
  ['its rules are no rules', (state: string) => writeFileSync(join(state, 'generations/1/rules.json'), 'no rules')],
  ['its description is damaged', (state: string) => writeFileSync(join(state, 'generations/1/meta.json'), '{')],
  ['its folder is gone', (state: string) => rmSync(join(state, 'generations/1'), { recursive: true })],
])(
  'a generation that cannot be loaded, since %s: new connections are locked out unless --fail-open, and exit 2',
  async (_, damage) => {
    const { machine, state, ctfw, forGood } = await machineWith();
    await ctfw('apply', on.program.writeFile('damaged.ctfw', policyText()), ...forGood);
    await inside(machine.host, ['nft', 'flush', 'ruleset']);
    damage(state);
    await inside(machine.neighbour, ['ip', 'route', 'add', '172.30.0.0/24', 'via', '192.0.2.1']);
    const forwards = () => canConnect(machine.neighbour, '172.30.0.2', 80);
    const open = await ctfw('restore', '--fail-open');
    expect(open.status).toBe(2);
    expect(open.stderr).not.toContain('locked out');
    expect(await forwards()).toBe(true);
    for (const option of [[], ['--fail-closed'], ['--fail-closed', '--fail-open']]) {
      await inside(machine.host, ['nft', 'flush', 'ruleset']);
      const closed = await ctfw('restore', ...option);
      expect(closed.status).toBe(2);
      expect(closed.stderr).toContain('new connections are locked out');
      expect(await forwards()).toBe(false);
    }
    expect((await ctfw('status')).status).toBe(1);
  },
);

const hostOnly = `host edge {
  interface lan0 { address 192.0.2.1/24 }
  transit off
  protect host
}
zone lan = 192.0.2.0/24 on lan0
allow lan -> edge 22/tcp
`;

async function hasLegacyEbtables({ host }: TestMachine): Promise<boolean> {
  const result = await host.runner('ebtables-legacy', ['-t', 'nat', '-L']);
  return result.kind === 'exited' && result.status === 0;
}

test('iptables-legacy: apply, an apply that is taken back by itself, rollback, and no rules at all', async () => {
  const { machine, state, ctfw, forGood } = await machineWith();
  const server = await startStream(machine.host, 'serve', '80');
  on.closeLater({ close: () => server.kill('SIGKILL') });
  const answers = () => canConnect(machine.neighbour, '192.0.2.1', 80);
  const legacy = ['-t', 'iptables-legacy'] as const;
  const saved = async () => (await inside(machine.host, ['iptables-legacy-save'])).replace(/^#.*$|\[\d+:\d+\]/gm, '');
  const closed = on.program.writeFile('legacy.ctfw', hostOnly);
  const open = on.program.writeFile('legacy-open.ctfw', `${hostOnly}allow lan -> edge 80/tcp\n`);
  expect(await answers()).toBe(true);
  const first = await ctfw('apply', closed, ...legacy, ...forGood);
  if (!(await hasLegacyEbtables(machine))) {
    // such a kernel cannot hold a part of the rules, so it gets none of them
    expect(first.status).toBe(2);
    expect(first.stderr).toContain("doesn't support the ebtables 'nat' table");
    expect(first.stderr).toContain('nothing was changed');
    expect(await saved()).not.toContain('CTFW');
    expect(await answers()).toBe(true);
    expect((await ctfw('status')).status).toBe(0);
    return;
  }
  expect(first.stderr).toContain('generation 1 is in force');
  expect(await answers()).toBe(false);
  const before = await saved();
  const unconfirmed = await ctfw('apply', open, ...legacy, '--yes', '--allow-lockout', '--confirm-timeout', '3');
  expect(unconfirmed.status).toBe(5);
  expect(readFileSync(join(state, 'journal'), 'utf8')).toContain('"applied","generation":2');
  expect(await saved()).toBe(before);
  expect(await answers()).toBe(false);
  expect((await ctfw('apply', open, ...legacy, ...forGood)).status).toBe(0);
  expect(await answers()).toBe(true);
  expect((await ctfw('rollback', '1', '--allow-lockout', '--confirm-timeout', '0')).status).toBe(0);
  expect(await answers()).toBe(false);
  expect((await ctfw('status')).status).toBe(0);
  expect((await ctfw('rollback', '0', '--allow-lockout', '--confirm-timeout', '0')).status).toBe(0);
  expect(await saved()).not.toContain('CTFW');
  expect(await answers()).toBe(true);
});
