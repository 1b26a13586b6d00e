/** D1 and D2: inside each container of a lab its own hosts file, resolv.conf and hostname; names resolve with the machine's resolver. */
import { hostname as nameOfMachine } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lab } from '../../src/lab/lab.ts';
import { labOfText } from './support/policies.ts';

const policy = `
host box {
  interface eth0 { address 192.168.1.4/24 }
  dns 127.0.0.53, 192.168.1.1
  dns-search lan.example
}
network front { bridge docker0; subnet 172.17.0.0/16; icc off }
network back  { subnet 172.18.0.0/16; dns 10.0.0.53; dns-option ndots:2 }
container web { attach front 172.17.0.2; attach back 172.18.0.2; hostname www.shop.example }
container db  { attach front 172.17.0.3; attach back 172.18.0.3 { alias postgres }; expose 5432/tcp }
container app { attach front 172.17.0.4 }
container side { network container:web }
container lone { network none }
container agent { network host }
link app -> db as database
`;
let lab: Lab;

beforeAll(async () => {
  lab = await labOfText(policy, { names: true });
});
afterAll(() => lab.close());

async function say(container: string, ...command: string[]): Promise<string> {
  const { stdout, stderr, status } = await lab.exec(lab.topology.containers[container] ?? container, command);
  return status === 0 ? stdout.trim().replaceAll(/ +/g, ' ') : `${status} ${stderr}`.trim();
}

test.each([
  ['app', 'database', '172.17.0.3 database db'],
  ['app', 'db', '172.17.0.3 database db'],
  ['web', 'postgres', '172.18.0.3 db postgres'],
  ['side', 'postgres', '172.18.0.3 db postgres'],
  ['db', 'www', '172.18.0.2 www.shop.example www web'],
  ['db', 'web', '172.18.0.2 www.shop.example www web'],
  ['lone', 'localhost', '::1 localhost ip6-localhost ip6-loopback'],
])('in %s, %s is %s', async (container, name, line) => {
  expect(await say(container, 'getent', 'hosts', name)).toBe(line);
});

test('a link is directed, and the default bridge names nobody', async () => {
  expect(await say('db', 'getent', 'ahostsv4', 'app')).not.toContain('172.17.0.4');
  expect(await say('app', 'cat', '/etc/hosts')).not.toContain('web');
});

test('a name leads to packets', async () => {
  expect(await say('web', 'ping', '-c', '1', '-W', '2', 'postgres')).toContain('1 received');
});

test.each([
  ['web', 'www.shop.example'],
  ['side', 'www.shop.example'],
  ['db', 'db'],
])('%s is called %s', async (container, name) => {
  expect(await say(container, 'hostname')).toBe(name);
});

test('resolv.conf: the host’s servers without loopback ones, else those of the network', async () => {
  expect(await say('app', 'cat', '/etc/resolv.conf')).toBe('nameserver 192.168.1.1\nsearch lan.example');
  expect(await say('lone', 'cat', '/etc/resolv.conf')).toBe('nameserver 192.168.1.1\nsearch lan.example');
});

test('the host, and containers on it, have what the machine has', async () => {
  expect(await say('agent', 'hostname')).toBe(nameOfMachine());
  expect(await say('host', 'cat', '/etc/hosts')).not.toContain('postgres');
});
