/** The locked state with real packets: what goes on, what is dropped, what gets in, what is said, and the ways out of it. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stateOf } from '../../src/apply/engine/context.ts';
import { realFiles } from '../../src/apply/state/real-files.ts';
import { openNamespace } from '../support/namespace.ts';
import { until } from '../support/until.ts';
import { canConnect, endStream, inside, startStream } from './support/machine.ts';
import { policyText } from './support/policies.ts';
import { stage } from './support/stage.ts';

const on = stage();

const published = policyText()
  .replace('transit on', 'transit on\n  protect host')
  .replace('publish 8080:80', 'publish 8080:80, 8080:80/udp')
  .replace('expose 5432/tcp', 'expose 5432/tcp, 5432/udp')
  .concat('allow lan -> edge 22/tcp\n');

/** web and db on one bridge, servers everywhere, and streams that have begun. */
async function machineWithStreams() {
  const machine = await on.openMachine();
  const database = await openNamespace();
  on.closeLater(database);
  const commands: readonly (readonly [typeof database, string])[] = [
    [machine.host, `ip link add port-db type veth peer name eth0 netns ${database.pid}`],
    [machine.host, 'ip link set port-db master br-front up'],
    [database, 'ip addr add 172.30.0.3/24 dev eth0'],
    [database, 'ip link set eth0 up'],
    [database, 'ip route add default via 172.30.0.1'],
    [machine.host, 'sysctl -q -w net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1'],
  ];
  for (const [namespace, command] of commands) await inside(namespace, command.split(' '));
  const serving = [
    [machine.web, '80'],
    [database, '5432'],
    [machine.host, '22'],
    [machine.host, '81'],
    [machine.neighbour, '7'],
  ] as const;
  for (const [namespace, port] of serving) {
    const server = await startStream(namespace, 'serve', port);
    on.closeLater({ close: () => server.kill('SIGKILL') });
  }
  const state = on.program.newFolder('state');
  return {
    machine,
    database,
    state,
    files: realFiles(state),
    ctfw: (...args: readonly string[]) => on.program.run(machine.host, [...args, '--state-dir', state]),
    damage: (generation: number) => rmSync(join(state, `generations/${generation}/meta.json`)),
    /** Every kind of new connection. */
    reach: async () => {
      const [logsIn, toHost, publication, outwards, fromHost, within] = await Promise.all([
        canConnect(machine.neighbour, '192.0.2.1', 22),
        canConnect(machine.neighbour, '192.0.2.1', 81),
        canConnect(machine.neighbour, '192.0.2.1', 8080),
        canConnect(machine.web, '192.0.2.9', 7),
        canConnect(machine.host, '192.0.2.9', 7),
        canConnect(machine.web, '172.30.0.3', 5432),
      ]);
      return { logsIn, toHost, publication, outwards, fromHost, within };
    },
  };
}

const open = { logsIn: true, toHost: false, publication: true, outwards: true, fromHost: true, within: true };
const locked = {
  logsIn: true,
  toHost: false,
  publication: false,
  outwards: false,
  fromHost: false,
  within: false,
};

test.each(['nft', 'iptables'] as const)(
  '%s: what would come back is lost: established connections and logins go on, nothing else starts',
  async (target) => {
    const { machine, state, files, ctfw, damage, reach } = await machineWithStreams();
    const first = on.program.writeFile('first.ctfw', published);
    const second = on.program.writeFile('second.ctfw', `${published}deny lan -> db\n`);
    const options = ['-t', target, '--yes', '--operator', '192.0.2.9'] as const;
    expect(await ctfw('apply', first, ...options, '--confirm-timeout', '0')).toMatchObject({ status: 0 });
    expect(await reach()).toEqual(open);
    const streams = [
      await startStream(machine.neighbour, 'stream', '192.0.2.1', '8080', '0.01'),
      await startStream(machine.web, 'stream', '172.30.0.3', '5432', '0.01'),
    ];
    damage(1);
    const waiting = ctfw('apply', second, ...options, '--confirm-timeout', '4');
    await until(() => stateOf({ files }).state.kind === 'waiting');
    // whoever is there can still choose, so what waits stays
    const kept = await ctfw('rollback', '--allow-lockout');
    expect(kept.stderr).toContain('generation 2 stays for now');
    expect(kept.status).toBe(1);
    expect(stateOf({ files }).state.kind).toBe('waiting');
    const ended = await waiting;
    expect(ended.stderr).toContain('so there is nothing to go back to');
    expect(ended.stderr).toContain('generation 1 is gone from the state directory, or damaged');
    expect(ended.stderr).toContain('but for logins to port 22');
    expect(ended.status).toBe(2);
    expect(await reach()).toEqual(locked);
    for (const stream of streams) {
      const { sent, received } = await endStream(stream);
      expect(sent).toBeGreaterThan(100);
      expect(received).toBe(sent);
    }
    const status = await ctfw('status');
    expect(status.stdout).toContain('the locked state is in force instead of a generation');
    expect(status.stdout).toContain('The way out: ctfw apply');
    expect(status.status).toBe(1);
    expect(JSON.parse((await ctfw('status', '--format', 'json')).stdout)).toMatchObject({
      state: 'locked',
      inSync: false,
    });
    // the ways out: what is not confirmed comes back to it, what is confirmed stays
    expect(await ctfw('rollback', '--allow-lockout')).toMatchObject({ status: 1 });
    expect((await ctfw('rollback', '1', '--allow-lockout')).stderr).toContain('no generation 1 that is whole');
    const again = await ctfw('apply', first, ...options, '--confirm-timeout', '1');
    expect(again.stderr).toContain('the locked state is in force again');
    expect(again.status).toBe(5);
    expect(await reach()).toEqual(locked);
    expect(await ctfw('rollback', '2', '--operator', '192.0.2.9', '--confirm-timeout', '0')).toMatchObject({
      status: 0,
    });
    expect(await reach()).toEqual(open);
    expect(await ctfw('status')).toMatchObject({ status: 0 });
    expect(readFileSync(join(state, 'journal'), 'utf8')).toContain('"locked"');
  },
);

