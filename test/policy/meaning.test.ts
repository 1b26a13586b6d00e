/** Every sentence of the language's "Meaning", each with the flows that show it. */
import { describe, expect, test } from 'vitest';
import type { Meaning } from '../../src/policy/decide.ts';
import { ask, meaningOfText } from '../support/meaning.ts';

const host = `
host box {
  interface lan0 { address 192.168.1.5/24, fd00:1::5/64 }
  interface wan0 { address 203.0.113.10/24, 2001:db8:1::10/64 }
  route default via 203.0.113.1
  route default via 2001:db8:1::1
}
zone office   = 192.168.1.0/24, fd00:1::/64 on lan0
zone internet = any on wan0
`;
const networks = `
network front { bridge docker0; subnet 172.17.0.0/16, fd00:17::/64 }
network back  { bridge br-back; subnet 172.18.0.0/16, fd00:18::/64; internal }
container web { attach front 172.17.0.2, fd00:17::2; expose 80/tcp }
container api { attach front 172.17.0.3, fd00:17::3; attach back 172.18.0.3, fd00:18::3 }
container db  { attach back 172.18.0.2, fd00:18::2; expose 5432/tcp, 5000-5010/udp }
`;
const meaning = (...more: readonly string[]): Meaning => meaningOfText([host, networks, ...more].join('\n'));
const verdict = (of: Meaning, from: string, to: string, service: string): string => ask(of, from, to, service).verdict;

const web = '172.17.0.2 on docker0';
const web6 = 'fd00:17::2 on docker0';
const api = '172.17.0.3 on docker0';
const apiBack = '172.18.0.3 on br-back';
const db = '172.18.0.2 on br-back';
const world = '198.51.100.7 on wan0';
const world6 = '2001:db8:77::7 on wan0';
const desk = '192.168.1.77 on lan0';
const box = '203.0.113.10';

describe('subjects', () => {
  test('a container is recognised by its address and the side it comes from; from elsewhere its address is a forgery', () => {
    const of = meaning('allow web -> db 5432/tcp', 'allow internet -> db 5432/tcp');
    expect(verdict(of, web, '172.18.0.2', '5432/tcp')).toBe('allowed');
    expect(verdict(of, '172.17.0.2 on wan0', '172.18.0.2', '5432/tcp')).toBe('blocked');
    expect(verdict(of, '172.17.0.2 on br-back', '172.18.0.2', '5432/tcp')).toBe('blocked');
  });
  test('a network is its declared endpoints when it is allowed something', () => {
    const of = meaning('allow internet -> back 5432/tcp');
    expect(verdict(of, world, '172.18.0.2', '5432/tcp')).toBe('allowed');
    expect(verdict(of, world, '172.18.0.99', '5432/tcp')).toBe('blocked');
  });
  test('and its whole subnet when something is denied', () => {
    const of = meaning('allow internet -> 172.18.0.99', 'deny internet -> back 22/tcp');
    expect(verdict(of, world, '172.18.0.99', '23/tcp')).toBe('allowed');
    expect(verdict(of, world, '172.18.0.99', '22/tcp')).toBe('blocked');
  });
  test('the bridge address belongs to the host', () => {
    expect(ask(meaning('deny internet -> front 22/tcp'), world, '172.17.0.1', '22/tcp')).toMatchObject({
      verdict: 'allowed',
      receiver: 'host',
    });
  });
  test('a zone is seen from outside: the host and declared networks never belong to it', () => {
    const of = meaning('zone ten = 172.16.0.0/12', 'deny ten -> office 22/tcp', 'deny internet -> box 22/tcp');
    expect(verdict(of, web, '192.168.1.77', '22/tcp')).toBe('allowed');
    expect(verdict(of, '172.20.1.1 on wan0', '192.168.1.77', '22/tcp')).toBe('blocked');
    expect(verdict(of, desk, box, '22/tcp')).toBe('allowed');
  });
  test('a literal is taken as it is written', () => {
    const of = meaning('allow 172.17.0.2 -> 172.18.0.0/29 5432/tcp');
    expect(verdict(of, web, '172.18.0.2', '5432/tcp')).toBe('allowed');
    expect(verdict(of, api, '172.18.0.2', '5432/tcp')).toBe('blocked');
  });
  test('any is everything, the host included', () => {
    const of = meaning('deny any -> internet 25/tcp');
    expect(verdict(of, '203.0.113.10', '198.51.100.7', '25/tcp')).toBe('blocked');
    expect(verdict(of, web, '198.51.100.7', '25/tcp')).toBe('blocked');
    expect(verdict(of, desk, '198.51.100.7', '25/tcp')).toBe('blocked');
  });
});

