/** How containers are wired, seen from inside with the tools of an administrator: addresses, routes, MTU, and who shares what. */
import { afterEach, expect, test } from 'vitest';
import type { Lab } from '../../src/lab/lab.ts';
import { labOfText } from './support/policies.ts';
import { outcome, probe } from './support/words.ts';

let lab: Lab;
afterEach(() => lab.close());

async function ip(container: string, ...command: string[]): Promise<readonly string[]> {
  const place = lab.topology.containers[container] ?? container;
  const { stdout, stderr, status } = await lab.exec(place, ['ip', '-o', ...command]);
  if (status !== 0) throw new Error(stderr);
  return stdout.split('\n').map((line) => line.replaceAll(/ +/g, ' ').trim());
}

test('M3: who shares a namespace has the same address, and reaches the other over lo', async () => {
  lab = await labOfText(`
    network front { subnet 172.17.0.0/16 }
    container web { attach front 172.17.0.2; expose 80/tcp }
    container metrics { network container:web; expose 9100/tcp }
  `);
  expect(lab.topology.containers).toEqual({ web: 'container/web', metrics: 'container/web' });
  const connect = 'import socket;s=socket.create_connection(("127.0.0.1",9100),2);print(s.getpeername()[1])';
  const { stdout } = await lab.exec('container/web', ['python3', '-c', connect]);
  expect(stdout.trim()).toBe('9100');
});

test('M4: a container of mode none has lo alone; a plumbed one what was written', async () => {
  lab = await labOfText(`
    network lan0 { bridge bridge0; subnet 192.168.10.0/24 }
    container lone { network none }
    container wired { network none; plumb eth0 192.168.10.100/24 via 192.168.10.1 on lan0 }
  `);
  expect(await ip('lone', 'link')).toHaveLength(2);
  expect((await ip('wired', '-4', 'address', 'show', 'eth0'))[0]).toContain('192.168.10.100/24');
  expect((await ip('wired', 'route'))[0]).toMatch(/^default via 192.168.10.1 dev eth0 /);
  expect(await ip('host', 'link', 'show', 'master', 'bridge0')).toHaveLength(2);
});

test('M5: the default route goes through the first network that is not internal, unless another gateway is written', async () => {
  lab = await labOfText(`
    network inner { subnet 172.18.0.0/16; internal }
    network front { subnet 172.17.0.0/16; mtu 1400 }
    network side  { subnet 172.19.0.0/16 }
    container plain  { attach inner; attach front; attach side; route 10.9.0.0/16 via 172.19.0.1 }
    container chosen { attach inner; attach front; attach side { gateway 172.19.0.1 } }
  `);
  expect((await ip('plain', 'route'))[0]).toMatch(/^default via 172.17.0.1 dev eth1 /);
  expect((await ip('plain', 'route', 'get', '10.9.1.1'))[0]).toContain('via 172.19.0.1 dev eth2');
  expect((await ip('chosen', 'route'))[0]).toMatch(/^default via 172.19.0.1 dev eth2 /);
});

test('H5: the MTU of a network is that of its bridge and of both ends of each wire', async () => {
  lab = await labOfText(`
    network front { bridge docker0; subnet 172.17.0.0/16; mtu 1400 }
    container web { attach front { port vethweb } }
  `);
  for (const name of ['docker0', 'vethweb']) expect((await ip('host', 'link', 'show', name))[0]).toContain('mtu 1400');
  expect((await ip('web', 'link', 'show', 'eth0'))[0]).toContain('mtu 1400');
});

test('C1: one address at each end, and a route to the other', async () => {
  lab = await labOfText(`
    host box { interface eth0 { address 192.168.1.4/24 } }
    container a { network none }
    container b { network none }
    connect a 10.1.1.1 <-> b 10.1.1.2
    connect box 10.1.2.1 <-> a 10.1.2.2
  `);
  expect(await ip('a', '-4', 'address')).toEqual([
    expect.stringContaining('127.0.0.1/8'),
    expect.stringContaining('10.1.1.1/32'),
    expect.stringContaining('10.1.2.2/32'),
    '',
  ]);
  expect((await ip('b', 'route'))[0]).toMatch(/^10.1.1.1 dev wire-a .*scope link/);
  expect(await ip('host', 'route')).toContainEqual(expect.stringMatching(/^10.1.2.2 dev wire-a2 .*scope link/));
  expect(await ip('host', 'route')).not.toContainEqual(expect.stringContaining('10.1.1.'));
});

test('C2: macvlan devices on the NIC: the LAN reaches them, the host does not', async () => {
  lab = await labOfText(`
    host box { interface eno1 { address 192.168.1.4/24 } }
    network lan { macvlan on eno1; subnet 192.168.1.0/24; gateway 192.168.1.1 }
    container web { attach lan 192.168.1.100 { mac 02:00:00:00:01:64 }; expose 80/tcp }
    container cam { attach lan 192.168.1.101 }
  `);
  const [link] = await ip('web', '-d', 'link', 'show', 'eth0');
  expect(link).toContain('macvlan mode bridge');
  expect(link).toContain('02:00:00:00:01:64');
  expect(outcome(await lab.probe(probe('eno1: -> 192.168.1.100 tcp/80')))).toMatch(/^delivered container\/web/);
  expect(outcome(await lab.probe(probe('cam -> 192.168.1.100 tcp/80')))).toMatch(/^delivered container\/web/);
  expect(outcome(await lab.probe(probe('host -> 192.168.1.100 tcp/80')))).not.toMatch(/^delivered/);
});
