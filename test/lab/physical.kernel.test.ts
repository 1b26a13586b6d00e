/** C2: a bridge takes over the NIC that the host is reached by, and nobody who speaks with the host notices. */
import { afterEach, expect, test } from 'vitest';
import type { Lab } from '../../src/lab/lab.ts';
import { labOfText } from './support/policies.ts';
import { outcome, probe } from './support/words.ts';

const policy = `
host box {
  interface eno1 { address 192.168.1.4/24, 192.168.1.44/24, 2001:db8:1::4/64 }
  route default via 192.168.1.1
  route default via 2001:db8:1::1
}
network lan { physical br0 on eno1; subnet 192.168.1.0/24, 2001:db8:1::/64; gateway 192.168.1.1, 2001:db8:1::1 }
container web { attach lan 192.168.1.100; expose 80/tcp }
container cam { attach lan 192.168.1.101 }
`;

let lab: Lab;
afterEach(() => lab.close());

const say = async (place: string, ...command: string[]): Promise<string> => {
  const { stdout, stderr } = await lab.exec(place, command);
  return (stdout + stderr).trim();
};

/** Sends an echo request every 5 ms, and tells how many of the 300 were not answered. */
async function lost(from: string, to: string): Promise<number> {
  const said = await say(from, 'ping', '-i', '0.005', '-c', '300', '-W', '1', to);
  return 300 - Number(/300 packets transmitted, (\d+) received/.exec(said)?.[1]);
}

/**
 * Each step is drawn out to forty packets, so a step that cuts somebody off loses about as many. The kernel itself drops what
 * arrives while it makes a NIC the port of a bridge (its frames go to the bridge before the port forwards): microseconds, unless
 * the processor goes to somebody else just then.
 */
const pauseMs = 200;
const lostByTheKernel = 8;

test.each([
  ['a machine of the LAN to the host', 'outside/eno1', '192.168.1.4'],
  ['the same, to a further address', 'outside/eno1', '192.168.1.44'],
  ['the same, IPv6', 'outside/eno1', '2001:db8:1::4'],
  ['the host to a machine of the LAN', 'host', '192.168.1.1'],
  ['the host through its default route', 'host', '198.51.100.7'],
  ['the same, IPv6', 'host', '2001:db8:9::7'],
])('no step of the move cuts anybody off, however long it takes: %s', async (_, from, to) => {
  lab = await labOfText(policy, {}, { keepNics: true });
  expect(await say('host', 'ip', '-o', 'address', 'show', 'dev', 'eno1')).toContain('192.168.1.4/24');
  const losing = lost(from, to);
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
  await lab.moveNics(pauseMs);
  expect(await losing).toBeLessThanOrEqual(lostByTheKernel);
});

test('after the move the bridge has it all', async () => {
  lab = await labOfText(policy);
  expect(await say('host', 'ip', '-o', 'link', 'show', 'master', 'br0')).toContain('eno1');
  expect(await say('host', 'ip', '-o', '-4', 'address', 'show', 'dev', 'eno1')).toBe('');
  const held = await say('host', 'ip', '-o', 'address', 'show', 'dev', 'br0');
  for (const address of ['192.168.1.4/24', '192.168.1.44/24', '2001:db8:1::4/64']) expect(held).toContain(address);
  expect(await say('host', 'ip', 'route')).not.toContain('eno1');
  expect(await say('host', 'ip', '-6', 'route', 'show', 'default')).toContain('via 2001:db8:1::1 dev br0');
  const mac = /link\/ether (\S+)/;
  const [ofNic, ofBridge] = await Promise.all(
    ['eno1', 'br0'].map((name) => say('host', 'ip', '-o', 'link', 'show', name)),
  );
  expect(mac.exec(ofBridge ?? '')?.[1]).toBe(mac.exec(ofNic ?? '')?.[1]);
});

test.each([true, false])('nobody borrows an address across the NIC, br_netfilter %s', async (brNetfilter) => {
  lab = await labOfText(policy, { brNetfilter });
  const fate = async (sentence: string) => (await lab.probe(probe(sentence))).verdict;
  expect(await fate('cam 192.168.1.77 -> 192.168.1.100 tcp/80')).toBe('dropped');
  expect(await fate('cam -> 192.168.1.100 tcp/80')).toBe('delivered');
  expect(await fate('br0: 192.168.1.101 -> 192.168.1.100 tcp/80')).toBe('dropped');
  expect(await fate('br0: 192.168.1.102 -> 192.168.1.100 tcp/80')).toBe('delivered');
});

test('machines of the LAN reach the container, and it them, through the LAN’s gateway', async () => {
  lab = await labOfText(policy);
  expect(outcome(await lab.probe(probe('br0: 192.168.1.77 -> 192.168.1.100 tcp/80')))).toBe(
    'delivered container/web eth0 192.168.1.77 > 192.168.1.100:80, answered',
  );
  expect(outcome(await lab.probe(probe('web -> 192.168.1.77 udp/53')))).toBe(
    'delivered outside/eno1 eth0 192.168.1.100 > 192.168.1.77:53, answered',
  );
  expect(outcome(await lab.probe(probe('web -> 198.51.100.7 udp/53')))).toBe(
    'delivered outside/eno1 eth0 192.168.1.100 > 198.51.100.7:53, answered',
  );
  expect(await say('container/web', 'ip', 'route', 'show', 'default')).toContain('via 192.168.1.1 dev eth0');
});