describe('the baseline', () => {
  test('containers of one network: allowed, unless icc is off', () => {
    expect(verdict(meaning(), web, '172.17.0.3', '1234/tcp')).toBe('allowed');
    expect(verdict(meaning(), web6, 'fd00:17::3', 'ping')).toBe('allowed');
    const off = meaningOfText([host, networks.replace('fd00:17::/64 }', 'fd00:17::/64; icc off }')].join('\n'));
    expect(verdict(off, web, '172.17.0.3', '1234/tcp')).toBe('blocked');
    expect(verdict(off, web6, 'fd00:17::3', 'ping')).toBe('blocked');
  });
  test('another network: blocked', () => {
    expect(verdict(meaning(), web, '172.18.0.2', '5432/tcp')).toBe('blocked');
    expect(verdict(meaning(), db, '172.17.0.2', '80/tcp')).toBe('blocked');
  });
  test('to the outside: allowed and masqueraded, blocked if internal', () => {
    expect(ask(meaning(), web, '198.51.100.7', '443/tcp')).toMatchObject({
      verdict: 'allowed',
      source: '203.0.113.10',
    });
    expect(ask(meaning(), web, '192.168.1.77', '443/tcp')).toMatchObject({ verdict: 'allowed', source: '192.168.1.5' });
    expect(ask(meaning(), web6, '2001:db8:77::7', '443/tcp')).toMatchObject({
      verdict: 'allowed',
      source: '2001:db8:1::10',
    });
    expect(verdict(meaning(), db, '198.51.100.7', '443/tcp')).toBe('blocked');
  });
  test('from the outside: blocked; a publish allows exactly its translated flow', () => {
    const of = meaning('container pub { attach front 172.17.0.9, fd00:17::9; publish 8080:80 }');
    expect(verdict(of, world, '172.17.0.9', '80/tcp')).toBe('blocked');
    expect(ask(of, world, box, '8080/tcp')).toEqual({
      verdict: 'allowed',
      receiver: 'container pub',
      destination: '172.17.0.9 80',
      source: '198.51.100.7',
    });
    expect(ask(of, world6, '2001:db8:1::10', '8080/tcp')).toMatchObject({
      receiver: 'container pub',
      destination: 'fd00:17::9 80',
    });
    expect(verdict(of, world, '172.17.0.9', '8080/tcp')).toBe('blocked');
  });
  test('to the host: allowed, unless the network is isolated', () => {
    expect(ask(meaning(), web, '192.168.1.5', '22/tcp')).toMatchObject({ verdict: 'allowed', receiver: 'host' });
    expect(verdict(meaning(), db, '172.18.0.1', '22/tcp')).toBe('allowed');
    const of = meaning(
      'network alone { bridge br-alone; subnet 172.19.0.0/16; gateway-mode isolated }',
      'container hermit { attach alone 172.19.0.2 }',
    );
    expect(verdict(of, '172.19.0.2 on br-alone', '192.168.1.5', '22/tcp')).toBe('blocked');
  });
  test('the host to anything: allowed', () => {
    for (const to of ['172.17.0.2', '172.18.0.2', '198.51.100.7', '127.0.0.1'])
      expect(verdict(meaning(), '203.0.113.10', to, '80/tcp')).toBe('allowed');
  });
  test('outside to host: left alone, unless protected; then what allow names and the DHCP client', () => {
    expect(verdict(meaning(), world, box, '22/tcp')).toBe('allowed');
    const guarded = meaningOfText(
      [
        host.replace('route default via 203', 'protect host\n  route default via 203'),
        networks,
        'allow office -> box 22/tcp',
      ].join('\n'),
    );
    expect(verdict(guarded, world, box, '22/tcp')).toBe('blocked');
    expect(verdict(guarded, desk, box, '22/tcp')).toBe('allowed');
    expect(verdict(guarded, desk, box, '23/tcp')).toBe('blocked');
    expect(verdict(guarded, world, box, '68<67/udp')).toBe('allowed');
    expect(verdict(guarded, world6, '2001:db8:1::10', '546<547/udp')).toBe('allowed');
    expect(verdict(guarded, world, box, '68<68/udp')).toBe('blocked');
    expect(verdict(guarded, web, box, '22/tcp')).toBe('allowed');
  });
  test('what touches no declared network is left alone, but for `transit off`', () => {
    expect(verdict(meaning(), desk, '198.51.100.7', '80/tcp')).toBe('allowed');
    const off = meaningOfText(
      [
        host.replace('route default via 203', 'transit off\n  route default via 203'),
        networks,
        'allow office -> internet 443/tcp',
      ].join('\n'),
    );
    expect(verdict(off, desk, '198.51.100.7', '80/tcp')).toBe('blocked');
    expect(verdict(off, desk, '198.51.100.7', '443/tcp')).toBe('allowed');
  });
  test('left alone is only a baseline: a deny still binds', () => {
    const of = meaning('deny office -> internet 80/tcp', 'deny internet -> box 22/tcp');
    expect(verdict(of, desk, '198.51.100.7', '80/tcp')).toBe('blocked');
    expect(verdict(of, world, box, '22/tcp')).toBe('blocked');
  });
});

