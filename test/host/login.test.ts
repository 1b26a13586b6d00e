/** Finding the connection of a login, in a /proc of the test's own. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { findLogin, type Login, loginsTo } from '../../src/host/login.ts';
import { formatAddress } from '../../src/net/address.ts';

const temporary = mkdtempSync(join(tmpdir(), 'ctfw-login-test-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

interface FakeProcess {
  readonly parent: number;
  readonly name?: string;
  readonly sockets?: readonly number[];
  /** Hundredths of a second after the start of the machine. */
  readonly start?: number;
}

interface FakeSocket {
  readonly inode: number;
  readonly local: string;
  readonly remote?: string;
  readonly state?: string;
}

/** The machine has been up for 1000 seconds. */
function fakeProc(
  processes: Readonly<Record<number, FakeProcess>>,
  sockets: { readonly tcp?: readonly FakeSocket[]; readonly tcp6?: readonly FakeSocket[] },
): string {
  const proc = mkdtempSync(join(temporary, 'proc-'));
  mkdirSync(join(proc, 'net'));
  writeFileSync(join(proc, 'uptime'), '1000.00 1.00\n');
  for (const [pid, { parent, name = 'sh', sockets: held = [], start = 10 }] of Object.entries(processes)) {
    mkdirSync(join(proc, pid, 'fd'), { recursive: true });
    const fields = ['S', parent, ...Array.from({ length: 17 }, () => 0), start, 0];
    writeFileSync(join(proc, pid, 'stat'), `${pid} (${name}) ${fields.join(' ')}\n`);
    symlinkSync('/dev/null', join(proc, pid, 'fd', '0'));
    for (const inode of held) symlinkSync(`socket:[${inode}]`, join(proc, pid, 'fd', `${inode}`));
  }
  for (const [name, listed = []] of Object.entries({ tcp: sockets.tcp, tcp6: sockets.tcp6 })) {
    const nobody = name === 'tcp' ? '00000000:0000' : `${'0'.repeat(32)}:0000`;
    const lines = listed.map(
      ({ inode, local, remote = nobody, state = '01' }, index) =>
        `   ${index}: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0`,
    );
    writeFileSync(join(proc, 'net', name), `  sl  local_address rem_address   st\n${lines.join('\n')}\n`);
  }
  return proc;
}

/** 192.0.2.1:22, 192.0.2.9:50000 and 198.51.100.7:50001 as the kernel writes them on a little-endian machine. */
const here = '010200C0:0016';
const peer = '090200C0:C350';
const otherPeer = '076433C6:C351';
const listening: FakeSocket = { inode: 1, local: '00000000:0016', state: '0A' };
const session: FakeSocket = { inode: 70, local: here, remote: peer };
const variable = '192.0.2.9 50000 192.0.2.1 22';

/** ctfw is 40, sudo 30, the shell 20, the server's part of the session 10. */
const chain = { 40: { parent: 30 }, 30: { parent: 20, name: 'sudo' }, 20: { parent: 10 } };
const throughServer = { ...chain, 10: { parent: 1, name: 'sshd', sockets: [70], start: 90_000 } };

function shown(login: Login | undefined): string | undefined {
  if (login === undefined) return undefined;
  return `${formatAddress(login.remote)} ${login.remotePort} ${formatAddress(login.local)} ${login.localPort}`;
}

function find(proc: string, said?: string): Login | undefined {
  return findLogin({ environment: said === undefined ? {} : { SSH_CONNECTION: said }, self: 40, proc });
}