test.each(['nft', 'iptables'] as const)(
  '%s: and `ctfw rollback 0` leaves no rules, neither ours nor locked ones',
  async (target) => {
    const { machine, ctfw, damage, reach } = await machineWithStreams();
    const options = ['-t', target, '--yes', '--allow-lockout', '--confirm-timeout', '0'] as const;
    const [first, other] = [published, `${published}deny lan -> db\n`];
    for (const text of [first, other]) await ctfw('apply', on.program.writeFile('one.ctfw', text), ...options);
    damage(2);
    const locked = await ctfw('restore');
    expect(locked.stderr).toContain('new connections are locked out');
    expect(locked.status).toBe(2);
    expect((await reach()).publication).toBe(false);
    expect((await reach()).logsIn).toBe(true);
    expect(await ctfw('rollback', '0', '--allow-lockout', '--confirm-timeout', '0')).toMatchObject({ status: 0 });
    expect((await reach()).toHost).toBe(true);
    expect(await ctfw('status')).toMatchObject({ status: 0 });
    const rules = await inside(machine.host, ['nft', 'list', 'ruleset']);
    expect(rules.toLowerCase()).not.toContain('ctfw');
    // and the other target can be used now
    const next = await ctfw(
      'apply',
      on.program.writeFile('next.ctfw', first),
      '-t',
      target === 'nft' ? 'iptables' : 'nft',
      ...options.slice(2),
    );
    expect(next.status, next.stderr).toBe(0);
  },
);

test.each([
  [
    'the generation that is to come back is damaged',
    (state: string) => rmSync(join(state, 'generations/1'), { recursive: true }),
  ],
  ['the state directory is removed', (state: string) => rmSync(state, { recursive: true, force: true })],
  ['the guard is killed', (state: string) => process.kill(guardOf(state), 'SIGKILL')],
])('while an apply waits, %s: the rules of before come back all the same', async (_, happens) => {
  const machine = await on.openMachine();
  const state = on.program.newFolder('state');
  const ctfw = (...args: readonly string[]) => on.program.run(machine.host, [...args, '--state-dir', state]);
  const options = ['--yes', '--allow-lockout', '--no-prove'] as const;
  const [first, second] = [policyText(), policyText('deny lan -> db')];
  await ctfw('apply', on.program.writeFile('before.ctfw', first), ...options, '--confirm-timeout', '0');
  const before = await inside(machine.host, ['nft', 'list', 'ruleset']);
  const waiting = ctfw('apply', on.program.writeFile('after.ctfw', second), ...options, '--confirm-timeout', '3');
  await until(() => stateOf({ files: realFiles(state) }).state.kind === 'waiting');
  happens(state);
  const { status, stderr } = await waiting;
  expect(stderr).toContain('the rules of generation 1 are in force again');
  expect(status).toBe(5);
  expect(await inside(machine.host, ['nft', 'list', 'ruleset'])).toBe(before);
});

function guardOf(state: string): number {
  return Number(readFileSync(join(state, 'journal'), 'utf8').match(/"kind":"guard","pid":(\d+)/)?.[1]);
}