describe('allow and deny', () => {
  test('a deny beats every allow, publication and link, whatever the order', () => {
    const of = meaning('deny web -> db 5432/tcp', 'allow web -> db', 'allow any -> any');
    expect(verdict(of, web, '172.18.0.2', '5432/tcp')).toBe('blocked');
    expect(verdict(of, web, '172.18.0.2', '5433/tcp')).toBe('allowed');
  });
  test('an allow covers a flow by its real endpoints', () => {
    const published = 'container pub { attach front 172.17.0.9; publish 8080:80 from office }';
    expect(ask(meaning(published, 'allow internet -> box 8080/tcp'), world, box, '8080/tcp')).toMatchObject({
      receiver: 'host',
    });
    expect(verdict(meaning(published, 'allow internet -> pub 80/tcp'), world, '172.17.0.9', '80/tcp')).toBe('allowed');
  });
  test('a deny covers a flow by the destination as sent and by the real one', () => {
    const published = 'container pub { attach front 172.17.0.9; publish 8080:80, 8443:443 }';
    const asSent = meaning(published, 'deny internet -> box 8080/tcp');
    expect(verdict(asSent, world, box, '8080/tcp')).toBe('blocked');
    expect(verdict(asSent, world, box, '8443/tcp')).toBe('allowed');
    expect(verdict(asSent, desk, box, '8080/tcp')).toBe('allowed');
    const real = meaning(published, 'deny internet -> pub 80/tcp');
    expect(verdict(real, world, box, '8080/tcp')).toBe('blocked');
    expect(verdict(real, world, box, '8443/tcp')).toBe('allowed');
  });
  test('the baseline drops, a deny drops unless it says reject; if several cover a flow, reject wins', () => {
    const of = meaning('deny web -> internet', 'deny any -> internet 25/tcp reject');
    expect(verdict(of, web, '198.51.100.7', '25/tcp')).toBe('rejected');
    expect(verdict(of, web, '198.51.100.7', '26/tcp')).toBe('blocked');
  });
  test('an explicit allow beats internal, and is masqueraded', () => {
    expect(ask(meaning('allow db -> internet 443/tcp'), db, '198.51.100.7', '443/tcp')).toMatchObject({
      verdict: 'allowed',
      source: '203.0.113.10',
    });
  });
  test('traffic between declared networks is routed with its own source', () => {
    expect(ask(meaning('allow web -> db'), web, '172.18.0.2', '1/tcp')).toMatchObject({
      verdict: 'allowed',
      source: '172.17.0.2',
    });
  });
  test('services: ports and ranges, bare protocols, icmp for both families and by type, none means any', () => {
    const of = meaning('allow web -> db 5432/tcp, 8000-8010/udp, icmp', 'allow api -> db', 'allow db -> web sctp');
    expect(verdict(of, web, '172.18.0.2', '8010/udp')).toBe('allowed');
    expect(verdict(of, web, '172.18.0.2', '8011/udp')).toBe('blocked');
    expect(verdict(of, web, '172.18.0.2', '8010/tcp')).toBe('blocked');
    expect(verdict(of, web6, 'fd00:18::2', 'ping')).toBe('allowed');
    expect(verdict(of, api, '172.18.0.2', '47')).toBe('allowed');
    expect(verdict(of, db, '172.17.0.2', '99/sctp')).toBe('allowed');
    expect(verdict(of, db, '172.17.0.2', '99/tcp')).toBe('blocked');
  });
});

