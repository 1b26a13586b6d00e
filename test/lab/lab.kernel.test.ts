/** The lab against the kernel: hand-written rules whose effect is known, and what the lab says of real packets. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labTopology } from '../../src/lab/build-topology.ts';
import { buildLab, type Lab } from '../../src/lab/lab.ts';
import { parseMac } from '../../src/net/mac.ts';
import { edgeModel } from './support/models.ts';
import { outcome, probe } from './support/words.ts';

const rules = `
table inet example {
  chain published {
    ip daddr 127.0.0.0/8 return
    meta nfproto ipv4 tcp dport 8080 dnat ip to 172.17.0.2:80
    meta nfproto ipv6 tcp dport 8080 dnat ip6 to [fd00:17::2]:80
    meta nfproto ipv4 udp dport 5353 dnat ip to 172.17.0.2:53
  }
  chain prerouting { type nat hook prerouting priority dstnat; fib daddr type local jump published; }
  chain output { type nat hook output priority -100; fib daddr type local jump published; }
  chain postrouting {
    type nat hook postrouting priority srcnat;
    ip saddr 172.17.0.0/16 oifname != "br-*" masquerade
    ip6 saddr fd00:17::/64 oifname != "br-*" masquerade
    ip saddr 172.17.0.0/16 oifname "br-front" ct status dnat masquerade
    ip6 saddr fd00:17::/64 oifname "br-front" ct status dnat masquerade
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ct status dnat accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    iifname "br-front" oifname "wan0" accept
    iifname "br-front" oifname "lan0" meta l4proto tcp reject with tcp reset
    iifname "br-front" oifname "lan0" meta l4proto udp reject with icmpx admin-prohibited
  }
  chain input {
    type filter hook input priority filter; policy accept;
    tcp dport 22 drop
    tcp dport 23 reject with tcp reset
    udp dport 23 reject
  }
  chain local { type filter hook output priority filter; policy accept; udp dport 99 drop; }
}
`;

let lab: Lab;

async function ask(sentence: string, more: Parameters<typeof probe>[1] = {}): Promise<string> {
  return outcome(await lab.probe(probe(sentence, more)));
}

async function start(settings: Parameters<typeof labTopology>[2]): Promise<void> {
  const { model, host } = edgeModel();
  lab = await buildLab(labTopology(model, host, settings));
}

describe('without br_netfilter', () => {
  beforeAll(async () => {
    await start({ brNetfilter: false });
    expect(await lab.load({ kind: 'nft', text: rules })).toEqual({ loaded: true });
  });
  afterAll(() => lab.close());

  test.each([
    ['app -> 172.17.0.2 tcp/80', 'delivered container/web eth0 172.17.0.3 > 172.17.0.2:80, answered'],
    ['app -> fd00:17::2 tcp/80', 'delivered container/web eth0 fd00:17::3 > [fd00:17::2]:80, answered'],
    ['app -> 172.17.0.2 tcp/81', 'delivered container/web eth0 172.17.0.3 > 172.17.0.2:81, refused'],
    ['app -> 172.17.0.2 udp/81', 'delivered container/web eth0 172.17.0.3 > 172.17.0.2:81, answered'],
    ['app -> fd00:17::2 udp/81', 'delivered container/web eth0 fd00:17::3 > [fd00:17::2]:81, answered'],
    ['app -> 172.17.0.2 icmp', 'delivered container/web eth0 172.17.0.3 > 172.17.0.2, answered'],
    ['app -> fd00:17::2 icmpv6', 'delivered container/web eth0 fd00:17::3 > fd00:17::2, answered'],
    ['app -> 172.17.0.2 sctp/9', 'delivered container/web eth0 172.17.0.3 > 172.17.0.2:9, answered'],
    ['app -> fd00:17::2 gre', 'delivered container/web eth0 fd00:17::3 > fd00:17::2, answered'],
  ])('a bridge carries what no rule of ours sees: %s', async (sentence, expected) => {
    expect(await ask(sentence)).toBe(expected);
  });

  test.each([
    ['app -> 198.51.100.9 tcp/443', 'delivered outside/wan0 eth0 203.0.113.10 > 198.51.100.9:443, refused'],
    ['app -> 2001:4860::9 udp/53', 'delivered outside/wan0 eth0 2001:db8:1::10 > [2001:4860::9]:53, answered'],
    ['app -> 203.0.113.77 udp/53', 'delivered outside/wan0 eth0 203.0.113.10 > 203.0.113.77:53, answered'],
    ['app -> 198.51.100.9 icmp', 'delivered outside/wan0 eth0 203.0.113.10 > 198.51.100.9, answered'],
    ['app -> 2001:db8:1::77 icmpv6', 'delivered outside/wan0 eth0 2001:db8:1::10 > 2001:db8:1::77, answered'],
    ['app -> 192.168.1.77 tcp/80', 'rejected tcp-reset from 192.168.1.77'],
    ['app -> 2001:db8:2::77 tcp/80', 'rejected tcp-reset from 2001:db8:2::77'],
    ['app -> 192.168.1.77 udp/80', 'rejected icmp 3/13 from 172.17.0.1'],
    ['app -> 2001:db8:2::77 udp/80', 'rejected icmpv6 1/1 from fd00:17::1'],
    ['app -> 192.168.1.77 icmp', 'dropped'],
    ['app -> 172.18.0.3 tcp/80', 'dropped'],
  ])('from a container outwards: %s', async (sentence, expected) => {
    expect(await ask(sentence)).toBe(expected);
  });

  test.each([
    [
      'wan0: 198.51.100.7 -> 203.0.113.10 tcp/8080',
      'delivered container/web eth0 198.51.100.7 > 172.17.0.2:80, answered',
    ],
    [
      'wan0: 2001:4860::7 -> 2001:db8:1::10 tcp/8080',
      'delivered container/web eth0 2001:4860::7 > [fd00:17::2]:80, answered',
    ],
    [
      'lan0: 192.168.1.77 -> 192.168.1.5 tcp/8080',
      'delivered container/web eth0 192.168.1.77 > 172.17.0.2:80, answered',
    ],
    [
      'lan0: 192.168.1.77 -> 192.168.1.5 udp/5353',
      'delivered container/web eth0 192.168.1.77 > 172.17.0.2:53, answered',
    ],
    [
      'lan0: 2001:db8:2::77 -> 2001:db8:2::5 tcp/8080',
      'delivered container/web eth0 2001:db8:2::77 > [fd00:17::2]:80, answered',
    ],
    ['wan0: 198.51.100.7 -> 172.17.0.2 tcp/80', 'dropped'],
    ['wan0: 2001:4860::7 -> fd00:17::2 tcp/80', 'dropped'],
    ['lan0: 192.168.1.77 -> 172.18.0.3 icmp', 'dropped'],
  ])('from outside: %s', async (sentence, expected) => {
    expect(await ask(sentence)).toBe(expected);
  });

  test.each([
    ['lan0: 192.168.1.77 -> 192.168.1.5 tcp/80', 'delivered host lan0 192.168.1.77 > 192.168.1.5:80, answered'],
    ['lan0: 192.168.1.77 -> 192.168.1.5 tcp/24', 'delivered host lan0 192.168.1.77 > 192.168.1.5:24, refused'],
    ['lan0: 192.168.1.77 -> 203.0.113.10 udp/24', 'delivered host lan0 192.168.1.77 > 203.0.113.10:24, answered'],
    ['lan0: 2001:db8:2::77 -> 2001:db8:2::5 icmpv6', 'delivered host lan0 2001:db8:2::77 > 2001:db8:2::5, answered'],
    ['app -> 172.17.0.1 tcp/24', 'delivered host br-front 172.17.0.3 > 172.17.0.1:24, refused'],
    ['lan0: 192.168.1.77 -> 192.168.1.5 tcp/22', 'dropped'],
    ['lan0: 2001:db8:2::77 -> 2001:db8:2::5 tcp/22', 'dropped'],
    ['app -> fd00:17::1 tcp/22', 'dropped'],
    ['lan0: 192.168.1.77 -> 192.168.1.5 tcp/23', 'rejected tcp-reset from 192.168.1.5'],
    ['lan0: 2001:db8:2::77 -> 2001:db8:2::5 udp/23', 'rejected icmpv6 1/4 from 2001:db8:2::5'],
    ['lan0: 192.168.1.77 -> 203.0.113.10 udp/23', 'rejected icmp 3/3 from 203.0.113.10'],
  ])('to the host, behind its INPUT rules: %s', async (sentence, expected) => {
    expect(await ask(sentence)).toBe(expected);
  });

  test.each([
    ['host -> 192.168.1.5 tcp/8080', 'delivered container/web eth0 192.168.1.5 > 172.17.0.2:80, answered'],
    ['host -> fd00:17::1 tcp/8080', 'delivered container/web eth0 fd00:17::1 > [fd00:17::2]:80, answered'],
    ['host -> 172.18.0.3 udp/7', 'delivered container/db eth0 172.18.0.1 > 172.18.0.3:7, answered'],
    ['host -> 127.0.0.1 tcp/8080', 'delivered host lo 127.0.0.1 > 127.0.0.1:8080, refused'],
    ['host -> 127.0.0.1 tcp/22', 'dropped'],
    ['host -> 198.51.100.9 udp/7', 'delivered outside/wan0 eth0 203.0.113.10 > 198.51.100.9:7, answered'],
    ['host -> 198.51.100.9 udp/99', 'dropped, EPERM'],
    ['db -> 198.51.100.9 udp/7', 'send-error, ENETUNREACH'],
  ])('from the host and nowhere: %s', async (sentence, expected) => {
    expect(await ask(sentence)).toBe(expected);
  });

  test('hairpin: a container reaches its own published port, masqueraded', async () => {
    expect(await ask('web@front -> 192.168.1.5 tcp/8080')).toBe(
      'delivered container/web eth0 172.17.0.1 > 172.17.0.2:80, answered',
    );
    expect(await ask('app -> 203.0.113.10 tcp/8080')).toBe(
      'delivered container/web eth0 172.17.0.1 > 172.17.0.2:80, answered',
    );
    expect(await ask('app -> 2001:db8:1::10 tcp/8080')).toBe(
      'delivered container/web eth0 fd00:17::1 > [fd00:17::2]:80, answered',
    );
  });

  test('the internal side of a container is probed from that side, whatever its routes say', async () => {
    const rule = 'insert rule inet example forward iifname "br-back" udp dport 7 accept';
    expect(await lab.load({ kind: 'nft', text: rule })).toEqual({ loaded: true });
    expect(await ask('web@back -> 198.51.100.9 udp/7')).toBe(
      'delivered outside/wan0 eth0 172.18.0.2 > 198.51.100.9:7, answered',
    );
    expect(await ask('web@back -> 172.18.0.3 udp/7')).toBe(
      'delivered container/db eth0 172.18.0.2 > 172.18.0.3:7, answered',
    );
  });

  test('forged sources leave a container as they are', async () => {
    expect(await ask('app 198.51.100.66 -> 203.0.113.77 udp/7')).toBe(
      'delivered outside/wan0 eth0 198.51.100.66 > 203.0.113.77:7, no reply',
    );
    expect(await ask('app 172.17.0.2 -> 203.0.113.10 udp/5')).toBe(
      'delivered host br-front 172.17.0.2 > 203.0.113.10:5, no reply',
    );
    expect(await ask('app 2001:db8:9::9 -> fd00:17::1 udp/5')).toBe(
      'delivered host br-front 2001:db8:9::9 > [fd00:17::1]:5, no reply',
    );
  });

  test('nothing reaches the loopback addresses from a wire, unless route_localnet lets it', async () => {
    expect(await ask('lan0: 192.168.1.77 -> 127.0.0.1 udp/5')).toBe('dropped');
    expect(await ask('app -> 127.0.0.1 tcp/80')).toBe('dropped');
    expect(await ask('app@front -> ::1 udp/5')).toBe('dropped');
    await lab.setSysctl('net.ipv4.conf.lan0.route_localnet', '1');
    expect(await ask('lan0: 192.168.1.77 -> 127.0.0.1 udp/5')).toBe(
      'delivered host lan0 192.168.1.77 > 127.0.0.1:5, no reply', // it would come from 127.0.0.1 [95]
    );
  });

  test('a frame for a stranger is nobody’s; one straight to a neighbour arrives', async () => {
    const mac = parseMac('02:00:00:00:00:99');
    const webMac = lab.topology.attachments.find(({ port }) => port.startsWith('veth'))?.mac;
    if (mac === undefined || webMac === undefined) throw new Error('no MAC address');
    expect(await ask('app -> 172.17.0.1 udp/5', { via: { interface: 'eth0', mac } })).toBe('dropped');
    expect(await ask('app 9.9.9.9 -> 172.17.0.2 udp/5', { via: { interface: 'eth0', mac: webMac } })).toBe(
      'delivered container/web eth0 9.9.9.9 > 172.17.0.2:5, no reply',
    );
  });

  test('a packet whose time is over is sent back by the host', async () => {
    expect(await ask('app -> 198.51.100.9 udp/53', { ttl: 1 })).toBe('rejected icmp 11/0 from 172.17.0.1');
    const { at } = await lab.probe(probe('app -> 198.51.100.9 udp/53', { ttl: 9 }));
    expect(at?.ttl).toBe(8);
  });

  test('packets that start no connection', async () => {
    expect(await ask('app -> 198.51.100.9 tcp/80', { tcpFlags: ['rst'] })).toBe(
      'delivered outside/wan0 eth0 172.17.0.3 > 198.51.100.9:80, no reply', // untranslated [44]
    );
    expect(await ask('app -> 198.51.100.9 tcp/80', { tcpFlags: ['syn', 'ack'] })).toBe(
      'delivered outside/wan0 eth0 172.17.0.3 > 198.51.100.9:80, no reply',
    );
    expect(await ask('app -> 198.51.100.9 tcp/80', { tcpFlags: ['ack'] })).toBe(
      'delivered outside/wan0 eth0 203.0.113.10 > 198.51.100.9:80, refused', // taken up as new [38]
    );
  });

  test('real connections and datagrams', async () => {
    const socket = { mode: 'socket' } as const;
    const connected = await lab.probe(probe('wan0: 198.51.100.7 -> 203.0.113.10 tcp/8080', socket));
    expect(outcome(connected)).toBe('delivered container/web eth0 198.51.100.7 > 172.17.0.2:80, answered');
    expect(connected.connected).toBe(true);
    expect(await ask('app -> 2001:4860::9 tcp/4433', socket)).toBe(
      'delivered outside/wan0 eth0 2001:db8:1::10 > [2001:4860::9]:4433, answered',
    );
    expect(await ask('host -> 192.168.1.5 tcp/8080', socket)).toBe(
      'delivered container/web eth0 192.168.1.5 > 172.17.0.2:80, answered',
    );
    expect(await ask('host -> fd00:18::3 udp/9', socket)).toBe(
      'delivered container/db eth0 fd00:18::1 > [fd00:18::3]:9, answered',
    );
    expect(await ask('app -> 192.168.1.77 tcp/80', socket)).toBe('rejected tcp-reset from 192.168.1.77, ECONNREFUSED');
    expect(await ask('lan0: 192.168.1.77 -> 192.168.1.5 tcp/22', socket)).toBe('dropped');
    expect(await ask('host -> 198.51.100.9 udp/99', socket)).toBe('dropped, EPERM');
    expect(await ask('db -> 198.51.100.9 tcp/80', socket)).toBe('send-error, ENETUNREACH');
  });

  test('shared and host containers are where they live', async () => {
    expect(await ask('metrics -> 172.17.0.3 tcp/5')).toBe(
      'delivered container/app eth0 172.17.0.2 > 172.17.0.3:5, refused',
    );
    expect(await ask('agent -> 172.17.0.3 tcp/5')).toBe(
      'delivered container/app eth0 172.17.0.1 > 172.17.0.3:5, refused',
    );
  });

  test('rules that nft refuses are told in its words, and change nothing', async () => {
    const before = await lab.list();
    const result = await lab.load({ kind: 'nft', text: 'table inet example { chain forward { frobnicate } }' });
    expect(result).toEqual({ loaded: false, message: expect.stringContaining('syntax error') });
    expect(await lab.list()).toBe(before);
  });

  test('flushing connections makes the next packet new', async () => {
    const once = (): Promise<string> => ask('app -> 198.51.100.9 udp/4000', { sourcePort: 4000 });
    await once();
    expect((await lab.exec('host', ['cat', '/proc/net/nf_conntrack'])).stdout).toContain('sport=4000 dport=4000');
    await lab.flushConnections();
    expect((await lab.exec('host', ['cat', '/proc/net/nf_conntrack'])).stdout).not.toContain('sport=4000 dport=4000');
  });

  test('commands run in their namespace and are ended when they take too long', async () => {
    const shown = await lab.exec('container/db', ['ip', '-4', '-br', 'address', 'show', 'eth0']);
    expect(shown.stdout).toContain('172.18.0.3/16');
    expect((await lab.exec('host', ['cat'], { input: 'echo' })).stdout).toBe('echo');
    expect(await lab.exec('host', ['sleep', '100'], { timeoutMs: 50 })).toMatchObject({ status: 137, timedOut: true });
    expect(await lab.exec('host', ['no-such-command'])).toMatchObject({
      status: 127,
      stderr: 'no-such-command: No such file or directory',
    });
  });

  test('probes of one batch are connections of their own', async () => {
    const rule = 'insert rule inet example forward icmp type echo-request ct state established drop';
    expect(await lab.load({ kind: 'nft', text: rule })).toEqual({ loaded: true });
    const results = await lab.probeAll(Array.from({ length: 40 }, () => probe('app -> 198.51.100.9 icmp')));
    expect(new Set(results.map(outcome))).toEqual(
      new Set(['delivered outside/wan0 eth0 203.0.113.10 > 198.51.100.9, answered']),
    );
  });

  test('many probes at once are told apart', async () => {
    const probes = Array.from({ length: 3000 }, (_, index) =>
      probe(`app -> 192.0.2.${index % 250} udp/${1000 + index}`, index % 3 === 0 ? {} : { from: { kind: 'host' } }),
    );
    const start = performance.now();
    const results = await lab.probeAll(probes);
    const rate = (1000 * probes.length) / (performance.now() - start);
    process.stdout.write(`${Math.round(rate)} probes a second\n`);
    expect(results.map(({ at, reply }) => [at?.destinationPort, reply?.asExpected])).toEqual(
      probes.map(({ destinationPort }) => [destinationPort, true]),
    );
  });
});

describe('with br_netfilter', () => {
  beforeAll(async () => {
    await start({ brNetfilter: true });
    expect(await lab.load({ kind: 'nft', text: rules })).toEqual({ loaded: true });
  });
  afterAll(() => lab.close());

  test.each([
    ['app -> 172.17.0.2 tcp/80', 'dropped'],
    ['app -> fd00:17::2 udp/80', 'dropped'],
    ['app -> 172.17.0.1 udp/80', 'delivered host br-front 172.17.0.3 > 172.17.0.1:80, answered'],
    ['app -> 203.0.113.10 tcp/8080', 'delivered container/web eth0 172.17.0.1 > 172.17.0.2:80, answered'],
    ['web@front -> 203.0.113.10 tcp/8080', 'delivered container/web eth0 172.17.0.1 > 172.17.0.2:80, answered'],
    ['web@front -> 2001:db8:1::10 tcp/8080', 'delivered container/web eth0 fd00:17::1 > [fd00:17::2]:80, answered'],
    [
      'wan0: 198.51.100.7 -> 203.0.113.10 tcp/8080',
      'delivered container/web eth0 198.51.100.7 > 172.17.0.2:80, answered',
    ],
  ])('bridged packets meet the rules: %s', async (sentence, expected) => {
    expect(await ask(sentence)).toBe(expected);
  });

  test('neighbour discovery is real: rules that drop it break IPv6 between containers [103]', async () => {
    const table = 'flush ruleset\ntable ip6 t { chain f { type filter hook forward priority 0\n';
    expect(await lab.load({ kind: 'nft', text: `${table}}\n}` })).toEqual({ loaded: true });
    await lab.exec('container/app', ['ip', 'neigh', 'flush', 'all']);
    expect(await ask('app -> fd00:17::2 udp/5')).toBe(
      'delivered container/web eth0 fd00:17::3 > [fd00:17::2]:5, answered',
    );
    expect(await lab.load({ kind: 'nft', text: `${table} meta l4proto icmpv6 drop\n}\n}` })).toEqual({ loaded: true });
    await lab.exec('container/app', ['ip', 'neigh', 'flush', 'all']);
    expect(await ask('app -> fd00:17::2 udp/5')).toBe('dropped');
  });
});