describe('without the variable, as under sudo', () => {
  test('the socket of a process above', () => {
    const login = find(fakeProc(throughServer, { tcp: [listening, session] }));
    expect(shown(login)).toBe(variable);
    expect(login?.since).toBe(900_000);
  });

  test('a name with brackets and spaces does not hide who is above', () => {
    const processes = { ...throughServer, 20: { parent: 10, name: 'a) S 1 (b' } };
    expect(shown(find(fakeProc(processes, { tcp: [listening, session] })))).toBe(variable);
  });

  test('IPv4 to a server that listens for both', () => {
    const mapped = (end: string): string => `0000000000000000FFFF0000${end}`;
    const tcp6 = [
      { inode: 1, local: `${'0'.repeat(32)}:0016`, state: '0A' },
      { inode: 70, local: mapped(here), remote: mapped(peer) },
    ];
    expect(shown(find(fakeProc(throughServer, { tcp6 })))).toBe(variable);
  });

  test('IPv6', () => {
    const tcp6 = [
      { inode: 1, local: `${'0'.repeat(32)}:0016`, state: '0A' },
      {
        inode: 70,
        local: 'B80D0120000000000000000001000000:0016',
        remote: 'B80D0120010000000000000009000000:C350',
      },
    ];
    expect(shown(find(fakeProc(throughServer, { tcp6 })))).toBe('2001:db8:0:1::9 50000 2001:db8::1 22');
  });

  test('the first process that holds it says since when: the server, not the session after the password', () => {
    const processes = {
      ...chain,
      10: { parent: 9, sockets: [70], start: 95_000 },
      9: { parent: 1, sockets: [70], start: 90_000 },
    };
    const login = find(fakeProc(processes, { tcp: [listening, session] }));
    expect(login?.since).toBe(900_000);
  });

  test('connections that went out are none, nor are closed ones, nor those of this machine to itself', () => {
    const proc = (socket: FakeSocket): string => fakeProc(throughServer, { tcp: [listening, socket] });
    expect(find(proc({ inode: 70, local: '010200C0:9C40', remote: '090200C0:0016' }))).toBeUndefined();
    expect(find(proc({ ...session, state: '08' }))).toBeUndefined();
    expect(find(proc({ inode: 70, local: '0100007F:0016', remote: '0100007F:C350' }))).toBeUndefined();
  });

  test('nor is one from an address of this machine to the same, as a jump through it makes', () => {
    const own: FakeSocket = { inode: 70, local: here, remote: '010200C0:C350' };
    const proc = fakeProc(throughServer, { tcp: [listening, own] });
    expect(find(proc)).toBeUndefined();
    expect(find(proc, '192.0.2.1 50000 192.0.2.1 22')).toBeUndefined();
  });

  test('a connection of a process beside is not ours', () => {
    const processes = { ...chain, 10: { parent: 1 }, 11: { parent: 1, sockets: [70] } };
    expect(find(fakeProc(processes, { tcp: [listening, session] }))).toBeUndefined();
  });

  test('the nearest of several processes counts', () => {
    const processes = { ...chain, 20: { parent: 10, sockets: [71] }, 10: { parent: 1, sockets: [70] } };
    const tcp = [listening, session, { inode: 71, local: here, remote: otherPeer }];
    expect(shown(find(fakeProc(processes, { tcp })))).toBe('198.51.100.7 50001 192.0.2.1 22');
  });

  test('several connections of one process tell nothing; the variable then says which', () => {
    const processes = { ...chain, 10: { parent: 1, sockets: [70, 71] } };
    const proc = fakeProc(processes, { tcp: [listening, session, { inode: 71, local: here, remote: otherPeer }] });
    expect(find(proc)).toBeUndefined();
    expect(shown(find(proc, '198.51.100.7 50001 192.0.2.1 22'))).toBe('198.51.100.7 50001 192.0.2.1 22');
  });

  test('nothing can be read, or the processes go in a circle', () => {
    expect(find(join(temporary, 'absent'))).toBeUndefined();
    expect(find(fakeProc({ 40: { parent: 30 }, 30: { parent: 40 } }, { tcp: [listening, session] }))).toBeUndefined();
  });
});