describe('publish', () => {
  const of = meaning(
    'container pub {',
    '  attach front 172.17.0.9, fd00:17::9',
    '  publish 8080:80',
    '  publish 192.168.1.5:8443:443 from office',
    '  publish 127.0.0.1:9090:90',
    '  publish 8000-8010:9000-9010',
    '  publish 8500:85 from back',
    '}',
  );
  test('without an address it answers on every address of the host that is not loopback', () => {
    for (const to of ['192.168.1.5', '203.0.113.10', '172.17.0.1', '172.18.0.1'])
      expect(ask(of, world, to, '8080/tcp').receiver).toBe('container pub');
    expect(ask(of, '127.0.0.1', '127.0.0.1', '8080/tcp').receiver).toBe('host');
  });
  test('without `from` it serves the outside, the host and networks that are not internal', () => {
    expect(ask(of, desk, box, '8080/tcp').receiver).toBe('container pub');
    expect(ask(of, '203.0.113.10', '203.0.113.10', '8080/tcp').receiver).toBe('container pub');
    expect(ask(of, web, box, '8080/tcp').receiver).toBe('container pub');
    expect(ask(of, db, box, '8080/tcp').receiver).toBe('host');
    expect(ask(of, apiBack, box, '8080/tcp').receiver).toBe('host');
  });
  test('an internal endpoint is served when named', () => {
    expect(ask(of, db, box, '8500/tcp').receiver).toBe('container pub');
    expect(ask(of, web, box, '8500/tcp').receiver).toBe('host');
  });
  test('`from` limits whom it serves, the host too; for the others the port is as if not published', () => {
    expect(ask(of, desk, '192.168.1.5', '8443/tcp')).toMatchObject({
      receiver: 'container pub',
      destination: '172.17.0.9 443',
    });
    expect(ask(of, world, '192.168.1.5', '8443/tcp')).toMatchObject({
      receiver: 'host',
      destination: '192.168.1.5 8443',
    });
    expect(ask(of, '192.168.1.5', '192.168.1.5', '8443/tcp').receiver).toBe('host');
    expect(ask(of, desk, '203.0.113.10', '8443/tcp').receiver).toBe('host');
  });
  test('127.0.0.1 serves the host alone; nothing from any wire reaches 127/8', () => {
    expect(ask(of, '127.0.0.1', '127.0.0.1', '9090/tcp')).toMatchObject({
      receiver: 'container pub',
      source: '172.17.0.1',
    });
    expect(verdict(of, world, '127.0.0.1', '9090/tcp')).toBe('blocked');
    expect(verdict(of, web, '127.0.0.1', '9090/tcp')).toBe('blocked');
  });
  test('ranges go port by port', () => {
    expect(ask(of, world, box, '8003/tcp').destination).toBe('172.17.0.9 9003');
    expect(ask(of, world, box, '8011/tcp').receiver).toBe('host');
  });
  test('a container uses a publication of its own network through the host: masqueraded', () => {
    expect(ask(of, web, box, '8080/tcp')).toMatchObject({ receiver: 'container pub', source: '172.17.0.1' });
    expect(ask(of, '172.17.0.9 on docker0', box, '8080/tcp')).toMatchObject({
      receiver: 'container pub',
      source: '172.17.0.1',
    });
  });
  test('the target is the first attached network that is not internal', () => {
    const inner = meaning('container two { attach back 172.18.0.7; attach front 172.17.0.7; publish 7000:70 }');
    expect(ask(inner, world, box, '7000/tcp').destination).toBe('172.17.0.7 70');
  });
});

