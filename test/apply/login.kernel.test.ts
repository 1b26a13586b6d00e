/** Who is logged in, with real connections that a process above holds: lockouts, and confirmations from old and new ones. */
import { expect, test } from 'vitest';
import { policyText } from './support/policies.ts';
import { logIn, startSessions } from './support/program.ts';
import { stage } from './support/stage.ts';

const on = stage();

const protectedHost = policyText().replace('transit on', 'transit on\n  protect host');
const open = `${protectedHost}\nallow lan -> edge 22/tcp\n`;

async function machineWithLogins() {
  const machine = await on.openMachine();
  const server = await startSessions(machine.host, 22);
  const state = on.program.newFolder('state');
  const ctfw = (words: string): string => `node ${on.program.path} ${words} --state-dir ${state} 2>&1 </dev/null`;
  return {
    state,
    ctfw,
    /** By way of a jump: from the host itself to its own address, or from a container on it. */
    logInFrom: (place: 'host' | 'web', script: string) =>
      logIn(machine[place], place === 'host' ? '192.0.2.1' : '172.30.0.1', 22, script),
    logIn: (script: string) => logIn(machine.neighbour, '192.0.2.1', 22, script),
    close: () => server.kill('SIGKILL'),
  };
}

test('a login is found through the processes above, and an apply that would cut it off is refused', async () => {
  const { ctfw, logIn: session, logInFrom, close } = await machineWithLogins();
  const [closed, good] = [on.program.writeFile('closed.ctfw', protectedHost), on.program.writeFile('open.ctfw', open)];
  const refused = await session(`${ctfw(`apply ${closed} --yes`)}; echo status $?`);
  expect(refused).toContain('CTFW7113');
  expect(refused).toContain('192.0.2.9');
  expect(refused).toContain('status 1');
  // the variable of a login that has ended does not hide the one that is there
  const stale = `SSH_CONNECTION='192.0.2.77 40000 192.0.2.1 22' ${ctfw(`apply ${closed} --yes`)}`;
  expect(await session(stale)).toContain('192.0.2.9');
  for (const place of ['host', 'web'] as const) {
    const jumped = await logInFrom(place, `${ctfw(`apply ${closed} --yes`)}; echo status $?`);
    expect(jumped).toContain('CTFW7112');
    expect(jumped).toContain('status 1');
  }
  const applied = await session(`${ctfw(`apply ${good} --yes --confirm-timeout 0`)}; echo status $?`);
  expect(applied).toContain('generation 1 is in force');
  expect(applied).toContain('status 0');
  close();
});

test('a confirmation in the old terminal is taken with a warning, one from a new connection without', async () => {
  const { ctfw, logIn: session, state, close } = await machineWithLogins();
  const [first, second] = [
    on.program.writeFile('first.ctfw', open),
    on.program.writeFile('second.ctfw', `${open}\nallow lan -> edge 80/tcp\n`),
  ];
  const applyBehind = (file: string, generation: number): string =>
    `(${ctfw(`apply ${file} --yes --confirm-timeout 60`)} >${state}/said.${generation} 2>&1) >/dev/null 2>&1 &
     for try in $(seq 400); do grep -q '"applied","generation":${generation}' ${state}/journal 2>/dev/null && break; sleep 0.1; done`;
  const old = await session(`${applyBehind(first, 1)}\n${ctfw('confirm')}`);
  expect(old).toContain('generation 1 is confirmed');
  expect(old).toContain('this connection was open before the apply');
  await session(applyBehind(second, 2));
  const fresh = await session(ctfw('confirm'));
  expect(fresh).toContain('generation 2 is confirmed');
  expect(fresh).not.toContain('warning');
  expect(await session(ctfw('confirm'))).toContain('nothing waits for a confirmation');
  close();
});