describe('with the variable', () => {
  test('it counts where its connection is there, also where no process above holds it', () => {
    const processes = { ...chain, 10: { parent: 1 }, 11: { parent: 1, sockets: [70], start: 90_000 } };
    const login = find(fakeProc(processes, { tcp: [listening, session] }), variable);
    expect(shown(login)).toBe(variable);
    expect(login?.since).toBe(900_000);
  });

  test('in a terminal multiplexer, which no process above shows, it counts while nobody else is logged in', () => {
    const processes = { ...chain, 20: { parent: 1 }, 11: { parent: 1, sockets: [70], start: 90_000 } };
    const other: FakeSocket = { inode: 71, local: here, remote: otherPeer };
    const found = (more: readonly FakeSocket[]) =>
      shown(find(fakeProc(processes, { tcp: [listening, session, ...more] }), variable));
    expect(found([])).toBe(variable);
    expect(found([{ ...session, inode: 72, remote: '090200C0:C352' }])).toBe(variable); // from the same address
    expect(found([{ ...other, local: '010200C0:01BB' }])).toBe(variable); // not a login
    expect(found([other])).toBeUndefined(); // who has started the multiplexer need not be who sits before it
    const proc = fakeProc(throughServer, { tcp: [listening, session, other] });
    expect(shown(find(proc, variable))).toBe(variable); // a process above holds it
  });

  test('what a terminal multiplexer kept of a login that has ended does not count', () => {
    expect(find(fakeProc({ ...chain, 10: { parent: 1 } }, { tcp: [listening] }), variable)).toBeUndefined();
    const proc = fakeProc(throughServer, { tcp: [listening, session] });
    expect(shown(find(proc, '203.0.113.5 40000 192.0.2.1 22'))).toBe(variable);
  });

  test('a zone and IPv4 in IPv6 are the same connection', () => {
    const proc = fakeProc(throughServer, { tcp: [listening, session] });
    expect(shown(find(proc, '::ffff:192.0.2.9 50000 ::ffff:192.0.2.1 22'))).toBe(variable);
  });

  test('over a tunnel on this machine, nobody knows from where', () => {
    const local: FakeSocket = { inode: 70, local: '0100007F:0016', remote: '0100007F:C350' };
    expect(find(fakeProc(throughServer, { tcp: [listening, local] }), '127.0.0.1 50000 127.0.0.1 22')).toBeUndefined();
  });

  test.each([
    '',
    ' ',
    'garbage',
    '192.0.2.9 50000 192.0.2.1',
    '192.0.2.9 50000 192.0.2.1 22 more',
    '192.0.2.9 0 192.0.2.1 22',
    '192.0.2.9 50000 192.0.2.1 99999',
    '999.0.2.9 50000 192.0.2.1 22',
    '192.0.2.9;id 50000 192.0.2.1 22',
    '192.0.2.9 5e4 192.0.2.1 22',
  ])('garbage is as if it were not there: "%s"', (said) => {
    expect(shown(find(fakeProc(throughServer, { tcp: [listening, session] }), said))).toBe(variable);
    expect(find(fakeProc({ ...chain, 10: { parent: 1 } }, { tcp: [listening, session] }), said)).toBeUndefined();
  });
});

test('who is logged in to a port: each pair of addresses once, nobody over the loopback address, nobody elsewhere', () => {
  const more: readonly FakeSocket[] = [
    { inode: 71, local: here, remote: otherPeer },
    { inode: 72, local: here, remote: '076433C6:C352' },
    { inode: 73, local: '0100007F:0016', remote: '0100007F:C350' },
    { inode: 74, local: '010200C0:01BB', remote: otherPeer },
  ];
  const proc = fakeProc({}, { tcp: [listening, session, ...more] });
  const remotes = loginsTo(22, proc).map(({ remote }) => formatAddress(remote));
  expect(remotes).toEqual(['192.0.2.9', '198.51.100.7']);
  expect(loginsTo(443, proc)).toEqual([]); // nobody listens there: the connection went out
});