describe('link', () => {
  const off = networks.replaceAll('/64 }', '/64; icc off }').replace('internal }', 'internal; icc off }');
  const of = meaningOfText([host, off, 'link api -> db as database'].join('\n'));
  test('covers the exposed ports of its target, between addresses on a common network', () => {
    expect(verdict(of, apiBack, '172.18.0.2', '5432/tcp')).toBe('allowed');
    expect(verdict(of, apiBack, '172.18.0.2', '5005/udp')).toBe('allowed');
    expect(verdict(of, apiBack, '172.18.0.2', '5433/tcp')).toBe('blocked');
    expect(verdict(of, api, '172.18.0.2', '5432/tcp')).toBe('blocked');
  });
  test('for connections opened by the left side', () => {
    expect(verdict(of, db, '172.18.0.3', '5432/tcp')).toBe('blocked');
  });
  test('with icc off, and with a deny inside one bridge, a host without br_netfilter fails closed, links included', () => {
    const text = [host, off, 'link api -> db'].join('\n');
    expect(verdict(meaningOfText(text, { brNetfilter: false }), apiBack, '172.18.0.2', '5432/tcp')).toBe('blocked');
    const denied = [host, networks, 'deny web -> api 22/tcp'].join('\n');
    expect(verdict(meaningOfText(denied, { brNetfilter: false }), web, '172.17.0.3', '80/tcp')).toBe('blocked');
    expect(verdict(meaningOfText(denied, { brNetfilter: true }), web, '172.17.0.3', '80/tcp')).toBe('allowed');
    expect(verdict(meaningOfText(denied, { brNetfilter: false }), apiBack, '172.18.0.2', '80/tcp')).toBe('allowed');
  });
});

describe('source checks', () => {
  test('from a network only given addresses, from elsewhere none of its subnet', () => {
    expect(verdict(meaning(), '172.17.0.99 on docker0', '198.51.100.7', '80/tcp')).toBe('blocked');
    expect(verdict(meaning(), '8.8.8.8 on docker0', '198.51.100.7', '80/tcp')).toBe('blocked');
    expect(verdict(meaning(), '172.17.0.99 on wan0', box, '80/tcp')).toBe('blocked');
    expect(verdict(meaning(), '192.168.1.5 on wan0', box, '80/tcp')).toBe('blocked');
  });
  test('`spoofing allowed` turns the first half off; foreign sources then count as that network', () => {
    const of = meaning(
      'network loose { bridge br-loose; subnet 172.20.0.0/16; spoofing allowed }',
      'container x { attach loose 172.20.0.2 }',
      'deny loose -> internet 25/tcp',
    );
    expect(verdict(of, '8.8.8.8 on br-loose', '198.51.100.7', '80/tcp')).toBe('allowed');
    expect(verdict(of, '8.8.8.8 on br-loose', '198.51.100.7', '25/tcp')).toBe('blocked');
    expect(verdict(of, '172.17.0.2 on br-loose', '198.51.100.7', '80/tcp')).toBe('blocked');
  });
});

describe('networks of other kinds', () => {
  test('routed: no NAT, published container ports are open at the container itself', () => {
    const of = meaning(
      'network public { bridge br-pub; subnet 198.51.100.0/28, 2001:db8:100::/64; gateway-mode routed }',
      'container srv { attach public 198.51.100.2, 2001:db8:100::2; publish 8080:80 }',
    );
    expect(verdict(of, world6, '2001:db8:100::2', '80/tcp')).toBe('allowed');
    expect(verdict(of, world6, '2001:db8:100::2', '8080/tcp')).toBe('blocked');
    expect(ask(of, world, box, '8080/tcp').receiver).toBe('host');
    expect(ask(of, '198.51.100.2 on br-pub', '8.8.8.8', '80/tcp').source).toBe('198.51.100.2');
    expect(verdict(of, db, '198.51.100.2', '80/tcp')).toBe('blocked');
  });
  test('unmanaged: its addresses count as outside', () => {
    const of = meaning(
      'network legacy { bridge virbr0; subnet 192.168.122.0/24; unmanaged }',
      'container old { attach legacy 192.168.122.2 }',
    );
    expect(ask(of, web, '192.168.122.2', '80/tcp')).toMatchObject({
      verdict: 'allowed',
      source: '192.168.122.1',
      receiver: 'outside',
    });
    expect(verdict(of, '192.168.122.2 on virbr0', '172.17.0.2', '80/tcp')).toBe('blocked');
  });
  test('nothing is forwarded with ip-forward off', () => {
    const of = meaningOfText(
      [host.replace('route default via 203', 'ip-forward off\n  route default via 203'), networks].join('\n'),
    );
    expect(verdict(of, web, '198.51.100.7', '80/tcp')).toBe('blocked');
    expect(verdict(of, web, '192.168.1.5', '80/tcp')).toBe('allowed');
  });
});
